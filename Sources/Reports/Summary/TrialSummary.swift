public import Results

/// One planned trial and what became of it.
public struct TrialSummary: Sendable {
    public let trial: StoredTrial
    /// `nil` for one that was never begun.
    public let record: TrialRecord?
    /// By the newest attempt that finished: one that failed, runs or was interrupted since takes no number away.
    public let outcome: Outcome
    /// The cell that it is of; `nil` only where a plan contradicts itself.
    public let cell: StoredCell?
    public let epochs: [EpochRow]
    /// Wall-clock seconds over all attempts, failed ones included; `nil` where it was never begun.
    public let spentSeconds: Double?
    /// Whether another version of the code has measured it.
    public let isStale: Bool
    /// What the report goes by: final metrics, or those of one epoch.
    let values: [String: Double]

    /// What a trial gives a table.
    public enum Outcome: String, Hashable, Sendable {
        case done, diverged, failed, missing
    }

    init(
        trial: StoredTrial, cell: StoredCell?, record: TrialRecord?, results: SweepResults, epoch: Int?
    ) {
        self.trial = trial
        self.cell = cell
        self.record = record
        epochs = results.epochs[trial.trialID] ?? []
        spentSeconds = results.spentSeconds[trial.trialID]
        let measured = record?.record?.codeVersion ?? ""
        isStale = results.codeVersion != nil && !measured.isEmpty && measured != results.codeVersion
        outcome = Self.outcome(record)
        if let epoch {
            // A training that diverged has no number at any epoch: the ones that are left would flatter its arm.
            values = outcome == .diverged ? [:] : epochs.first { $0.epoch == epoch }.map(Self.metrics) ?? [:]
        } else {
            values = outcome == .done ? record?.record?.metrics ?? [:] : [:]
        }
    }

    private static func outcome(_ record: TrialRecord?) -> Outcome {
        switch record?.record?.status {
        case .done: .done
        case .diverged: .diverged
        case .failed: record?.state == .running || record?.state == .interrupted ? .missing : .failed
        case nil: .missing
        }
    }

    /// A metric's value; `nil` where the trial has none or it is not finite.
    public func value(_ metric: String) -> Double? {
        guard let value = values[metric], value.isFinite else { return nil }
        return value
    }

    /// The metrics that an epoch has: Ultralytics' definitions. NaN where it was not validated.
    private static func metrics(_ row: EpochRow) -> [String: Double] {
        [
            "mAP50(U)": row.mAP50, "mAP50-95(U)": row.mAP5095, "precision(U)": row.precision, "recall(U)": row.recall,
            "fitness": 0.1 * row.mAP50 + 0.9 * row.mAP5095,
        ]
    }

    /// The trial as the document keeps it.
    var reported: ReportedTrial {
        let done = record?.record
        return ReportedTrial(
            trialID: trial.trialID, cellID: trial.cellID, label: cell?.label ?? "?", seed: trial.seed,
            outcome: outcome.rawValue, metrics: outcome == .done ? done?.metrics ?? [:] : [:], epochs: epochs,
            seconds: done?.seconds, message: outcome == .done ? "" : done?.message ?? "", diagnosis: done?.diagnosis)
    }
}

/// Which epoch of every training is looked at.
public enum EpochChoice: Hashable, Sendable {
    /// The last one that every training that has begun was validated at; diverged trainings aside.
    case lowest
    case epoch(Int)

    /// `min`, or a number from 1.
    public init?(_ text: String) {
        if text == "min" {
            self = .lowest
        } else if let number = Int(text), number > 0 {
            self = .epoch(number)
        } else {
            return nil
        }
    }

    /// The epoch meant; `nil` where no training has one, or they have none in common.
    func resolved(_ results: SweepResults) -> Int? {
        if case .epoch(let number) = self { return number }
        var common: Set<Int>?
        for record in results.records where record.record?.status != .diverged {
            let rows = results.epochs[record.trial.trialID] ?? []
            if rows.isEmpty { continue }
            let validated = Set(rows.filter { $0.mAP5095.isFinite }.map(\.epoch))
            common = common?.intersection(validated) ?? validated
        }
        return common?.max()
    }
}
