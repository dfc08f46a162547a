public import Models

/// What a training tells while it runs.
public enum TrainerEvent: Sendable {
    case started(Summary)
    case step(Step)
    case epoch(EpochReport)

    /// Facts known before the first step.
    public struct Summary: Sendable {
        public var network: String
        public var parameters: Int
        public var trainImages: Int
        public var validationImages: Int
        public var batchesPerEpoch: Int
        public var epochs: Int
        /// Epochs that were completed by an earlier attempt.
        public var completedEpochs: Int
        /// Bytes of feature maps and gradients.
        public var plannedBytes: Int
        /// What was taken over from the file that `weights` names; nil where nothing was in this attempt.
        public var start: WeightFile.Transfer?
        /// What the diagnosis of a training that does not learn goes by.
        public var conditions: LearningConditions
    }

    /// One batch.
    public struct Step: Sendable {
        /// Counted from 1.
        public var epoch: Int
        /// Counted from 1.
        public var batch: Int
        public var batchesPerEpoch: Int
        /// Loss items of this batch.
        public var losses: DetectionLoss.Items
    }
}

/// One epoch's row.
public struct EpochReport: Sendable {
    /// Counted from 1.
    public var epoch: Int
    /// Seconds since the training began, earlier attempts included.
    public var seconds: Double
    /// Means over the batches.
    public var trainLosses: DetectionLoss.Items
    /// Nil where this epoch was not validated.
    public var evaluation: Evaluation?
    /// Of biases, weights, batch-norm weights, at the epoch's end.
    public var learningRates: [Double]
    /// Whether this is the best checkpoint so far.
    public var isBest: Bool
}

/// How a training ended.
public enum TrainerOutcome: Sendable {
    /// All epochs; the evaluation is that of the selected checkpoint, found in epoch `epoch` (from 1).
    case completed(evaluation: Evaluation, epoch: Int)
    /// A loss or gradient stopped being finite: a result of the trial. Epoch and batch count from 1.
    case diverged(epoch: Int, batch: Int, reason: String)
    /// Stopped on request after a checkpoint; the same call with the same folder goes on.
    case interrupted(epoch: Int, batch: Int)
}
