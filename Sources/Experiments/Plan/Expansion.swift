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

/// All cells of a manifest: (matrix × zip) → when, in file order → exclude → include → override.
struct Expansion: Sendable {
    var cells: [DraftCell]
    /// How many cells `[[exclude]]` took away.
    var excludedCount = 0
    var problems: [Diagnostic] = []
    var warnings: [Diagnostic] = []

    init(_ manifest: Manifest) {
        var base = DraftCell(configuration: TrainingConfiguration())
        for setting in manifest.base { base.apply(setting) }
        cells = [base]
        for axis in manifest.axes { cells = cells.flatMap { Self.moved($0, along: axis) } }
        for conditional in manifest.conditionals { expand(conditional, damaged: manifest.damagedKeys) }
        for pattern in manifest.exclusions { exclude(pattern) }
        for inclusion in manifest.inclusions { include(inclusion, from: base) }
        for override in manifest.overrides { amend(override, damaged: manifest.damagedKeys) }
    }

    private static func moved(_ cell: DraftCell, along axis: Axis) -> [DraftCell] {
        axis.positions.map { position in
            var cell = cell
            for setting in position { cell.apply(setting) }
            cell.settings += position
            return cell
        }
    }

    private mutating func expand(_ conditional: Conditional, damaged: Set<String>) {
        var isUsed = false
        var expanded: [DraftCell] = []
        for cell in cells {
            guard cell.matches(conditional.condition) else {
                expanded.append(cell)
                continue
            }
            isUsed = true
            var product = [cell]
            for axis in conditional.axes {
                for key in axis.keys {
                    guard let other = cell.settings.first(where: { $0.name == key }) else { continue }
                    problems.append(
                        Diagnostic(
                            axis.place,
                            "\(key) is in two axes of one cell, the other one at line \(other.place.line ?? 0)"))
                }
                product = product.flatMap { Self.moved($0, along: axis) }
            }
            expanded += product
        }
        cells = expanded
        if !isUsed, damaged.isDisjoint(with: conditional.condition.clauses.map(\.key)) {
            problems.append(
                Diagnostic(
                    conditional.condition.place,
                    "[[when]]: no cell has \(conditional.condition.text), so its axes are read by nothing"))
        }
    }

    private mutating func exclude(_ pattern: Pattern) {
        let count = cells.count
        cells.removeAll { $0.matches(pattern) }
        excludedCount += count - cells.count
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
