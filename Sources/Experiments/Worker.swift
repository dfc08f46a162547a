public import Foundation
public import Results
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
    private let claims: Claims

    /// How a worker looks after claims, which tell machines apart whose locks do not reach each other.
    public struct Claims: Sendable {
        /// As whom to claim the trial; nil to claim nothing and only heed the claims of others.
        public var owner: TrialClaim.Owner?
        /// Whether the owner of a claim is certainly gone, this process having the trial's lock.
        public var isGone: @Sendable (TrialClaim.Owner) -> Bool

        public init(owner: TrialClaim.Owner?, isGone: @escaping @Sendable (TrialClaim.Owner) -> Bool) {
            self.owner = owner
            self.isGone = isGone
        }

        /// Claims nothing; who is on this machine and has not the lock is gone.
        public static let heeding = Claims(owner: nil) { $0.machine == TrialClaim.Owner.current(task: nil).machine }
    }

    /// - Parameters:
    ///   - jobURL: the job's file, in the trial's folder.
    ///   - emit: receives what happens, in order.
    /// - Throws: `JobError`, `StoreError`.
    public init(
        jobURL: URL, runner: any TrialRunner, codeVersion: String = "", claims: Claims = .heeding,
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
        self.claims = claims
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
        let superseded = job.supersedes ?? 0
        if let finished = try trial.finished(), finished.attempt.number > superseded {
            emit(.finished(finished.record.status))
            return finished.record.status == .diverged ? .diverged : .done
        }
        switch try claim() {
        case .held(let owner):
            say("\(owner?.process ?? "somebody") has claimed the trial; if that is gone, remove \(claimURL.path)")
            return .busy
        case .free: return try train(after: superseded, redirectsErrors: redirectsErrors)
        case .taken(let claim):
            defer { claim.release() }
            return try train(after: superseded, redirectsErrors: redirectsErrors)
        }
    }

    private func train(after superseded: Int, redirectsErrors: Bool) throws -> WorkerExit {
        let source = try trial.newest(runner.checkpointName, after: superseded)
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
        let beginning = source.map { "from the checkpoint of attempt \($0.attempt.number)" } ?? "anew"
        try trial.journal.append(
            TrialJournal.Record(
                .began, attempt: attempt.number, epochs: (try? source?.attempt.epochs().count) ?? 0, message: beginning)
        )
        // The environment first: whoever finds the checkpoint can tell which code it is from.
        let lineage = try lineage(of: source?.attempt)
        try describe(attempt, lineage)
        if let source {
            try attempt.adopt(carriedNames, from: source.attempt)
            log.write("goes on \(beginning)")
        }

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
        return try conclude(outcome, attempt, recorder, lineage, log)
    }

    // MARK: Claims

    private enum ClaimOutcome {
        case free
        case taken(TrialClaim)
        case held(TrialClaim.Owner?)
    }

    private func claim() throws -> ClaimOutcome {
        guard let owner = claims.owner else {
            guard let holder = TrialClaim.holder(of: trial) else { return .free }
            return claims.isGone(holder) ? .free : .held(holder)
        }
        switch try TrialClaim.take(trial, as: owner, isGone: claims.isGone) {
        case .taken(let claim): return .taken(claim)
        case .held(let holder): return .held(holder)
        }
    }

    private var claimURL: URL { TrialClaim.url(of: trial) }

    private func say(_ line: String) { try? FileHandle.standardError.write(contentsOf: Data((line + "\n").utf8)) }

    // MARK: Beginning

    /// Files that a training writes anew and never in place, so that two attempts can share them for a while.
    private var carriedNames: [String] { ["weights/last.h5", "weights/best.h5", runner.checkpointName] }

    /// What stands for the code that trains: of another version than the checkpoint's, neither is right.
    private func lineage(of earlier: AttemptDirectory?) throws -> String {
        guard let details = try earlier?.environment()?.details, let before = details["lineage"] else {
            return codeVersion
        }
        return before.isEmpty || before == codeVersion ? codeVersion : CodeVersion.mixed(before, codeVersion)
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

    private func describe(_ attempt: AttemptDirectory, _ lineage: String) throws {
        try attempt.publish(Data(job.configuration.toml.utf8), as: "args.toml")
        if let manifest = job.manifest, !manifest.isEmpty {
            try attempt.publish(Data(manifest.utf8), as: "manifest.toml")
        }
        let provenance = Provenance.current()
        var details = provenance.details
        details["lineage"] = lineage
        details["dataset digest"] = trial.description.datasetDigest
        details["command"] = (job.command ?? []).joined(separator: " ")
        details["worker command"] = CommandLine.arguments.joined(separator: " ")
        details["began"] = Date().formatted(.iso8601)
        let environment = TrialEnvironment.current(threads: job.threads, details: details)
        try attempt.publish(try environment.encoded(), as: "env.json")
        if !provenance.patch.isEmpty { try attempt.publish(Data(provenance.patch.utf8), as: "diff.patch") }
    }

    // MARK: Ending

    private func conclude(
        _ outcome: TrialOutcome, _ attempt: AttemptDirectory, _ recorder: AttemptRecorder, _ lineage: String,
        _ log: AttemptLog
    ) throws -> WorkerExit {
        let rows = recorder.rows
        var record = DoneRecord(
            status: .done, trialID: trial.identity.id, cellID: trial.identity.cellID, seed: trial.identity.seed,
            attempt: attempt.number, metrics: [:], checkpoint: job.configuration.select.rawValue, epochs: rows.count,
            weightHashes: [:], seconds: rows.last?.time ?? 0, cpuSeconds: Self.usage.cpuSeconds,
            peakMemoryBytes: Self.usage.peakMemoryBytes, codeVersion: lineage, finishedAt: Date())
        switch outcome {
        case .interrupted:
            log.write("interrupted after \(rows.count) epochs; a checkpoint is on disk")
            try trial.journal.append(
                TrialJournal.Record(.interrupted, attempt: attempt.number, epochs: rows.count, message: "on request"))
            return .interrupted
        case .diverged(let epoch, let batch, let reason):
            record.status = .diverged
            record.message = "epoch \(epoch), batch \(batch): \(reason)"
        case .completed(let result):
            var metrics = result.metrics
            metrics.epochs = rows
            try attempt.publish(metrics)
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
        try trial.journal.append(
            TrialJournal.Record(
                .finished, attempt: attempt.number, epochs: rows.count,
                message: record.message.isEmpty ? record.status.rawValue : record.message))
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

    /// What this process has used so far.
    private static var usage: (cpuSeconds: Double, peakMemoryBytes: Int) {
        var usage = rusage()
        getrusage(Self.thisProcess, &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return (seconds(usage.ru_utime) + seconds(usage.ru_stime), usage.ru_maxrss * 1024)
    }
}
