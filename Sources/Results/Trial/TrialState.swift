/// Where a trial stands.
public enum TrialState: String, Codable, Hashable, Sendable, CaseIterable {
    /// Never begun.
    case pending
    /// A living process trains it: it holds the trial's lock.
    case running
    /// Trained and evaluated.
    case done
    /// Losses or weights stopped being finite: a result, never retried.
    case diverged
    /// Stopped by an error.
    case failed
    /// Begun, not finished, and nobody works on it: the next run resumes it.
    case interrupted

    init(_ status: DoneRecord.Status) {
        switch status {
        case .done: self = .done
        case .diverged: self = .diverged
        case .failed: self = .failed
        }
    }

    /// Whether there is nothing left to train.
    public var isFinished: Bool { self == .done || self == .diverged }
}
