public import Results

/// One planned trial as a report shows it: what its numbers lead to.
public struct ReportedTrial: Hashable, Sendable {
    public var trialID: String
    public var cellID: String
    /// The cell's name: `v2 dfc=both n`.
    public var label: String
    public var seed: Int
    /// `done`, `diverged`, `failed` or `missing`.
    public var outcome: String
    /// Final metrics by name; empty unless done.
    public var metrics: [String: Double]
    /// The rows of `results.csv`.
    public var epochs: [EpochRow]
    /// Wall-clock seconds of the training; `nil` where it has not ended.
    public var seconds: Double?
    /// Why it failed or diverged; empty otherwise.
    public var message: String
    /// Why it learnt little or nothing, and what to try.
    public var diagnosis: String?

    public init(
        trialID: String, cellID: String, label: String, seed: Int, outcome: String, metrics: [String: Double],
        epochs: [EpochRow], seconds: Double?, message: String, diagnosis: String?
    ) {
        self.trialID = trialID
        self.cellID = cellID
        self.label = label
        self.seed = seed
        self.outcome = outcome
        self.metrics = metrics
        self.epochs = epochs
        self.seconds = seconds
        self.message = message
        self.diagnosis = diagnosis
    }

    /// The first ten digits of the ID, as people write them.
    public var shortID: String { String(trialID.prefix(10)) }
    /// Name of its place in a document.
    public var anchor: String { "trial-\(shortID)" }
    /// Name of the place of its cell's first trial.
    public var cellAnchor: String { "cell-\(cellID.prefix(10))" }
}
