/// What the store knows of one trial of a plan.
public struct TrialRecord: Hashable, Sendable {
    public let trial: StoredTrial
    /// `nil` for a trial that was never begun, or whose folder was moved away.
    public let directory: TrialDirectory?
    public let state: TrialState
    /// How often it was begun.
    public let attempts: Int
    /// How the newest finished attempt ended; a failed one only where no other has finished.
    public let record: DoneRecord?
    public let environment: TrialEnvironment?

    public init(
        trial: StoredTrial, directory: TrialDirectory?, state: TrialState, attempts: Int, record: DoneRecord?,
        environment: TrialEnvironment?
    ) {
        self.trial = trial
        self.directory = directory
        self.state = state
        self.attempts = attempts
        self.record = record
        self.environment = environment
    }

    /// The epochs of the attempt that is running or was the last; empty where there are none.
    public func currentEpochs() throws(StoreError) -> [EpochRow] {
        try directory?.attempts().last?.epochs() ?? []
    }
}
