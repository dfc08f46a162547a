public import Results

/// What a plan and its trials' records say together: cells with their samples, contrasts with their tests, coverage.
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
    /// What `ResultCheck` found, one sentence each.
    public let findings: [String]

    /// - `records`: of the plan's trials, in any order; one that is missing counts as never begun.
    /// - `codeVersion`: of the code that would train now; results of another are stale. `nil` leaves that open.
    /// - `findings`: what the checks of results have found, to be said in the notes.
    public init(
        plan: StoredPlan, records: [TrialRecord], codeVersion: String? = nil, findings: [String] = []
    ) {
        self.plan = plan
        self.findings = findings
        let byID = Dictionary(records.map { ($0.trial.trialID, $0) }, uniquingKeysWith: { first, _ in first })
        let primary = plan.compare?.primary ?? "mAP50-95"
        self.primary = primary
        let trials = plan.trials.map {
            TrialSummary(trial: $0, record: byID[$0.trialID], codeVersion: codeVersion)
        }
        let trialsByCell = Dictionary(grouping: trials, by: \.trial.cellID)
        let baselinePairs = (plan.compare?.contrasts ?? []).filter(\.isAgainstBaseline).flatMap(\.pairs)
        let baselines = Dictionary(
            baselinePairs.map { ($0.cellID, $0.againstCellID) }, uniquingKeysWith: { first, _ in first })
        let baselineIDs = Set(baselines.values)
        cells = plan.cells.map { cell in
            let trials = trialsByCell[cell.cellID] ?? []
            let against = baselines[cell.cellID].map { trialsByCell[$0] ?? [] }
            return CellSummary(
                cell: cell, plannedSeeds: plan.plannedSeeds, trials: trials, primary: primary,
                isBaseline: baselineIDs.contains(cell.cellID), baselineTrials: against)
        }
        contrasts = plan.compare.map { ContrastSummary.all($0, trialsByCell: trialsByCell) } ?? []
        coverage = Coverage(trials: trials, excluded: plan.excludedCount)
        self.trials = trials
    }

    /// Whether each planned trial has its result, of this version of the code; a diverged one is a result.
    public var isComplete: Bool { coverage.failed == 0 && coverage.missing == 0 && coverage.stale == 0 }

    /// Axes with more than one value among the cells, in the manifest's order; not having an axis is a value.
    public var varyingAxes: [String] {
        plan.axes.filter { axis in Set(plan.cells.map { $0.axisValues[axis] ?? "" }).count > 1 }
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

/// One planned trial and what became of it.
public struct TrialSummary: Sendable {
    public let trial: StoredTrial
    /// `nil` for one that was never begun.
    public let record: TrialRecord?
    /// Whether another version of the code has measured it.
    public let isStale: Bool

    /// What a trial gives a table.
    public enum Outcome: Hashable, Sendable {
        case done, diverged, failed, missing
    }

    init(trial: StoredTrial, record: TrialRecord?, codeVersion: String?) {
        self.trial = trial
        self.record = record
        let measured = record?.record?.codeVersion ?? ""
        isStale = codeVersion != nil && !measured.isEmpty && measured != codeVersion
    }

    /// By the newest attempt that finished: one that failed, runs or was interrupted since takes no number away.
    public var outcome: Outcome {
        switch record?.record?.status {
        case .done: .done
        case .diverged: .diverged
        case .failed: record?.state == .running || record?.state == .interrupted ? .missing : .failed
        case nil: .missing
        }
    }

    /// A metric's value; `nil` where the trial has none or it is not finite.
    public func value(_ metric: String) -> Double? {
        guard outcome == .done, let value = record?.record?.metrics[metric], value.isFinite else { return nil }
        return value
    }
}
