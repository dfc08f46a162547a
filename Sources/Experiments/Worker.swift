public import Foundation
import Results
import Training

/// Trains one trial in this process and leaves one attempt's folder.
///
/// ```
/// lock ─► attempt-N ─► take over an earlier attempt's checkpoint ─► train ─► metrics.h5 ─► done.json
/// ```
/// Nobody else writes the folder while the lock is held, and the lock goes with the process.
public struct Worker {
    private let job: JobFile
    private let trial: TrialDirectory
    private let runner: any TrialRunner
    private let shouldStop: @Sendable () -> Bool
    private let emit: (WorkerEvent) -> Void
    /// Stands for the code that trains, to tell stale results.
    private let codeVersion: String

    /// - Parameters:
    ///   - jobURL: the job's file, in the trial's folder.
    ///   - emit: receives what happens, in order.
    /// - Throws: `JobError`, `StoreError`.
    public init(
        jobURL: URL, runner: any TrialRunner, codeVersion: String = "",
        shouldStop: @escaping @Sendable () -> Bool, emit: @escaping (WorkerEvent) -> Void
    ) throws {
        job = try JobFile(contentsOf: jobURL)
        trial = try TrialDirectory(opening: jobURL.deletingLastPathComponent())
        guard trial.identity.id == job.trialID else {
            throw JobError(
                path: jobURL.path, cause: "it is of trial \(job.trialID), the folder of \(trial.identity.id)")
        }
        self.runner = runner
        self.codeVersion = codeVersion
        self.shouldStop = shouldStop
        self.emit = emit
    }

    /// Trains the trial unless it is finished.
    ///
    /// - Parameter redirectsErrors: send this process' error output into the attempt's log, so that the last words of a
    ///   crash stand beside what led to it.
    /// - Throws: what kept it from training; the attempt stays without a record and can be followed by another.
    public func run(redirectsErrors: Bool = false) throws -> WorkerExit {
        guard let lock = try trial.takeLock() else { return .busy }
        let ending = try train(redirectsErrors: redirectsErrors)
        _ = consume lock
        return ending
    }

    private func train(redirectsErrors: Bool) throws -> WorkerExit {
        if let finished = try trial.finished() {
            emit(.finished(finished.record.status))
            return finished.record.status == .diverged ? .diverged : .done
        }
        let source = try trial.newest(runner.checkpointName)
        let attempt = try trial.makeAttempt()
        if redirectsErrors {
            // Also what Swift's runtime says when it ends the process.
            let descriptor = open(attempt.logURL.path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
            if descriptor >= 0 {
                dup2(descriptor, STDERR_FILENO)
                close(descriptor)
            }
        }
        let log = try AttemptLog(attempt.logURL)
        log.write("attempt \(attempt.number) of \(job.label) (\(trial.identity.id))")
        if let source { try takeOver(source.attempt, into: attempt, log) }
        try describe(attempt)

        let recorder = AttemptRecorder(attempt: attempt, earlier: source?.attempt, log: log, emit: emit)
        let outcome: TrialOutcome
        do {
            outcome = try runner.run(
                job.configuration, threads: job.threads, directory: attempt.url, shouldStop: shouldStop
            ) { event in try recorder.receive(event) }
        } catch {
            log.write("error: \(error)")
            // A training that cannot even begin from the checkpoint begins anew next time.
            if let source, !recorder.hasStepped { try discard(source.attempt, attempt, log) }
            throw error
        }
        return try conclude(outcome, attempt, recorder, log)
    }

    // MARK: Beginning

    /// Files that a training writes anew and never in place, so that two attempts can share them for a while.
    private var carriedNames: [String] { ["weights/last.h5", "weights/best.h5", runner.checkpointName] }

    private func takeOver(_ earlier: AttemptDirectory, into attempt: AttemptDirectory, _ log: AttemptLog) throws {
        let files = FileManager.default
        try files.createDirectory(
            at: attempt.url.appendingPathComponent("weights"), withIntermediateDirectories: true)
        for name in carriedNames {
            let old = earlier.url.appendingPathComponent(name)
            guard files.fileExists(atPath: old.path) else { continue }
            let new = attempt.url.appendingPathComponent(name)
            do {
                try files.linkItem(at: old, to: new)
            } catch {
                try files.copyItem(at: old, to: new)
            }
        }
        log.write("goes on from the checkpoint of attempt \(earlier.number)")
    }

    /// Puts a checkpoint that nothing can be resumed from out of the way.
    private func discard(_ earlier: AttemptDirectory, _ attempt: AttemptDirectory, _ log: AttemptLog) throws {
        for directory in [earlier, attempt] {
            let url = directory.url.appendingPathComponent(runner.checkpointName)
            guard FileManager.default.fileExists(atPath: url.path) else { continue }
            let aside = url.appendingPathExtension("unusable")
            _ = unlink(aside.path)
            try FileManager.default.moveItem(at: url, to: aside)
        }
        log.write("the checkpoint of attempt \(earlier.number) is put aside as unusable; the next attempt begins anew")
    }

    private func describe(_ attempt: AttemptDirectory) throws {
        try attempt.publish(Data(job.configuration.toml.utf8), as: "args.toml")
        let provenance = Provenance.current()
        let environment = TrialEnvironment.current(threads: job.threads, details: provenance.details)
        try attempt.publish(try environment.encoded(), as: "env.json")
        if !provenance.patch.isEmpty { try attempt.publish(Data(provenance.patch.utf8), as: "diff.patch") }
    }

    // MARK: Ending

    private func conclude(
        _ outcome: TrialOutcome, _ attempt: AttemptDirectory, _ recorder: AttemptRecorder, _ log: AttemptLog
    ) throws -> WorkerExit {
        let rows = recorder.rows
        var record = DoneRecord(
            status: .done, trialID: trial.identity.id, cellID: trial.identity.cellID, seed: trial.identity.seed,
            attempt: attempt.number, metrics: [:], checkpoint: job.configuration.select.rawValue, epochs: rows.count,
            weightHashes: [:], seconds: rows.last?.time ?? 0, peakMemoryBytes: Self.peakMemoryBytes,
            codeVersion: codeVersion, finishedAt: Date())
        switch outcome {
        case .interrupted:
            log.write("interrupted after \(rows.count) epochs; a checkpoint is on disk")
            return .interrupted
        case .diverged(let epoch, let batch, let reason):
            record.status = .diverged
            record.message = "epoch \(epoch), batch \(batch): \(reason)"
        case .completed(let result):
            var metrics = result.metrics
            metrics.epochs = rows
            try metrics.write(to: attempt.metricsURL)
            record.metrics = metrics.metrics
            record.bestEpoch = result.epoch
            for (name, values) in metrics.classMetrics {
                for (className, value) in zip(metrics.classNames, values) {
                    record.classMetrics[className, default: [:]][name] = value
                }
            }
        }
        // An attempt that went on from a checkpoint began with what an earlier one had begun with.
        for earlier in try trial.attempts() where record.start == nil { record.start = try earlier.start() }
        record.diagnosis = recorder.conditions.flatMap { LearningDiagnosis($0, rows, outcome)?.paragraph }
        if let diagnosis = record.diagnosis {
            log.write("diagnosis: \(diagnosis)")
            emit(.diagnosis(diagnosis))
        }
        try attempt.finish(record)
        log.write(record.message.isEmpty ? "\(record.status.rawValue)" : "\(record.status.rawValue): \(record.message)")
        removeCheckpoints()
        emit(.finished(record.status))
        return record.status == .diverged ? .diverged : .done
    }

    /// A finished trial is never resumed, and checkpoints are several times as large as weights.
    private func removeCheckpoints() {
        for attempt in (try? trial.attempts()) ?? [] {
            let url = attempt.url.appendingPathComponent(runner.checkpointName)
            for path in [url.path, url.appendingPathExtension("unusable").path] { unlink(path) }
        }
    }

    /// `RUSAGE_SELF`, which C libraries declare with different types.
    private static let thisProcess: Int32 = 0

    private static var peakMemoryBytes: Int {
        var usage = rusage()
        getrusage(Self.thisProcess, &usage)
        return usage.ru_maxrss * 1024
    }
}
