import Foundation
import Results
import Training

/// Looks for what becomes of submitted trials, from what they left and from what Slurm says.
///
/// ```
/// done.json > journal and lock > sacct > squeue
/// ```
/// What the folders say is believed first. An answer that is missing or empty says nothing: a trial is never taken for
/// failed because Slurm does not know it.
final class SubmissionWatch {
    /// Where a trial stands.
    enum Condition: Hashable {
        /// It has a result, or has failed for good.
        case ended
        /// A process works on it.
        case running
        /// It waits, with Slurm's reason.
        case queued(String)
        /// It is over without a result: cancelled, killed or checkpointed.
        case stopped(String)
        /// Nobody says.
        case unknown
    }

    /// A trial with all tasks that it was ever submitted in.
    struct Entry {
        var job: TrialJob
        /// Number of its last attempt when it was submitted last.
        var attempts: Int
        /// The submissions that have it, with the bundle's index, the last one last.
        var places: [(submission: Submission, bundle: Int)]
    }

    private let entries: [Entry]
    private let client: SlurmClient?
    private(set) var conditions: [String: Condition] = [:]
    /// Why the queue could not be asked in the last round.
    private(set) var queueError: SlurmError?
    private var launched: Set<String> = []
    private var ended: Set<String> = []
    private var epochs: [String: Int] = [:]

    init(_ entries: [Entry], client: SlurmClient?) {
        self.entries = entries
        self.client = client
    }

    /// Whether nothing more will become of them by itself.
    var isOver: Bool {
        entries.allSatisfy { entry in
            switch conditions[entry.job.trial.identity.id] {
            case .ended, .stopped: true
            case .running, .queued, .unknown, nil: false
            }
        }
    }

    /// Looks once at everything that has not ended.
    /// - Throws: `StoreError` where a trial's record is damaged.
    func look(_ report: (ExecutionEvent) throws -> Void) throws {
        let open = entries.filter { !ended.contains($0.job.trial.identity.id) }
        // What Slurm says first, then the folders: what ends in between has left its result already.
        let says = answers(open)
        for entry in open { try look(at: entry, says, report) }
    }

    private func look(
        at entry: Entry, _ says: [SlurmTaskID: SlurmTaskState]?, _ report: (ExecutionEvent) throws -> Void
    ) throws {
        let job = entry.job
        let id = job.trial.identity.id
        if let status = try job.result(after: entry.attempts) {
            try launch(job, report)
            ended.insert(id)
            conditions[id] = .ended
            switch status {
            case .done: try report(.ended(job, .done, message: ""))
            case .diverged: try report(.ended(job, .diverged, message: ""))
            case .failed:
                let message = try job.directory.attempts().last?.done()?.message ?? ""
                try report(.ended(job, .crashed(message), message: message))
            }
            return
        }
        let condition = try condition(of: entry, says)
        if condition == .running {
            try launch(job, report)
            try reportEpochs(job, report)
        }
        if case .stopped(let why) = condition, conditions[id] != condition {
            try launch(job, report)
            launched.remove(id)
            try report(.ended(job, .interrupted, message: why))
        }
        conditions[id] = condition
    }

    private func condition(of entry: Entry, _ says: [SlurmTaskID: SlurmTaskState]?) throws -> Condition {
        if entry.job.directory.isOwned { return .running }
        guard let says else { return .unknown }
        let places = entry.places.filter { $0.submission.record.kind == .slurm }
        guard !places.isEmpty else { return .unknown }
        let tasks = places.flatMap { $0.submission.tasks(ofBundle: $0.bundle) }
        var lastEnd: (task: SlurmTaskID, state: SlurmTaskState)?
        for task in tasks {
            guard let state = says[task] else { continue }
            if !state.hasEnded {
                let isBegun = try entry.job.hasBegun(after: entry.attempts)
                // In a bundle the trials before this one may still be trained.
                guard state.name == "PENDING" else { return isBegun ? .running : .queued("its task runs") }
                return .queued(state.detail.isEmpty ? "waits" : state.detail)
            }
            lastEnd = (task, state)
        }
        guard let lastEnd else {
            let name = tasks.last.map { "task \($0) " } ?? ""
            return .stopped("\(name)has left the queue without a result")
        }
        return .stopped("task \(lastEnd.task) ended without a result: \(lastEnd.state.name)")
    }

    /// What the queue says of tasks, and the accounting of those that are over; nil where the queue cannot be asked.
    private func answers(_ open: [Entry]) -> [SlurmTaskID: SlurmTaskState]? {
        guard let client else { return nil }
        do throws(SlurmError) {
            var states = try client.queue()
            queueError = nil
            let jobs = Set(
                open.flatMap { entry in
                    entry.places.flatMap { $0.submission.tasks(ofBundle: $0.bundle) }
                }.filter { states[$0]?.hasEnded ?? true }.map(\.job))
            // Of what is over the accounting knows more than the queue.
            for (task, state) in client.accounting(jobs.sorted()) where states[task]?.hasEnded ?? state.hasEnded {
                states[task] = state
            }
            return states
        } catch {
            queueError = error
            return nil
        }
    }

    private func launch(_ job: TrialJob, _ report: (ExecutionEvent) throws -> Void) throws {
        guard launched.insert(job.trial.identity.id).inserted else { return }
        try report(.launched(job, tryNumber: 1))
        let attempt = try job.directory.attempts().last
        let rows = (try? attempt?.epochs()) ?? []
        epochs[job.trial.identity.id] = rows.count
        try report(
            .progress(
                job,
                .started(
                    WorkerEvent.Started(
                        attempt: attempt?.number ?? 0, epochs: job.trial.configuration.epochs,
                        completedEpochs: rows.count, batchesPerEpoch: 0, parameters: 0, plannedBytes: 0))))
    }

    private func reportEpochs(_ job: TrialJob, _ report: (ExecutionEvent) throws -> Void) throws {
        // A line may be half written while it is read.
        guard let rows = try? job.directory.attempts().last?.epochs() else { return }
        let known = epochs[job.trial.identity.id] ?? 0
        for row in rows.dropFirst(known) { try report(.progress(job, .epoch(row))) }
        epochs[job.trial.identity.id] = max(known, rows.count)
    }
}
