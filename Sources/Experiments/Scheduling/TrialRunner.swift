public import Foundation
public import Results
public import Training

/// Trains one trial inside a worker: what stands between the worker's bookkeeping and the training loop.
public protocol TrialRunner: Sendable {
    /// Name of the file, in the attempt's folder, from which an interrupted training goes on.
    var checkpointName: String { get }

    /// Trains, resuming from a checkpoint that lies in the folder.
    ///
    /// - Parameters:
    ///   - directory: the attempt's folder, for weights and checkpoints.
    ///   - shouldStop: asked often; when true the runner saves a checkpoint and returns `.interrupted`.
    func run(
        _ configuration: TrainingConfiguration, threads: Int, directory: URL,
        shouldStop: @escaping @Sendable () -> Bool,
        onEvent: @escaping (TrialEvent) throws -> Void
    ) throws -> TrialOutcome
}

/// What a trial tells while it trains.
public enum TrialEvent: Sendable {
    case started(WorkerEvent.Started)
    /// What a diagnosis goes by, should nothing be learnt.
    case conditions(LearningConditions)
    case step(WorkerEvent.Step)
    /// An epoch is over; its checkpoint is written after this returns.
    case epoch(EpochRow)
}

/// How a trial's training ended.
public enum TrialOutcome: Sendable {
    case completed(TrialResult)
    /// A loss or gradient stopped being finite in a batch of an epoch, both counted from 1.
    case diverged(epoch: Int, batch: Int, reason: String)
    /// Stopped on request, after a checkpoint.
    case interrupted
}

/// What the final evaluation of a trial gave.
public struct TrialResult: Sendable {
    /// Everything that was measured but the epochs.
    public var metrics: TrialMetrics
    /// The epoch of the reported checkpoint, from 1.
    public var epoch: Int

    public init(metrics: TrialMetrics, epoch: Int) {
        self.metrics = metrics
        self.epoch = epoch
    }
}
