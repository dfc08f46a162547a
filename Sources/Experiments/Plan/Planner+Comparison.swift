import Results
import Training

extension Planner {
    /// Reports a comparison that no cell could ever take part in.
    mutating func checkComparison() {
        guard let comparison = manifest.comparison else { return }
        var axisKeys: [String] = []
        for key in (manifest.axes + manifest.conditionals.flatMap(\.axes)).flatMap(\.keys) where !axisKeys.contains(key)
        {
            axisKeys.append(key)
        }
        for within in comparison.within {
            if !axisKeys.contains(within.key), !manifest.damagedKeys.contains(within.key) {
                problems.append(
                    Diagnostic(
                        within.place,
                        "within of [compare]: \(within.key) is no axis of this manifest, expected one of "
                            + axisKeys.joined(separator: ", ")))
            } else if comparison.baseline.clauses.contains(where: { $0.key == within.key }) {
                problems.append(
                    Diagnostic(
                        within.place, "within of [compare]: \(within.key) names the baseline, and cannot pair cells too"
                    ))
            }
        }
        checkMatches(comparison.baseline, "baseline of [compare]")
        for contrast in comparison.contrasts {
            checkMatches(contrast.arm, "arm of contrast \"\(contrast.name)\"")
            checkMatches(contrast.against, "against of contrast \"\(contrast.name)\"")
        }
    }

    private mutating func checkMatches(_ pattern: Pattern, _ context: String) {
        guard manifest.damagedKeys.isDisjoint(with: pattern.clauses.map(\.key)),
            !drafts.contains(where: { $0.matches(pattern) })
        else { return }
        problems.append(Diagnostic(pattern.place, "\(context): no cell has \(pattern.text)"))
    }

    /// The comparison as pairs of the cells that are left; nil where the manifest has none.
    mutating func compare() -> StoredComparison? {
        guard let comparison = manifest.comparison else { return nil }
        let within = comparison.within.map(\.key)
        let conditional = Set(manifest.conditionals.flatMap(\.axes).flatMap(\.keys))
        let stored = cells.map(\.stored)
        // A mode that counts from the baseline has completed it by the axes that it does not name.
        let completed = Pattern(
            clauses: comparison.baseline.clauses
                + expansion.baseline.filter { clause in
                    !comparison.baseline.clauses.contains { $0.key == clause.key }
                }, place: comparison.baseline.place)
        let baseline = texts(of: completed)
        var contrasts: [StoredContrast] = []
        do {
            contrasts = try StoredContrast.againstBaseline(
                cells: stored, baseline: baseline, within: within, conditional: conditional)
        } catch {
            problems.append(Diagnostic(comparison.baseline.place, error.description))
        }
        for declared in comparison.contrasts {
            do {
                let contrast = try StoredContrast.declared(
                    name: declared.name, arm: texts(of: declared.arm), against: texts(of: declared.against),
                    cells: stored, within: within, conditional: conditional)
                if !contrast.pairs.isEmpty {
                    contrasts.append(contrast)
                } else if manifest.narrowings.isEmpty {
                    problems.append(
                        Diagnostic(
                            declared.place, "contrast \"\(declared.name)\": no two cells agree in all other axes"))
                }
            } catch {
                problems.append(Diagnostic(declared.place, error.description))
            }
        }
        contrasts += stepContrasts()
        return StoredComparison(
            baseline: baseline, within: within, primary: comparison.primary, margin: comparison.margin,
            correction: comparison.correction, contrasts: contrasts)
    }

    private func texts(of pattern: Pattern) -> [String: String] {
        Dictionary(
            pattern.clauses.compactMap { clause in
                clause.values.first.map { (clause.key, naming.display($0, of: clause.key)) }
            }, uniquingKeysWith: { first, _ in first })
    }

    // MARK: Leave one out

    /// Each cell that lacks one step held against the one that has them all.
    private func stepContrasts() -> [StoredContrast] {
        guard manifest.mode == .leaveOneOut else { return [] }
        let product = cells.filter { $0.draft.inclusion == nil && !$0.draft.movedAxes.isEmpty }
        var contrasts: [(axis: String, contrast: StoredContrast)] = []
        for cell in product {
            guard cell.draft.keptAxes.count == 1, let axis = cell.draft.keptAxes.first else { continue }
            for whole in product where whole.draft.keptAxes.isEmpty && isStep(from: cell, to: whole, along: axis) {
                let pair = StoredPair(cellID: cell.identity.cellID, againstCellID: whole.identity.cellID)
                let (arm, against) = (cell.stored.arm, whole.stored.arm)
                if let index = contrasts.firstIndex(where: { $0.contrast.arm == arm && $0.contrast.against == against })
                {
                    contrasts[index].contrast.pairs.append(pair)
                } else {
                    let contrast = StoredContrast(
                        name: "without \(axis)", isAgainstBaseline: false, arm: arm, against: against, pairs: [pair])
                    contrasts.append((axis, contrast))
                }
            }
        }
        return contrasts.map { axis, contrast in
            guard contrasts.count(where: { $0.axis == axis }) > 1 else { return contrast }
            var contrast = contrast
            contrast.name +=
                ": \(StoredContrast.describe(contrast.arm)) vs \(StoredContrast.describe(contrast.against))"
            return contrast
        }
    }

    /// Whether two cells differ in one axis, and in what exists only because of it.
    private func isStep(from cell: PlannedCell, to whole: PlannedCell, along axis: String) -> Bool {
        let own = Set((manifest.axes + manifest.conditionals.flatMap(\.axes)).first { $0.keys[0] == axis }?.keys ?? [])
        let conditional = Set(manifest.conditionals.flatMap(\.axes).flatMap(\.keys))
        let mine = Dictionary(cell.draft.settings.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
        let theirs = Dictionary(whole.draft.settings.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
        return Set(mine.keys).union(theirs.keys).subtracting(own).allSatisfy { key in
            mine[key] == theirs[key] || (conditional.contains(key) && (mine[key] == nil || theirs[key] == nil))
        }
    }
}
