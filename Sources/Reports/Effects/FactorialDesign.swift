import Metrics
import Results

/// The cells of a plan as combinations of levels.
struct FactorialDesign {
    /// Axes with several levels, in the manifest's order.
    let axes: [String]
    /// Levels of each axis in the plan's order, its reference first.
    let levels: [String: [String]]
    let cells: [CellSummary]
    let primary: String
    /// Axes that name arms; the others are `within`.
    let armAxes: [String]
    /// The arm that ladders begin with, by its varying axes.
    let base: [String: String]
    private let values: [String: [Int: Double]]
    private let byAxes: [[String: String]: CellSummary]

    init(plan: StoredPlan, cells: [CellSummary], primary: String) {
        self.cells = cells
        self.primary = primary
        let baseline = plan.compare?.baseline ?? [:]
        var levels: [String: [String]] = [:]
        for axis in plan.axes {
            var found: [String] = []
            for cell in plan.cells {
                if let level = cell.axisValues[axis], !found.contains(level) { found.append(level) }
            }
            if let reference = baseline[axis], let index = found.firstIndex(of: reference) {
                found.insert(found.remove(at: index), at: 0)
            }
            levels[axis] = found
        }
        self.levels = levels
        axes = plan.axes.filter { (levels[$0]?.count ?? 0) > 1 }
        let within = Set(plan.cells.flatMap(\.within.keys))
        let armAxes = axes.filter { !within.contains($0) }
        self.armAxes = armAxes
        base =
            (plan.cells.first { $0.matches(baseline) } ?? plan.cells.first)?
            .axisValues.filter { armAxes.contains($0.key) } ?? [:]
        values = Dictionary(
            cells.map { ($0.cell.cellID, $0.values(primary)) }, uniquingKeysWith: { first, _ in first })
        byAxes = Dictionary(cells.map { ($0.cell.axisValues, $0) }, uniquingKeysWith: { first, _ in first })
    }

    // MARK: Effects

    var mainEffects: [ComponentEffect] {
        axes.flatMap { axis -> [ComponentEffect] in
            let names = levels[axis] ?? []
            return names.dropFirst().compactMap { level in
                // plus: the cells with the level; minus: the same with the reference.
                let terms = cells.compactMap { cell -> Term? in
                    guard cell.cell.axisValues[axis] == level,
                        let other = partner(cell, [axis: names[0]])
                    else { return nil }
                    return Term(plus: [cell], minus: [other])
                }
                return effect(axis, "\(level) − \(names[0])", terms)
            }
        }
    }

    var interactions: [ComponentEffect] {
        axes.indices.flatMap { first in
            axes[(first + 1)...].flatMap { interactions(axes[first], $0) }
        }
    }

    private func interactions(_ axis: String, _ other: String) -> [ComponentEffect] {
        let (names, others) = (levels[axis] ?? [], levels[other] ?? [])
        return names.dropFirst().flatMap { level in
            others.dropFirst().compactMap { otherLevel in
                let terms = cells.compactMap { cell -> Term? in
                    guard cell.cell.axisValues[axis] == level, cell.cell.axisValues[other] == otherLevel,
                        let left = partner(cell, [axis: names[0]]), let right = partner(cell, [other: others[0]]),
                        let corner = partner(cell, [axis: names[0], other: others[0]])
                    else { return nil }
                    return Term(plus: [cell, corner], minus: [left, right])
                }
                return effect(
                    "\(axis) × \(other)", "(\(level) − \(names[0])) at \(otherLevel) − at \(others[0])", terms)
            }
        }
    }

    /// Cells whose values are added and taken away.
    private struct Term {
        var plus: [CellSummary]
        var minus: [CellSummary]
    }

    /// The cell that differs in these axes only.
    private func partner(_ cell: CellSummary, _ changes: [String: String]) -> CellSummary? {
        byAxes[cell.cell.axisValues.merging(changes) { _, new in new }]
    }

    private func effect(_ axes: String, _ name: String, _ terms: [Term]) -> ComponentEffect? {
        guard !terms.isEmpty else { return nil }
        let used = terms.flatMap { $0.plus + $0.minus }
        let seeds = commonSeeds(used)
        var bySeed: [Int: Double] = [:]
        for seed in seeds {
            let differences = terms.map { sum($0.plus, seed) - sum($0.minus, seed) }
            bySeed[seed] = differences.reduce(0, +) / Double(differences.count)
        }
        return ComponentEffect(
            axes: axes, name: name, combinations: terms.count, bySeed: bySeed, trials: trialIDs(used, seeds))
    }

    private func sum(_ cells: [CellSummary], _ seed: Int) -> Double {
        cells.reduce(0) { $0 + (values[$1.cell.cellID]?[seed] ?? 0) }
    }

    /// Seeds with which every one of the cells has a value, ascending.
    private func commonSeeds(_ cells: [CellSummary]) -> [Int] {
        guard let first = cells.first else { return [] }
        let common = cells.dropFirst().reduce(Set(values[first.cell.cellID].map { Array($0.keys) } ?? [])) {
            $0.intersection(values[$1.cell.cellID].map { Array($0.keys) } ?? [])
        }
        return common.sorted()
    }

    private func trialIDs(_ used: [CellSummary], _ seeds: [Int]) -> [String] {
        let used = Set(used.map(\.cell.cellID))
        return cells.filter { used.contains($0.cell.cellID) }.flatMap { cell in
            cell.trials.filter { seeds.contains($0.trial.seed) }.map(\.trial.trialID)
        }
    }

    // MARK: Ladders

    /// For each arm that changes several axes at once: the ladders that have a rung between it and the baseline.
    var ladders: [ComponentLadder] {
        let arms = arms
        let changes = arms.map { arm in armAxes.filter { arm[$0] != base[$0] } }
        let targets = arms.indices.filter { target in
            changes[target].count > 1
                // No other arm changes the same and more.
                && !arms.indices.contains { other in
                    changes[other].count > changes[target].count
                        && changes[target].allSatisfy { arms[other][$0] == arms[target][$0] }
                }
        }
        return targets.flatMap { index in
            [
                cumulative(to: arms[index], changes[index]),
                leaveOneOut(to: arms[index], changes[index]),
            ].compactMap { $0 }
        }
    }

    /// Distinct arms in the plan's order, by their varying axes.
    private var arms: [[String: String]] {
        cells.map { armKey($0) }.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    private func armKey(_ cell: CellSummary) -> [String: String] {
        cell.cell.axisValues.filter { armAxes.contains($0.key) }
    }

    private func cumulative(to target: [String: String], _ changed: [String]) -> ComponentLadder? {
        var arm = base
        var steps: [(name: String, arm: [String: String])] = [("baseline", base)]
        for axis in changed {
            arm[axis] = target[axis]
            steps.append(("+ \(axis)=\(target[axis] ?? "–")", arm))
        }
        return ladder(.cumulative, target, steps)
    }

    private func leaveOneOut(to target: [String: String], _ changed: [String]) -> ComponentLadder? {
        var steps: [(name: String, arm: [String: String])] = [("all", target)]
        for axis in changed {
            var arm = target
            arm[axis] = base[axis]
            steps.append(("− \(axis)=\(target[axis] ?? "–")", arm))
        }
        return ladder(.leaveOneOut, target, steps)
    }

    private func ladder(
        _ kind: ComponentLadder.Kind, _ target: [String: String], _ steps: [(name: String, arm: [String: String])]
    ) -> ComponentLadder? {
        let members = steps.map { step in cells.filter { armKey($0) == step.arm } }
        guard !members[0].isEmpty, members.indices.contains(where: { isBetween($0, kind, members) }) else { return nil }
        // Only `within` axes that every arm on the ladder has, so that means are over the same cells.
        let present = members.filter { !$0.isEmpty }
        let places = present.map { Set($0.map(\.cell.within)) }
        let common = places.dropFirst().reduce(places[0]) { $0.intersection($1) }
        let rungs = members.map { $0.filter { common.contains($0.cell.within) } }
        let seeds = commonSeeds(rungs.flatMap { $0 })
        func mean(_ cells: [CellSummary], _ seed: Int) -> Double { sum(cells, seed) / Double(cells.count) }
        func change(_ rung: [CellSummary], _ other: [CellSummary]) -> [Double] {
            rung.isEmpty || other.isEmpty ? [] : seeds.map { mean(rung, $0) - mean(other, $0) }
        }
        return ComponentLadder(
            kind: kind, target: StoredContrast.describe(target),
            rungs: rungs.indices.map { index in
                let reference = kind == .leaveOneOut || index == 0 ? rungs[0] : rungs[index - 1]
                let step = index == 0 ? [] : change(rungs[index], reference)
                let sample = Sample(step)
                return ComponentLadder.Rung(
                    name: steps[index].name,
                    arm: rungs[index].isEmpty ? nil : StoredContrast.describe(steps[index].arm),
                    sample: rungs[index].isEmpty ? nil : Sample(seeds.map { mean(rungs[index], $0) }),
                    step: sample, interval: sample?.isConstant == true ? nil : .studentT(of: step),
                    total: kind == .cumulative && index > 0 ? Sample(change(rungs[index], rungs[0])) : nil,
                    trials: trialIDs(rungs[index], seeds),
                    stepTrials: trialIDs(rungs[index] + reference, seeds),
                    totalTrials: trialIDs(rungs[index] + rungs[0], seeds))
            })
    }

    /// Whether a rung is there that is neither end.
    private func isBetween(_ index: Int, _ kind: ComponentLadder.Kind, _ members: [[CellSummary]]) -> Bool {
        let inner = kind == .cumulative ? 1..<(members.count - 1) : 1..<members.count
        return inner.contains(index) && !members[index].isEmpty
    }
}
