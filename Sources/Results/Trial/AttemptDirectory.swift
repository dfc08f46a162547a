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

    /// Ends the attempt: completes the record with hashes of the weight files and of `metrics.h5`, then writes it.
    @discardableResult
    public func finish(_ record: DoneRecord) throws(StoreError) -> DoneRecord {
        precondition(
            record.trialID == trial.identity.id && record.attempt == number,
            "A record ends the attempt of its own trial.")
        var record = record
        for (name, file) in [("weights/last.h5", lastWeightsURL), ("weights/best.h5", bestWeightsURL)]
        where FileManager.default.fileExists(atPath: file.path) {
            record.weightHashes[name] = try SHA256.hexadecimal(of: file)
        }
        if FileManager.default.fileExists(atPath: metricsURL.path) {
            record.metricsHash = try SHA256.hexadecimal(of: metricsURL)
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
        for (name, hash) in expected {
            let file = url.appendingPathComponent(name)
            let found = try SHA256.hexadecimal(of: file)
            guard found == hash else {
                throw StoreError(
                    path: file.path, attempt: "use the file",
                    cause: "its SHA-256 is \(found.prefix(10))…, done.json says \(hash.prefix(10))…",
                    advice: StoreError.retrainAdvice)
            }
        }
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
