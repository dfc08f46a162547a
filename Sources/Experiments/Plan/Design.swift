import Training

/// How a mode other than `grid` picks cells: by the number of axes in which a cell differs from the baseline.
///
/// Over the axes that a cell shares with the baseline, `within` left out, let m be those where the two differ and k those
/// where they agree. `one-at-a-time` keeps m ≤ 1; `leave-one-out` keeps k ≤ 1, and the baseline itself (m = 0).
struct Design: Sendable {
    private let mode: Manifest.Mode
    private let within: Set<String>
    private let baseline: Pattern
    private let base: TrainingConfiguration
    private let damagedKeys: Set<String>
    /// Positions of the baseline on axes that were asked for, by the axis' place.
    private var homes: [SourcePlace: Int] = [:]
    /// The baseline's value on every axis that was asked for.
    private(set) var clauses: [Pattern.Clause] = []
    private(set) var problems: [Diagnostic] = []

    /// Nil for a grid, and where there is no baseline to count from.
    init?(_ manifest: Manifest, base: TrainingConfiguration) {
        guard manifest.mode != .grid, let comparison = manifest.comparison else { return nil }
        mode = manifest.mode
        within = Set(comparison.within.map(\.key))
        baseline = comparison.baseline
        self.base = base
        damagedKeys = manifest.damagedKeys
    }

    /// Whether the cell, or one that follows from it along further axes, is kept: both counts only grow.
    func keeps(_ cell: DraftCell) -> Bool {
        switch mode {
        case .grid: true
        case .oneAtATime: cell.movedAxes.count <= 1
        case .leaveOneOut: cell.keptAxes.count <= 1 || cell.movedAxes.isEmpty
        }
    }

    /// The baseline's position on an axis; nil where the axis is taken whole.
    mutating func home(of axis: Axis) -> Int? {
        guard within.isDisjoint(with: axis.keys) else { return nil }
        if let known = homes[axis.place] { return known }
        let position = find(axis)
        homes[axis.place] = position
        let naming = axis.namingKeys
        for setting in axis.positions[position] where naming.contains(setting.name) {
            clauses.append(Pattern.Clause(key: setting.name, values: [setting.value], place: baseline.place))
        }
        return position
    }

    private mutating func find(_ axis: Axis) -> Int {
        let named = baseline.clauses.filter { axis.keys.contains($0.key) }
        let candidates = axis.positions.indices.filter { index in
            axis.positions[index].allSatisfy { setting in
                if let clause = named.first(where: { $0.key == setting.name }) {
                    return clause.values.contains(setting.value)
                }
                return !named.isEmpty || setting.key.value(in: base) == setting.value
            }
        }
        if candidates.count == 1 { return candidates[0] }
        // A baseline that fits no cell at all is reported with the comparison.
        let isExplained = candidates.isEmpty && !named.isEmpty || !damagedKeys.isDisjoint(with: axis.keys)
        if !isExplained {
            let name = axis.keys.joined(separator: ", ")
            let values = axis.keys.compactMap { key in
                ConfigurationKey.named(key).map { "\(key) = \($0.value(in: base).canonicalJSON)" }
            }
            problems.append(
                Diagnostic(
                    axis.place,
                    candidates.isEmpty
                        ? "mode \"\(mode.rawValue)\": the baseline of [compare] does not name \(name), and the axis has "
                            + "not [base]'s \(values.joined(separator: ", ")): name its value in the baseline"
                        : "mode \"\(mode.rawValue)\": the baseline of [compare] fits \(candidates.count) positions of the "
                            + "axis \(name): name one more of its keys"))
        }
        return candidates.first ?? 0
    }
}
