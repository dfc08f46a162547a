public import Foundation
import Results
import Training

/// A plan made true: what is missing is trained, what is there is kept.
///
/// ```
/// manifest ─► plan ─► pending trials ─► executor ─► worker processes ─► trial folders ─► record
/// ```
/// Running it again after anything, a kill at the worst moment included, goes on from where the folders are.
public struct Sweep {
    public let plan: Plan
    /// The folder `results/`.
    public let results: URL
    public let executor: any Executor
    public var options: Options

    public struct Options: Hashable, Sendable {
        /// Threads of one training.
        public var threads = 1
        /// Stop at the first trial that fails.
        public var failsFast = false
        /// Train failed trials again.
        public var retriesFailed = false
        /// Train again what another version of the code than this one has trained; nil keeps it.
        public var refreshesTo: String?

        public init() {}
    }

    public init(plan: Plan, results: URL, executor: any Executor, options: Options = Options()) {
        self.plan = plan
        self.results = results
        self.executor = executor
        self.options = options
    }

    /// Trains what is missing.
    ///
    /// - Parameter report: called on this thread.
    /// - Throws: `SchedulerBusy` when another scheduler has the folder; `StoreError`, `WorkerLaunchError`.
    public func run(report: (SweepEvent) -> Void) throws -> SweepEnd {
        let lock = try SchedulerLock(results)
        defer { withExtendedLifetime(lock) {} }
        let store = try ResultStore(results, .writing)
        try store.save(plan.stored)
        let standing = try Standing(plan, store)
        let pending = pending(standing)
        report(.planned(standing, pending: pending))
        let jobs = try pending.map { try job($0, standing, store) }

        let end = try executor.run(jobs) { event in
            report(.execution(event))
            if case .retrying(let job, let cause, _) = event {
                // What only people read is no reason to stop.
                try? job.noteCrash(cause)
            }
            guard case .ended(let job, let exit, let message) = event else { return .goOn }
            try store.record(job, exit, message)
            if exit.isFailure, options.failsFast { return .stop }
            return .goOn
        }
        return SweepEnd(execution: end, standing: try Standing(plan, store))
    }

    /// What is left to train, in the order of training.
    public func pending(_ standing: Standing) -> [PlannedTrial] {
        inOrder(standing.pending(retriesFailed: options.retriesFailed, refreshing: options.refreshesTo))
    }

    /// Seed by seed, so that partial tables stay balanced, and inside a seed the longest training first, so that none
    /// is left running alone at the end.
    private func inOrder(_ trials: [PlannedTrial]) -> [PlannedTrial] {
        let costs = Dictionary(
            plan.cells.map { ($0.stored.cellID, $0.stored.gflops * Double($0.configuration.epochs)) },
            uniquingKeysWith: { first, _ in first })
        let rounds = Dictionary(
            plan.stored.plannedSeeds.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        func key(_ trial: PlannedTrial) -> (round: Int, cost: Double) {
            (rounds[trial.identity.seed] ?? 0, costs[trial.identity.cellID] ?? 0)
        }
        return trials.enumerated().sorted { a, b in
            let (first, second) = (key(a.element), key(b.element))
            if first.round != second.round { return first.round < second.round }
            return first.cost != second.cost ? first.cost > second.cost : a.offset < b.offset
        }.map(\.element)
    }

    /// Makes the trial's folder and the job's file in it.
    private func job(_ trial: PlannedTrial, _ standing: Standing, _ store: ResultStore) throws -> TrialJob {
        let known = standing.records[trial.identity.id]
        let directory =
            try known?.directory
            ?? TrialDirectory.create(plan.description(of: trial), in: store.sweepURL(plan.sweep))
        try store.register(directory)
        var job = TrialJob(trial: trial, directory: directory, threads: options.threads)
        job.manifest = plan.stored.manifestText
        // A finished trial is here only to be trained again.
        if let finished = try directory.finished() { job.supersedes = finished.attempt.number }
        try JobFile(job).write(to: job.fileURL)
        return job
    }
}

/// What happens to a sweep.
public enum SweepEvent: Sendable {
    /// The folders were looked at, nothing runs yet.
    case planned(Standing, pending: [PlannedTrial])
    case execution(ExecutionEvent)
}

/// How a sweep ended.
public struct SweepEnd: Sendable {
    public let execution: ExecutionEnd
    public let standing: Standing

    /// 0 all well or handed over, 1 some trial failed, 75 interrupted and resumable.
    public var status: Int32 {
        if execution == .handedOver { return 0 }
        if execution == .interrupted { return 75 }
        if standing.count(.failed) > 0 { return 1 }
        return standing.unfinishedCount > 0 ? 75 : 0
    }
}
