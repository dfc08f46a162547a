public import Foundation
public import Results
import Training

/// Trains a finished trial again, in a folder of its own, and compares what comes out to the bit.
///
/// The promise that is put to the test: the same configuration, seed and data give the same weights, whatever the number
/// of threads and however often a training was interrupted.
public struct Verification {
    public let trial: TrialDirectory
    public let attempt: AttemptDirectory
    public let record: DoneRecord
    private let job: JobFile

    /// What the second training gave.
    public struct Finding: Sendable {
        /// What differs, in the order in which it came to be: epochs, weights, metrics; empty where nothing does.
        public var differences: [String]
        /// Hashes of the second training's weight files.
        public var hashes: [String: String]
        /// What may explain a difference: another program, another machine.
        public var circumstances: [String]

        public var isEqual: Bool { differences.isEmpty }
    }

    /// - Throws: `StoreError` where the trial has not finished, or its files are not those that were measured;
    ///   `JobError`.
    public init(_ trial: TrialDirectory) throws {
        guard let finished = try trial.finished() else {
            throw StoreError(
                path: trial.url.path, attempt: "verify the trial", cause: "it has not finished",
                advice: "`ablate run` trains it.")
        }
        self.trial = trial
        attempt = finished.attempt
        record = finished.record
        // What lies there must be what was measured before it is worth comparing.
        try attempt.verify(record)
        job = try JobFile(contentsOf: trial.url.appendingPathComponent(JobFile.name))
    }

    /// Trains again and compares.
    ///
    /// - Parameters:
    ///   - scratch: the folder of the second training.
    ///   - data: opens the data, to see whether they are still the same.
    ///   - report: called on this thread.
    /// - Returns: nil where it was interrupted.
    /// - Throws: `StoreError`, `WorkerLaunchError`; `VerificationError` where the training cannot be repeated.
    public func run(
        in scratch: URL, data: any DataInspector, executor: any Executor, report: (ExecutionEvent) -> Void
    ) throws -> Finding? {
        let digest = try data.inspect(job.configuration.data).digest
        guard digest == trial.description.datasetDigest else {
            throw VerificationError(
                description: "\(job.configuration.data): the data have changed since the trial was trained")
        }
        let directory = try TrialDirectory.create(trial.description, in: scratch)
        let again = TrialJob(
            trial: PlannedTrial(identity: trial.identity, configuration: job.configuration, label: job.label),
            directory: directory, threads: job.threads)
        try JobFile(again).write(to: again.fileURL)
        var failure: String?
        let end = try executor.run([again]) { event in
            report(event)
            if case .ended(_, let exit, let message) = event, exit.isFailure { failure = message }
            return .goOn
        }
        if let failure { throw VerificationError(description: "the second training failed: \(failure)") }
        guard end == .finished, let second = try directory.finished() else { return nil }
        return try compare(second.attempt, second.record)
    }

    /// Everything but clocks: wall-clock columns, dates, processor seconds and memory are no result.
    func compare(_ second: AttemptDirectory, _ other: DoneRecord) throws -> Finding {
        var differences: [String] = []
        if record.status != other.status {
            differences.append("it ended as \(record.status.rawValue) and now as \(other.status.rawValue)")
        }
        if let difference = Self.firstDifference(try attempt.epochs(), try second.epochs()) {
            differences.append(difference)
        }
        for name in Set(record.weightHashes.keys).union(other.weightHashes.keys).sorted()
        where record.weightHashes[name] != other.weightHashes[name] {
            let (first, now) = (attempt.url.appendingPathComponent(name), second.url.appendingPathComponent(name))
            if let difference = Self.weightDifference(first, now) { differences.append("\(name): \(difference)") }
        }
        for name in Set(record.metrics.keys).union(other.metrics.keys).sorted() {
            let (a, b) = (record.metrics[name], other.metrics[name])
            guard a?.bitPattern != b?.bitPattern, !(a?.isNaN == true && b?.isNaN == true) else { continue }
            differences.append("\(name): \(a.map { "\($0)" } ?? "none") and now \(b.map { "\($0)" } ?? "none")")
        }
        if differences.isEmpty, record.metricsHash != other.metricsHash {
            differences.append("metrics.h5: another file")
        }
        return Finding(
            differences: differences, hashes: other.weightHashes,
            circumstances: try circumstances(second, other))
    }

    /// The first tensor in which two weight files differ. A network file that was renamed or has another comment since
    /// changes what a weight file says of itself, but no weight; then, and where nothing differs, nil.
    private static func weightDifference(_ first: URL, _ second: URL) -> String? {
        do {
            return try WeightFile.firstDifference(first, second).map { "\($0)" }
        } catch {
            // One is missing, or they are not what this program wrote.
            return "another file"
        }
    }

    private func circumstances(_ second: AttemptDirectory, _ other: DoneRecord) throws -> [String] {
        var circumstances: [String] = []
        if record.codeVersion.hasPrefix(CodeVersion.mixedPrefix) {
            circumstances.append("two versions of the program have trained it, one after the other")
        } else if record.codeVersion != other.codeVersion {
            circumstances.append("another version of the program has trained it")
        }
        guard let before = try attempt.environment(), let now = try second.environment() else { return circumstances }
        for name in ["kernels", "openblas", "openblas core", "hdf5"]
        where before.details[name] != now.details[name] {
            let (was, is_) = (before.details[name] ?? "unknown", now.details[name] ?? "unknown")
            circumstances.append("\(name) was \(was) and is \(is_)")
        }
        if before.processor != now.processor {
            circumstances.append("the processor was \(before.processor) and is \(now.processor)")
        }
        return circumstances
    }

    /// The first epoch and column in which two curves differ, wall-clock time left out; nil where they are equal.
    static func firstDifference(_ a: [EpochRow], _ b: [EpochRow]) -> String? {
        let names = EpochRow.columnNames.dropFirst()
        for (first, second) in zip(a, b) {
            for (name, (x, y)) in zip(names, zip(first.values, second.values)).dropFirst()
            where x.bitPattern != y.bitPattern && !(x.isNaN && y.isNaN) {
                return "epoch \(first.epoch), \(name): \(x) and now \(y)"
            }
        }
        return a.count == b.count ? nil : "\(a.count) epochs and now \(b.count)"
    }
}

/// Why a training cannot be repeated.
public struct VerificationError: Error, CustomStringConvertible {
    public let description: String
}

extension PlannedTrial {
    /// A trial whose plan is gone, from its folder.
    init(identity: TrialIdentity, configuration: TrainingConfiguration, label: String) {
        self.identity = identity
        self.configuration = configuration
        self.label = label
    }
}
