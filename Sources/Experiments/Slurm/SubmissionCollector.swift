public import Foundation
import Results

/// `ablate collect`: records in the database what submitted trials have left, once or until all have ended.
public struct SubmissionCollector {
    public let results: URL
    public let submissions: [Submission]
    private let entries: [SubmissionWatch.Entry]
    /// Seconds between looks.
    public var pause = 10.0
    public var stopRequests: @Sendable () -> Int = { StopSignals.requestCount }

    /// What was found.
    public struct Finding: Sendable {
        public let standing: Standing
        public let isInterrupted: Bool
        /// `3 running, 4 queued (Priority), 1 stopped, 2 unknown`, without those that have ended; empty where all have.
        public let rest: String
        /// Why the queue could not be asked; nil where it could.
        public let queueError: String?

        /// 0 all trained, 1 some trial failed, 75 something is left.
        public var status: Int32 {
            if isInterrupted || standing.unfinishedCount > 0 { return 75 }
            return standing.count(.failed) > 0 ? 1 : 0
        }
    }

    /// - Parameter submissions: in the order in which they were made.
    /// - Throws: `FrozenCellsError`, `StoreError`.
    public init(_ submissions: [Submission], results: URL) throws {
        self.submissions = submissions
        self.results = results
        var entries: [SubmissionWatch.Entry] = []
        var positions: [String: Int] = [:]
        for submission in submissions {
            let cells = try submission.cells()
            for (index, bundle) in cells.bundles.enumerated() {
                for cell in bundle {
                    let place = (submission: submission, bundle: index)
                    if let position = positions[cell.description.identity.id] {
                        entries[position].job = try cells.job(cell)
                        entries[position].attempts = cell.attempts
                        entries[position].places.append(place)
                    } else {
                        positions[cell.description.identity.id] = entries.count
                        entries.append(
                            SubmissionWatch.Entry(job: try cells.job(cell), attempts: cell.attempts, places: [place]))
                    }
                }
            }
        }
        self.entries = entries
    }

    /// Looks, records, and goes on while something is on its way and it is to wait.
    ///
    /// - Parameter report: called on this thread.
    /// - Throws: `StoreError`; `SchedulerBusy` where another process writes the database for long.
    public func run(waits: Bool, report: (SweepEvent) -> Void) throws -> Finding {
        let hasSlurm = submissions.contains { $0.record.kind == .slurm }
        let known = try recorded()
        let open = entries.filter { !known.contains($0.job.trial.identity.id) }
        let watch = SubmissionWatch(open, client: hasSlurm ? SlurmClient() : nil)
        // What is not recorded yet is told of as it is found.
        report(.planned(try standing(of: known), pending: open.map(\.job.trial)))
        let asked = stopRequests()
        var waiting: [TrialJob] = []
        var isInterrupted = false
        while true {
            try watch.look { event in
                report(.execution(event))
                if case .ended(let job, let exit, _) = event, exit != .interrupted { waiting.append(job) }
            }
            try record(&waiting, waitsForOthers: waits)
            if !waits || (watch.isOver && waiting.isEmpty) { break }
            let until = Date().addingTimeInterval(pause)
            while Date() < until, stopRequests() == asked {
                report(.execution(.tick))
                Thread.sleep(forTimeInterval: 0.2)
            }
            if stopRequests() > asked {
                isInterrupted = true
                break
            }
        }
        let standing = try standing()
        retire(standing)
        return Finding(
            standing: standing, isInterrupted: isInterrupted, rest: Self.rest(watch, open),
            queueError: watch.queueError?.description)
    }

    /// Trials whose results the database has.
    private func recorded() throws -> Set<String> {
        guard FileManager.default.fileExists(atPath: ResultStore.databaseURL(in: results).path) else { return [] }
        let store = try ResultStore(results, .reading)
        var known: Set<String> = []
        for entry in entries {
            guard try entry.job.result(after: entry.attempts) != nil, let last = try entry.job.directory.lastEnded(),
                try store.knows(last)
            else { continue }
            known.insert(entry.job.trial.identity.id)
        }
        return known
    }

    /// Notes results in the database, holding the scheduler's lock as short as possible.
    private func record(_ jobs: inout [TrialJob], waitsForOthers: Bool) throws {
        guard !jobs.isEmpty else { return }
        let lock: SchedulerLock
        do {
            lock = try SchedulerLock(results)
        } catch let busy as SchedulerBusy {
            // Nothing is lost: what is not recorded now is found again.
            if waitsForOthers { return }
            throw busy
        }
        let store = try ResultStore(results, .writing)
        for job in jobs { if let attempt = try job.directory.lastEnded() { try store.record(attempt) } }
        jobs = []
        withExtendedLifetime(lock) {}
    }

    /// - Parameter known: trials whose results count; nil for all.
    private func standing(of known: Set<String>? = nil) throws -> Standing {
        let trials = entries.map(\.job.trial)
        guard FileManager.default.fileExists(atPath: ResultStore.databaseURL(in: results).path) else {
            return Standing(trials, [])
        }
        let store = try ResultStore(results, .reading)
        return Standing(
            trials,
            try entries.filter { known?.contains($0.job.trial.identity.id) ?? true }.map { entry in
                let identity = entry.job.trial.identity
                return try store.record(
                    of: StoredTrial(trialID: identity.id, cellID: identity.cellID, seed: identity.seed),
                    in: entry.job.directory.url.deletingLastPathComponent().lastPathComponent)
            })
    }

    /// Removes copies of the program that nothing is left to be trained with.
    private func retire(_ standing: Standing) {
        let finished = Set(standing.trials.filter { standing.state(of: $0).isFinished }.map(\.identity.id))
        for submission in submissions where !submission.isRetired {
            let own = entries.filter { $0.places.contains { $0.submission.url == submission.url } }
            if own.allSatisfy({ finished.contains($0.job.trial.identity.id) }) { submission.retire() }
        }
    }

    private static func rest(_ watch: SubmissionWatch, _ entries: [SubmissionWatch.Entry]) -> String {
        var counts: [(name: String, count: Int)] = []
        for entry in entries {
            let name: String
            switch watch.conditions[entry.job.trial.identity.id] {
            case .ended: continue
            case .running: name = "running"
            case .queued(let reason): name = "queued (\(reason))"
            case .stopped: name = "stopped without a result"
            case .unknown, nil: name = "unknown"
            }
            if let known = counts.firstIndex(where: { $0.name == name }) {
                counts[known].count += 1
            } else {
                counts.append((name, 1))
            }
        }
        return counts.map { "\($0.count) \($0.name)" }.joined(separator: ", ")
    }
}
