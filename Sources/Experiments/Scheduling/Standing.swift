public import Results

/// Where each trial of a plan stands in the folders.
public struct Standing: Sendable {
    /// In the plan's order.
    public let trials: [PlannedTrial]
    /// By trial ID.
    public let records: [String: TrialRecord]

    /// - Throws: `StoreError`.
    public init(_ plan: Plan, _ store: ResultStore) throws(StoreError) {
        trials = plan.trials
        var records: [String: TrialRecord] = [:]
        for record in try store.records(of: plan.stored) { records[record.trial.trialID] = record }
        self.records = records
    }

    /// The standing of some trials, whatever plan they are of.
    init(_ trials: [PlannedTrial], _ records: [TrialRecord]) {
        self.trials = trials
        self.records = Dictionary(records.map { ($0.trial.trialID, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The standing of a plan of which nothing was ever begun.
    public init(untouched plan: Plan) {
        trials = plan.trials
        records = [:]
    }

    public func state(of trial: PlannedTrial) -> TrialState { records[trial.identity.id]?.state ?? .pending }

    /// Whether another version of the code has trained it; false where nobody knows.
    public func isStale(_ trial: PlannedTrial, _ codeVersion: String) -> Bool {
        let measured = records[trial.identity.id]?.record?.codeVersion ?? ""
        return !measured.isEmpty && measured != codeVersion
    }

    public func count(_ state: TrialState) -> Int { trials.count { self.state(of: $0) == state } }

    /// Trials that can still be trained: neither finished nor failed.
    public var unfinishedCount: Int { count(.pending) + count(.interrupted) + count(.running) }

    /// What a run has to train, in the plan's order. A trial that looks as if it was running may be a dead scheduler's
    /// whose worker has not noticed yet.
    ///
    /// - Parameter refreshing: the version of the code that is to have trained everything; nil keeps other results too.
    public func pending(retriesFailed: Bool, refreshing codeVersion: String? = nil) -> [PlannedTrial] {
        trials.filter { trial in
            switch state(of: trial) {
            case .done, .diverged: codeVersion.map { isStale(trial, $0) } ?? false
            case .failed: retriesFailed
            case .pending, .interrupted, .running: true
            }
        }
    }
}
