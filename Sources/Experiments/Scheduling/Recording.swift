import Foundation
package import Results
import Training

extension Plan {
    /// What the trial's folder says about itself. Only what is hashed stands there, so that an equal trial is recognised
    /// after its data moved, and after keys were added that have their defaults.
    package func description(of trial: PlannedTrial) -> TrialDescription {
        guard let cell = cells.first(where: { $0.stored.cellID == trial.identity.cellID }) else {
            preconditionFailure("A plan's trial belongs to one of its cells.")
        }
        return TrialDescription(
            identity: trial.identity, configuration: cell.identity.members, datasetDigest: cell.data.digest)
    }
}

extension ResultStore {
    /// Notes how a job ended; a worker that failed for good is recorded as failed in its own folder first.
    func record(_ job: TrialJob, _ exit: WorkerExit, _ message: String) throws {
        switch exit {
        case .done, .diverged:
            if let finished = try job.directory.finished() { try record(finished.attempt) }
        case .crashed, .refused:
            if let attempt = try job.recordFailure(message) { try record(attempt) }
        case .interrupted, .busy:
            break
        }
    }
}

extension TrialJob {
    /// Notes in the trial's journal that its worker crashed and another follows.
    func noteCrash(_ cause: String) throws {
        _ = try directory.whileLocked {
            guard let attempt = try directory.attempts().last, try attempt.done() == nil else { return }
            try directory.journal.append(.crash(of: attempt, cause))
        }
    }

    /// Notes in the trial's folder that its last worker failed for good.
    ///
    /// - Returns: the attempt that is over; nil where another process has begun the trial since and writes its own record.
    func recordFailure(_ message: String) throws -> AttemptDirectory? {
        try directory.whileLocked {
            let attempt = try directory.attempts().last ?? directory.makeAttempt()
            if try attempt.done() == nil {
                try directory.journal.append(.crash(of: attempt, message))
                try attempt.finish(.failed(directory.identity, attempt: attempt, message: message))
            }
            return attempt
        }
    }

    /// How the trial ended since it was handed over; nil where it did not.
    ///
    /// - Parameter attempts: number of its last attempt before: a failure of before is to be trained again.
    func result(after attempts: Int) throws -> DoneRecord.Status? {
        if let finished = try directory.finished(), finished.attempt.number > supersedes {
            return finished.record.status
        }
        guard let last = try directory.attempts().last, last.number > attempts else { return nil }
        return try last.done()?.status
    }

    /// Whether a worker has begun the trial since it was handed over.
    func hasBegun(after attempts: Int) throws -> Bool {
        try directory.attempts().last.map { $0.number > attempts } ?? false
    }
}

extension TrialDirectory {
    /// The last attempt that has a record, a failed one included.
    func lastEnded() throws(StoreError) -> AttemptDirectory? {
        for attempt in try attempts().reversed() where try attempt.done() != nil { return attempt }
        return nil
    }
}

extension DoneRecord {
    /// The record of a worker that crashed again and again.
    static func failed(_ identity: TrialIdentity, attempt: AttemptDirectory, message: String) -> DoneRecord {
        DoneRecord(
            status: .failed, trialID: identity.id, cellID: identity.cellID, seed: identity.seed,
            attempt: attempt.number,
            metrics: [:], checkpoint: "", epochs: (try? attempt.epochs().count) ?? 0, weightHashes: [:], seconds: 0,
            peakMemoryBytes: 0, message: message, finishedAt: Date())
    }
}

extension TrialJournal.Record {
    /// An attempt's worker ended without a result or a checkpoint of its end.
    static func crash(of attempt: AttemptDirectory, _ cause: String) -> TrialJournal.Record {
        TrialJournal.Record(
            .crashed, attempt: attempt.number, epochs: (try? attempt.epochs().count) ?? 0, message: cause)
    }
}
