/// Something about the files under `results/` that went wrong: what was attempted, where, why, and what to do.
public struct StoreError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file or folder.
    public let path: String
    /// What was attempted: `read the record`.
    public let attempt: String
    /// Why it failed.
    public let cause: String
    /// What to do about it, as a sentence; empty where there is nothing to say.
    public let advice: String

    public init(path: String, attempt: String, cause: String, advice: String = "") {
        self.path = path
        self.attempt = attempt
        self.cause = cause
        self.advice = advice
    }

    public var description: String {
        let sentence = "\(path): cannot \(attempt): \(cause)"
        return advice.isEmpty ? sentence : "\(sentence)\n\(advice)"
    }

    /// What to do about a damaged database.
    static let reindexAdvice = "Run `ablate reindex`: it rebuilds the database from the trials' folders."
    /// What to do about a damaged file of a finished trial.
    static let retrainAdvice =
        "Remove the attempt's folder and run `ablate reindex`, then `ablate run` to train the trial again."
}
