public import Foundation
public import Results

/// What a worker tells while it trains: one line of JSON each on its standard output.
public enum WorkerEvent: Codable, Hashable, Sendable {
    case started(Started)
    case step(Step)
    case epoch(EpochRow)
    /// Why nothing, or little, was learnt, in a paragraph.
    case diagnosis(String)
    /// The attempt has ended and its record is on disk.
    case finished(DoneRecord.Status)

    /// Facts known before the first step.
    public struct Started: Codable, Hashable, Sendable {
        /// Number of the attempt, from 1.
        public var attempt: Int
        public var epochs: Int
        /// Epochs that an earlier attempt has completed.
        public var completedEpochs: Int
        public var batchesPerEpoch: Int
        public var parameters: Int
        /// Bytes of feature maps and gradients that a step holds.
        public var plannedBytes: Int
        /// What was taken over from the weights that the training starts from; nil where nothing was in this attempt.
        public var start: StartingWeights?

        public init(
            attempt: Int = 0, epochs: Int, completedEpochs: Int, batchesPerEpoch: Int, parameters: Int,
            plannedBytes: Int, start: StartingWeights? = nil
        ) {
            self.attempt = attempt
            self.epochs = epochs
            self.completedEpochs = completedEpochs
            self.batchesPerEpoch = batchesPerEpoch
            self.parameters = parameters
            self.plannedBytes = plannedBytes
            self.start = start
        }
    }

    /// Where the training is; sent a few times a second at most.
    public struct Step: Codable, Hashable, Sendable {
        /// Counted from 1.
        public var epoch: Int
        /// Counted from 1.
        public var batch: Int
        public var batchesPerEpoch: Int
        /// Sum of the three loss terms of this batch.
        public var loss: Double

        public init(epoch: Int, batch: Int, batchesPerEpoch: Int, loss: Double) {
            self.epoch = epoch
            self.batch = batch
            self.batchesPerEpoch = batchesPerEpoch
            self.loss = loss
        }
    }

    /// The event as one line, without its end.
    public func line() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return try encoder.encode(self)
    }

    /// Reads a line; nil where it is none of a worker's.
    public init?(line: Data) {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        guard let event = try? decoder.decode(WorkerEvent.self, from: line) else { return nil }
        self = event
    }
}
