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
        if manifest.seeds.count == 1 {
            warnings.append(
                Diagnostic(manifest.seedsPlace, "one seed: differences cannot be told from the variance between seeds"))
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
        // Pairs of cells that are wrong already would only add to the noise.
        guard let comparison = manifest.comparison, problems.isEmpty, manifest.problems.isEmpty else { return nil }
        let within = comparison.within.map(\.key)
        let conditional = Set(manifest.conditionals.flatMap(\.axes).flatMap(\.keys))
        let stored = cells.map(\.stored)
        let baseline = texts(of: comparison.baseline)
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
        warnOfDisagreements(contrasts, comparison)
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

    /// Cells of a pair should differ in the compared axes only.
    private mutating func warnOfDisagreements(_ contrasts: [StoredContrast], _ comparison: Comparison) {
        let byID = Dictionary(cells.map { ($0.identity.cellID, $0) }, uniquingKeysWith: { first, _ in first })
        for contrast in contrasts {
            var reported = Set<String>()
            for pair in contrast.pairs {
                guard let cell = byID[pair.cellID], let other = byID[pair.againstCellID] else { continue }
                let axes = Set(cell.stored.axisValues.keys).union(other.stored.axisValues.keys)
                    .union(comparison.baseline.clauses.map(\.key))
                let theirs = Dictionary(
                    uniqueKeysWithValues: other.configuration.entries.map { ($0.key.name, $0.value) })
                for (key, value) in cell.configuration.entries where !axes.contains(key.name) {
                    guard let otherValue = theirs[key.name], otherValue != value, reported.insert(key.name).inserted
                    else { continue }
                    warnings.append(
                        Diagnostic(
                            comparison.place,
                            "\"\(contrast.name)\" compares more than its axes: \(key.name) is \(value) in "
                                + "\(cell.stored.label) and \(otherValue) in \(other.stored.label)"))
                }
            }
        }
    }
}
