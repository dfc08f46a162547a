public import Foundation

/// `done.json`: how an attempt ended. The last file written; an attempt without it did not finish.
public struct DoneRecord: Codable, Hashable, Sendable {
    /// Version of this type's JSON.
    public static let currentSchema = 1

    /// How an attempt ended.
    public enum Status: String, Codable, Hashable, Sendable, CaseIterable {
        /// Trained and evaluated.
        case done
        /// Losses or weights stopped being finite: a result, never retried.
        case diverged
        /// Stopped by an error.
        case failed
    }

    public var schema = DoneRecord.currentSchema
    public var status: Status
    public var trialID: String
    public var cellID: String
    public var seed: Int
    /// Counted from 1.
    public var attempt: Int
    /// Final metrics by name (`mAP50-95`, `mAP50`, …: the names of `Metric.all`) of the checkpoint that `checkpoint`
    /// names. A metric without a value is absent.
    public var metrics: [String: Double]
    /// Per-class metrics: class → metric → value.
    public var classMetrics: [String: [String: Double]]
    /// Which weights the metrics are of: `last` or `best`.
    public var checkpoint: String
    /// Epochs completed.
    public var epochs: Int
    /// Epoch of the best checkpoint, counted from 1; 0 where there is none.
    public var bestEpoch: Int
    /// SHA-256 of each weight file in hexadecimal: `weights/last.h5` → ….
    public var weightHashes: [String: String]
    /// SHA-256 of `metrics.h5` in hexadecimal; empty where the attempt left none.
    public var metricsHash: String
    /// Wall-clock seconds of the training, its interrupted attempts included.
    public var seconds: Double
    /// Highest resident memory of the worker, in bytes.
    public var peakMemoryBytes: Int
    /// SHA-256 that stands for the code that trained, to tell stale results; empty where unknown.
    public var codeVersion: String
    /// Why an attempt diverged or failed, with epoch and step; empty when done.
    public var message: String
    /// The weights that the training started from; nil for none.
    public var start: StartingWeights?
    /// Why nothing, or little, was learnt, and what to try: one paragraph; nil where there is nothing to say.
    public var diagnosis: String?
    public var finishedAt: Date

    public init(
        status: Status, trialID: String, cellID: String, seed: Int, attempt: Int, metrics: [String: Double],
        classMetrics: [String: [String: Double]] = [:], checkpoint: String, epochs: Int, bestEpoch: Int = 0,
        weightHashes: [String: String], metricsHash: String = "", seconds: Double, peakMemoryBytes: Int,
        codeVersion: String = "", message: String = "", start: StartingWeights? = nil, diagnosis: String? = nil,
        finishedAt: Date
    ) {
        self.status = status
        self.trialID = trialID
        self.cellID = cellID
        self.seed = seed
        self.attempt = attempt
        self.metrics = metrics
        self.classMetrics = classMetrics
        self.checkpoint = checkpoint
        self.epochs = epochs
        self.bestEpoch = bestEpoch
        self.weightHashes = weightHashes
        self.metricsHash = metricsHash
        self.seconds = seconds
        self.peakMemoryBytes = peakMemoryBytes
        self.codeVersion = codeVersion
        self.message = message
        self.start = start
        self.diagnosis = diagnosis
        self.finishedAt = finishedAt
    }

    /// The record as JSON with sorted keys; numbers that are not finite become `"nan"`, `"inf"`, `"-inf"`.
    public func encoded() throws -> Data {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return try encoder.encode(self) + Data("\n".utf8)
    }

    /// Reads what `encoded()` wrote; throws `DecodingError`.
    public init(decoding json: Data) throws {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        self = try decoder.decode(DoneRecord.self, from: json)
    }
}
