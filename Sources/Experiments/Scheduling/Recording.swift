import Foundation
import Results
import Training

extension Plan {
    /// What the trial's folder says about itself. Only what is hashed stands there, so that an equal trial is recognised
    /// after its data moved, and after keys were added that have their defaults.
    func description(of trial: PlannedTrial) -> TrialDescription {
        guard let cell = cells.first(where: { $0.stored.cellID == trial.identity.cellID }) else {
            preconditionFailure("A plan's trial belongs to one of its cells.")
        }
        return TrialDescription(
            identity: trial.identity, configuration: cell.identity.members, datasetDigest: cell.data.digest)
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
