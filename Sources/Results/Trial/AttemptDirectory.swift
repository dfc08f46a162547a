import Digests
public import Foundation

/// The folder of one attempt at a trial: what one worker process leaves.
///
/// ```
/// args.toml              the resolved configuration
/// results.csv            one line an epoch
/// metrics.h5             curves, per-class AP, precision-recall, detections
/// weights/{last,best}.h5
/// start.json             what was taken over from weights to start from, if any
/// env.json, diff.patch   where and with which code it ran
/// manifest.toml          the manifest that asked for it, byte for byte
/// log.txt
/// done.json              how it ended; written last
/// ```
public struct AttemptDirectory: Hashable, Sendable {
    public let trial: TrialDirectory
    /// Counted from 1.
    public let number: Int
    public let url: URL

    init(trial: TrialDirectory, number: Int) {
        self.trial = trial
        self.number = number
        url = trial.url.appendingPathComponent("attempt-\(number)", isDirectory: true)
    }

    public var argumentsURL: URL { url.appendingPathComponent("args.toml") }
    public var epochsURL: URL { url.appendingPathComponent("results.csv") }
    public var metricsURL: URL { url.appendingPathComponent("metrics.h5") }
    public var lastWeightsURL: URL { url.appendingPathComponent("weights/last.h5") }
    public var bestWeightsURL: URL { url.appendingPathComponent("weights/best.h5") }
    public var environmentURL: URL { url.appendingPathComponent("env.json") }
    public var patchURL: URL { url.appendingPathComponent("diff.patch") }
    public var manifestURL: URL { url.appendingPathComponent("manifest.toml") }
    public var startURL: URL { url.appendingPathComponent("start.json") }
    public var logURL: URL { url.appendingPathComponent("log.txt") }
    public var doneURL: URL { url.appendingPathComponent("done.json") }

    /// Throws where a later attempt has begun: its worker owns the trial now, and this one's writes are refused.
    public func requireCurrent() throws(StoreError) {
        guard let last = try trial.attempts().last, last.number > number else { return }
        throw StoreError(
            path: url.path, attempt: "write into attempt \(number)", cause: "attempt \(last.number) has taken over")
    }

    /// Writes a file of the attempt, whole or not at all, unless a later attempt has begun.
    public func publish(_ data: Data, as name: String) throws(StoreError) {
        try requireCurrent()
        let file = url.appendingPathComponent(name)
        try AtomicFile.makeFolder(file.deletingLastPathComponent())
        try AtomicFile.write(data, to: file)
    }

    /// Takes over what an earlier attempt has left to go on from: its epochs first, then weights, then the checkpoint.
    ///
    /// In this order an attempt that has a checkpoint has all that belongs to it. Files are shared and not copied where
    /// the file system can do that; nobody writes them in place.
    public func adopt(_ names: [String], from earlier: AttemptDirectory) throws(StoreError) {
        try requireCurrent()
        if let epochs = try AtomicFile.read(earlier.epochsURL) { try publish(epochs, as: "results.csv") }
        for name in names {
            let (old, new) = (earlier.url.appendingPathComponent(name), url.appendingPathComponent(name))
            guard FileManager.default.fileExists(atPath: old.path) else { continue }
            try AtomicFile.makeFolder(new.deletingLastPathComponent())
            if link(old.path, new.path) == 0 {
                try AtomicFile.synchronizeFolder(of: new)
            } else if let data = try AtomicFile.read(old) {
                try AtomicFile.write(data, to: new)
            }
        }
    }

    /// Opens `results.csv`, beginning with the epochs that an earlier attempt had completed by its checkpoint.
    public func epochLog(
        resuming earlier: AttemptDirectory? = nil, throughEpoch epoch: Int = 0
    ) throws(StoreError) -> EpochLog {
        try requireCurrent()
        guard let earlier, epoch > 0 else { return try EpochLog(epochsURL) }
        let rows = try earlier.epochs().prefix { $0.epoch <= epoch }
        guard rows.count == epoch else {
            throw StoreError(
                path: earlier.epochsURL.path, attempt: "resume after epoch \(epoch)",
                cause: "it ends with epoch \(rows.count)", advice: StoreError.retrainAdvice)
        }
        return try EpochLog(epochsURL, startingWith: Array(rows))
    }

    /// The epochs of `results.csv`.
    public func epochs() throws(StoreError) -> [EpochRow] { try EpochLog.read(epochsURL) }

    /// The epochs of an attempt that has ended; throws where `results.csv` has lost some, or has others.
    func epochs(of record: DoneRecord) throws(StoreError) -> [EpochRow] {
        if record.status == .failed { return (try? epochs()) ?? [] }
        let rows = try epochs()
        guard rows.count == record.epochs else {
            throw StoreError(
                path: epochsURL.path, attempt: "read the epochs",
                cause: "it has \(rows.count) of them, done.json says \(record.epochs)",
                advice: StoreError.retrainAdvice)
        }
        if let hash = record.epochsHash {
            let found = try Self.hash(of: epochsURL)
            guard found == hash else { throw Self.foreignFile(epochsURL, found, hash) }
        }
        return rows
    }

    /// How the attempt ended; `nil` where it did not. Throws where the record is damaged or another attempt's.
    public func done() throws(StoreError) -> DoneRecord? {
        guard let data = try AtomicFile.read(doneURL) else { return nil }
        let record: DoneRecord
        do {
            record = try DoneRecord(decoding: data)
        } catch {
            throw StoreError(
                path: doneURL.path, attempt: "read the record", cause: StoreJSON.reason(error),
                advice: StoreError.retrainAdvice)
        }
        guard record.schema <= DoneRecord.currentSchema else {
            throw StoreError(
                path: doneURL.path, attempt: "read the record",
                cause: "it has schema \(record.schema), newer than this program's \(DoneRecord.currentSchema)")
        }
        guard record.trialID == trial.identity.id else {
            throw StoreError(
                path: doneURL.path, attempt: "read the record", cause: "it is that of trial \(record.trialID)",
                advice: StoreError.retrainAdvice)
        }
        return record
    }

    /// Writes `metrics.h5`, unless a later attempt has begun.
    public func publish(_ metrics: TrialMetrics) throws {
        try requireCurrent()
        try metrics.write(to: metricsURL)
    }

    /// Ends the attempt: completes the record with hashes of the weight files, of `metrics.h5` and of
    /// `results.csv`, then writes it.
    @discardableResult
    public func finish(_ record: DoneRecord) throws(StoreError) -> DoneRecord {
        precondition(
            record.trialID == trial.identity.id && record.attempt == number,
            "A record ends the attempt of its own trial.")
        var record = record
        for (name, file) in [("weights/last.h5", lastWeightsURL), ("weights/best.h5", bestWeightsURL)]
        where FileManager.default.fileExists(atPath: file.path) {
            record.weightHashes[name] = try Self.hash(of: file)
        }
        if FileManager.default.fileExists(atPath: metricsURL.path) {
            record.metricsHash = try Self.hash(of: metricsURL)
        }
        if record.status != .failed, FileManager.default.fileExists(atPath: epochsURL.path) {
            record.epochsHash = try Self.hash(of: epochsURL)
        }
        let data: Data
        do {
            data = try record.encoded()
        } catch {
            throw StoreError(path: doneURL.path, attempt: "write the record", cause: StoreJSON.reason(error))
        }
        try publish(data, as: "done.json")
        return record
    }

    /// Compares the files with the hashes of the record; throws for the first that is missing or differs.
    public func verify(_ record: DoneRecord) throws(StoreError) {
        var expected = record.weightHashes.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        if !record.metricsHash.isEmpty { expected.append(("metrics.h5", record.metricsHash)) }
        if let hash = record.epochsHash { expected.append(("results.csv", hash)) }
        for (name, hash) in expected {
            let file = url.appendingPathComponent(name)
            let found = try Self.hash(of: file)
            guard found == hash else { throw Self.foreignFile(file, found, hash) }
        }
    }

    private static func foreignFile(_ file: URL, _ found: String, _ expected: String) -> StoreError {
        StoreError(
            path: file.path, attempt: "use the file",
            cause: "its SHA-256 is \(found.prefix(10))…, done.json says \(expected.prefix(10))…",
            advice: StoreError.retrainAdvice)
    }

    /// SHA-256 of a file in hexadecimal.
    private static func hash(of file: URL) throws(StoreError) -> String {
        do {
            return try ContentDigest.hexadecimal(ofFile: file.path)
        } catch {
            throw StoreError(
                path: file.path, attempt: "read the file", cause: String(cString: strerror(error.code.rawValue)))
        }
    }

    /// What was measured, from a `metrics.h5` that is the one that the record speaks of.
    ///
    /// Throws where the attempt has no record, or the file is missing, damaged or another one.
    public func metrics() throws(StoreError) -> TrialMetrics {
        guard let record = try done(), !record.metricsHash.isEmpty else {
            throw StoreError(path: metricsURL.path, attempt: "read the metrics", cause: "the attempt left none")
        }
        let found = try Self.hash(of: metricsURL)
        guard found == record.metricsHash else { throw Self.foreignFile(metricsURL, found, record.metricsHash) }
        return try TrialMetrics(reading: metricsURL)
    }

    /// The weights that the attempt started from; `nil` where it started from none or went on from a checkpoint.
    public func start() throws(StoreError) -> StartingWeights? {
        guard FileManager.default.fileExists(atPath: startURL.path) else { return nil }
        return try StoreJSON.read(
            StartingWeights.self, from: startURL, what: "the starting weights", schema: StartingWeights.currentSchema,
            advice: StoreError.retrainAdvice)
    }

    /// Notes the weights that the attempt starts from.
    public func publish(_ start: StartingWeights) throws(StoreError) {
        try publish(try StoreJSON.encode(start), as: startURL.lastPathComponent)
    }

    /// Where the attempt ran; `nil` where it did not say.
    public func environment() throws(StoreError) -> TrialEnvironment? {
        guard FileManager.default.fileExists(atPath: environmentURL.path) else { return nil }
        return try StoreJSON.read(
            TrialEnvironment.self, from: environmentURL, what: "the environment",
            schema: TrialEnvironment.currentSchema, advice: StoreError.retrainAdvice)
    }
}
