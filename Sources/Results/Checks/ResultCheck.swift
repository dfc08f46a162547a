/// Something that is looked for in the results of a plan, for a footnote under its tables.
///
/// To add one: a file beside this one with a static constant, and its line in `ResultCheck.all`.
public struct ResultCheck: Sendable {
    /// For listings: `equal-seeds`.
    public let name: String
    /// What it finds, in one sentence.
    public let summary: String
    let find: @Sendable (TrainedPlan) -> [String]

    /// Every check, in the order of the footnotes.
    public static let all: [ResultCheck] = [equalSeeds, equalStart, mixedPrograms]
}

/// A plan with what its finished trials left.
struct TrainedPlan: Sendable {
    let plan: StoredPlan
    /// Finished trials, in the plan's order.
    let trials: [Trial]

    struct Trial: Sendable {
        var trial: StoredTrial
        var record: DoneRecord
        var epochs: [EpochRow]
    }

    func label(_ cellID: String) -> String { plan.cells.first { $0.cellID == cellID }?.label ?? "?" }
}

extension SweepResults {
    /// What the checks find in the results, one sentence each.
    public var findings: [String] {
        let trials = records.compactMap { record -> TrainedPlan.Trial? in
            guard let done = record.record, done.status == .done else { return nil }
            return TrainedPlan.Trial(trial: record.trial, record: done, epochs: epochs[done.trialID] ?? [])
        }
        let trained = TrainedPlan(plan: plan, trials: trials)
        return ResultCheck.all.flatMap { $0.find(trained) }
    }
}
