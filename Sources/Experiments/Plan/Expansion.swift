import Training

/// A cell on its way through the expansion.
struct DraftCell: Sendable {
    /// Base, axes and overrides, applied in this order.
    var configuration: TrainingConfiguration
    /// What the axes, or an include, have set.
    var settings: [Setting] = []
    /// What overrides have set.
    var amendments: [Setting] = []
    /// Where the cell was included; nil for cells of the product.
    var inclusion: SourcePlace?
    /// In a mode that counts from the baseline: axes, by their first key, where the cell has the baseline's position.
    var keptAxes: [String] = []
    /// In such a mode: axes where it has another.
    var movedAxes: [String] = []

    mutating func apply(_ setting: Setting) {
        // The domain has accepted the value when the setting was read.
        try? setting.key.write(setting.value, to: &configuration)
    }

    /// Whether the cell reads every key of the pattern and has one of its values.
    func matches(_ pattern: Pattern) -> Bool {
        pattern.clauses.allSatisfy { clause in
            guard let key = ConfigurationKey.named(clause.key), key.isRead(by: configuration) else { return false }
            return clause.values.contains(key.value(in: configuration))
        }
    }

    /// The place to blame for a key's value: the last that set it.
    func place(of key: String) -> SourcePlace? { (amendments + settings).last { $0.name == key }?.place }
}

/// All cells of a manifest: (matrix × zip) → when, in file order → mode → exclude → include → override.
struct Expansion: Sendable {
    /// A cell that `[[exclude]]` took away, with the pattern that it fitted first.
    struct Removal: Sendable {
        var cell: DraftCell
        var rule: Pattern
    }

    /// The most cells that a product may have; more are a mistake that would only be noticed by waiting.
    static let cellLimit = 100_000

    private(set) var cells: [DraftCell] = []
    private(set) var removals: [Removal] = []
    /// In a mode that counts from the baseline: the baseline's value on every axis that it has, `within` left out.
    var baseline: [Pattern.Clause] { design?.clauses ?? [] }
    private(set) var problems: [Diagnostic] = []
    private(set) var warnings: [Diagnostic] = []
    private var design: Design?

    init(_ manifest: Manifest) {
        var base = DraftCell(configuration: TrainingConfiguration())
        for setting in manifest.base { base.apply(setting) }
        design = Design(manifest, base: base.configuration)
        if design == nil, manifest.mode != .grid, !manifest.declaresComparison, let place = manifest.modePlace {
            problems.append(
                Diagnostic(
                    place,
                    "mode \"\(manifest.mode.rawValue)\" counts from the baseline of [compare], and there is no [compare]"
                ))
        }
        var paths = [Path(cell: base, reference: base)]
        for axis in manifest.axes {
            guard paths.count * axis.positions.count <= Self.cellLimit else {
                reportSize(axis)
                return
            }
            paths = paths.flatMap { advance($0, along: axis) }
        }
        for conditional in manifest.conditionals {
            paths = expand(conditional, paths, damaged: manifest.damagedKeys)
            guard paths.count <= Self.cellLimit else {
                reportSize(conditional.axes[0])
                return
            }
        }
        cells = paths.map(\.cell)
        problems += design?.problems ?? []
        for pattern in manifest.exclusions { exclude(pattern) }
        for inclusion in manifest.inclusions { include(inclusion, from: base) }
        for override in manifest.overrides { amend(override, damaged: manifest.damagedKeys) }
    }

    private mutating func reportSize(_ axis: Axis) {
        problems.append(
            Diagnostic(
                axis.place, "the axes up to \(axis.keys[0]) multiply to more than \(Self.cellLimit) cells: narrow them")
        )
    }

    // MARK: Product

    /// A cell and, for modes that count from it, the baseline cell with the same `within` values.
    private struct Path {
        var cell: DraftCell
        var reference: DraftCell

        mutating func move(_ position: [Setting]) {
            for setting in position { cell.apply(setting) }
            cell.settings += position
        }

        mutating func moveReference(_ position: [Setting]) {
            for setting in position { reference.apply(setting) }
        }
    }

    /// The cells that follow from a path along an axis; `isShared` tells whether the baseline has the axis too.
    private mutating func advance(_ path: Path, along axis: Axis, isShared: Bool = true) -> [Path] {
        let home = isShared ? design?.home(of: axis) : nil
        var paths: [Path] = []
        for (index, position) in axis.positions.enumerated() {
            var next = path
            next.move(position)
            if let home {
                next.moveReference(axis.positions[home])
                if index == home {
                    next.cell.keptAxes.append(axis.keys[0])
                } else {
                    next.cell.movedAxes.append(axis.keys[0])
                }
                if let design, !design.keeps(next.cell) { continue }
            } else if isShared {
                next.moveReference(position)
            }
            paths.append(next)
        }
        return paths
    }

    private mutating func expand(_ conditional: Conditional, _ paths: [Path], damaged: Set<String>) -> [Path] {
        var isUsed = false
        var expanded: [Path] = []
        for path in paths {
            let isShared = design != nil && path.reference.matches(conditional.condition)
            guard path.cell.matches(conditional.condition) else {
                var path = path
                for axis in conditional.axes where isShared {
                    if let home = design?.home(of: axis) { path.moveReference(axis.positions[home]) }
                }
                expanded.append(path)
                continue
            }
            isUsed = true
            var product = [path]
            for axis in conditional.axes {
                reportClash(axis, path.cell)
                guard expanded.count + product.count * axis.positions.count <= Self.cellLimit + 1 else { break }
                product = product.flatMap { advance($0, along: axis, isShared: isShared) }
            }
            expanded += product
            if expanded.count > Self.cellLimit { return expanded }
        }
        if !isUsed, damaged.isDisjoint(with: conditional.condition.clauses.map(\.key)) {
            problems.append(
                Diagnostic(
                    conditional.condition.place,
                    "[[when]]: no cell has \(conditional.condition.text), so its axes are read by nothing"))
        }
        return expanded
    }

    private mutating func reportClash(_ axis: Axis, _ cell: DraftCell) {
        for key in axis.keys {
            guard let other = cell.settings.first(where: { $0.name == key }) else { continue }
            problems.append(
                Diagnostic(
                    axis.place, "\(key) is in two axes of one cell, the other one at line \(other.place.line ?? 0)"))
        }
    }

    // MARK: Single cells

    private mutating func exclude(_ pattern: Pattern) {
        let count = cells.count
        cells.removeAll { cell in
            guard cell.matches(pattern) else { return false }
            removals.append(Removal(cell: cell, rule: pattern))
            return true
        }
        if count == cells.count {
            warnings.append(Diagnostic(pattern.place, "[[exclude]]: no cell has \(pattern.text)"))
        }
    }

    private mutating func include(_ inclusion: Inclusion, from base: DraftCell) {
        var cell = base
        for setting in inclusion.settings { cell.apply(setting) }
        cell.settings = inclusion.settings
        cell.inclusion = inclusion.place
        cells.append(cell)
    }

    private mutating func amend(_ override: Override, damaged: Set<String>) {
        var isUsed = false
        var axisKeys: [Setting] = []
        for index in cells.indices where cells[index].matches(override.pattern) {
            isUsed = true
            for setting in override.settings {
                if cells[index].settings.contains(where: { $0.name == setting.name }) {
                    axisKeys.append(setting)
                } else {
                    cells[index].apply(setting)
                    cells[index].amendments.append(setting)
                }
            }
        }
        for setting in axisKeys {
            problems.append(
                Diagnostic(
                    setting.place,
                    "[[override]]: \(setting.name) is an axis of a matching cell, which an override does not move; "
                        + "exclude the cell and include another"))
        }
        if !isUsed, damaged.isDisjoint(with: override.pattern.clauses.map(\.key)) {
            problems.append(Diagnostic(override.pattern.place, "[[override]]: no cell has \(override.pattern.text)"))
        }
    }
}
