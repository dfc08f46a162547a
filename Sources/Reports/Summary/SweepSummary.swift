public import Results

/// What a plan and its trials' results say together: cells with their samples, contrasts with their tests, coverage.
public struct SweepSummary: Sendable {
    public let plan: StoredPlan
    /// In the plan's order.
    public let cells: [CellSummary]
    /// In the plan's order; empty without a `[compare]`.
    public let contrasts: [ContrastSummary]
    /// In the plan's order.
    public let trials: [TrialSummary]
    public let coverage: Coverage
    /// Name of the metric that decides.
    public let primary: String
    /// The epoch that all values are of; `nil` for those of the reported checkpoint.
    public let epoch: Int?
    /// Main effects, interactions and ladders of the axes.
    public let effects: ComponentEffects
    /// What could not be read, one sentence each.
    let problems: [String]
    /// Metrics of trials and labels of images, where they were read.
    let results: SweepResults

    /// - `atEpoch`: compares all trainings at one epoch, by the curves, in place of the reported checkpoint.
    ///
    /// Throws where the trainings have no epoch in common.
    public init(_ results: SweepResults, atEpoch: EpochChoice) throws(NoCommonEpoch) {
        guard let epoch = atEpoch.resolved(results) else { throw NoCommonEpoch() }
        self.init(results, epoch: epoch)
    }

    /// The results of the reported checkpoints.
    public init(_ results: SweepResults) { self.init(results, epoch: nil) }

    /// - `records`: of the plan's trials, in any order; one that is missing counts as never begun.
    /// - `codeVersion`: of the code that would train now; results of another are stale. `nil` leaves that open.
    public init(plan: StoredPlan, records: [TrialRecord], codeVersion: String? = nil) {
        self.init(SweepResults(plan: plan, records: records, codeVersion: codeVersion))
    }

    private init(_ results: SweepResults, epoch: Int?) {
        let plan = results.plan
        self.plan = plan
        self.results = results
        self.epoch = epoch
        problems = results.problems
        let byID = Dictionary(
            results.records.map { ($0.trial.trialID, $0) }, uniquingKeysWith: { first, _ in first })
        let cellsByID = Dictionary(plan.cells.map { ($0.cellID, $0) }, uniquingKeysWith: { first, _ in first })
        let declared = plan.compare?.primary ?? "mAP50-95"
        let primary = epoch == nil ? declared : Self.curveMetric(for: declared)
        self.primary = primary
        let trials = plan.trials.map {
            TrialSummary(
                trial: $0, cell: cellsByID[$0.cellID], record: byID[$0.trialID], results: results, epoch: epoch)
        }
        let trialsByCell = Dictionary(grouping: trials, by: \.trial.cellID)
        let baselinePairs = (plan.compare?.contrasts ?? []).filter(\.isAgainstBaseline).flatMap(\.pairs)
        let baselines = Dictionary(
            baselinePairs.map { ($0.cellID, $0.againstCellID) }, uniquingKeysWith: { first, _ in first })
        let baselineIDs = Set(baselines.values)
        var cells = plan.cells.map { cell in
            let trials = trialsByCell[cell.cellID] ?? []
            let against = baselines[cell.cellID].map { trialsByCell[$0] ?? [] }
            return CellSummary(
                cell: cell, plannedSeeds: plan.plannedSeeds, trials: trials, primary: primary,
                isBaseline: baselineIDs.contains(cell.cellID), baselineTrials: against)
        }
        BestCell.mark(&cells)
        self.cells = cells
        contrasts =
            plan.compare.map { ContrastSummary.all($0, primary: primary, trialsByCell: trialsByCell) } ?? []
        coverage = Coverage(trials: trials, excluded: plan.excludedCount)
        effects = ComponentEffects(plan: plan, cells: cells, primary: primary)
        self.trials = trials
    }

    /// Whether each planned trial has its result, of this version of the code; a diverged one is a result.
    public var isComplete: Bool { coverage.failed == 0 && coverage.missing == 0 && coverage.stale == 0 }

    /// Axes with more than one value among the cells, in the manifest's order; not having an axis is a value.
    public var varyingAxes: [String] {
        plan.axes.filter { axis in Set(plan.cells.map { $0.axisValues[axis] ?? "" }).count > 1 }
    }

    /// What the curves have in place of a metric: Ultralytics' definition of the same, or of mAP50-95.
    private static func curveMetric(for metric: String) -> String {
        let known = ["mAP50(U)", "mAP50-95(U)", "precision(U)", "recall(U)", "fitness"]
        if known.contains(metric) { return metric }
        return known.contains("\(metric)(U)") ? "\(metric)(U)" : "mAP50-95(U)"
    }
}

/// Trainings that cannot be compared at equal epochs.
public struct NoCommonEpoch: Error, Hashable, Sendable, CustomStringConvertible {
    public var description: String {
        "no epoch has been validated in every training that has begun: there is nothing to compare at equal epochs"
    }
}

/// How many of the planned trials have a result.
public struct Coverage: Hashable, Sendable {
    /// Trained and evaluated by this version of the code.
    public var ok = 0
    public var diverged = 0
    public var failed = 0
    /// Never begun, running or interrupted.
    public var missing = 0
    /// Cells that the manifest excludes.
    public var excluded: Int
    /// Finished by another version of the code.
    public var stale = 0

    init(trials: [TrialSummary], excluded: Int) {
        self.excluded = excluded
        for trial in trials {
            switch trial.outcome {
            case .missing: missing += 1
            case .failed: failed += 1
            case .done, .diverged:
                if trial.isStale { stale += 1 } else if trial.outcome == .done { ok += 1 } else { diverged += 1 }
            }
        }
    }

    /// `ok 58, failed 1, missing 1, excluded 40, stale 0`; diverged trials are named where there are any.
    public var sentence: String {
        (["ok \(ok)"] + (diverged > 0 ? ["diverged \(diverged)"] : [])
            + ["failed \(failed)", "missing \(missing)", "excluded \(excluded)", "stale \(stale)"])
            .joined(separator: ", ")
    }
}
