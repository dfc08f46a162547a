public import Foundation
import Results

/// `ablate worker --cells F --index N`: trains the trials of one frozen bundle, each in a process of its own.
///
/// ```
/// USR1, TERM, or no time for another epoch ─► the worker saves a checkpoint after its step ─► 75: run it again
/// ```
/// It writes the trials' folders and never the database.
public struct BundleRunner {
    /// How the bundle ended, as an exit status.
    public enum End: Int32, Sendable {
        /// Every trial is trained; one that diverged counts.
        case done = 0
        /// Some trial failed for good, which its folder says.
        case failed = 1
        /// A worker crashed, and somewhere else it may do better.
        case crashed = 70
        /// The time was over before a single step was made: to go on would be without end.
        case idle = 71
        /// Another process has a trial.
        case busy = 73
        /// Something is left, and goes on from a checkpoint.
        case interrupted = 75
    }

    private let cells: FrozenCells
    private let bundle: [FrozenCells.Cell]
    private let executor: LocalExecutor
    private let triesLeft: Int
    private let budget: TimeBudget?

    /// - Parameters:
    ///   - index: of the bundle, from 0.
    ///   - triesLeft: how often the bundle can still be begun somewhere else; with none left, a crash is a failure.
    ///   - deadline: when this process will be ended; nil for never.
    /// - Throws: `BundleError` where there is no such bundle.
    public init(
        _ cells: FrozenCells, index: Int, executor: LocalExecutor, triesLeft: Int = 0, deadline: Date? = nil
    ) throws(BundleError) {
        guard cells.bundles.indices.contains(index) else {
            throw BundleError(index: index, count: cells.bundles.count)
        }
        self.cells = cells
        self.executor = executor
        self.triesLeft = triesLeft
        bundle = cells.bundles[index]
        budget = deadline.map { TimeBudget(deadline: $0) }
    }

    /// Trains what is left.
    ///
    /// - Parameter report: called on this thread.
    /// - Throws: `StoreError`, `WorkerLaunchError`.
    public func run(report: (ExecutionEvent) -> Void) throws -> End {
        var jobs: [TrialJob] = []
        var hasFailed = false
        for cell in bundle {
            let job = try cells.job(cell)
            switch try job.result(after: cell.attempts) {
            case nil:
                try JobFile(job).write(to: job.fileURL)
                jobs.append(job)
            case .failed: hasFailed = true
            case .done, .diverged: break
            }
        }
        var exits: [String: WorkerExit] = [:]
        var hasStepped = false
        _ = try executor.run(jobs) { event in
            report(event)
            switch event {
            case .launched: budget?.begin()
            case .progress(_, .step), .progress(_, .finished): hasStepped = true
            case .progress(_, .epoch):
                if let budget, !budget.hasTimeForAnotherEpoch() { return .stop }
            case .retrying(let job, let cause, _): try? job.noteCrash(cause)
            case .ended(let job, let exit, let message):
                exits[job.trial.identity.id] = exit
                switch exit {
                case .refused: _ = try job.recordFailure(message)
                case .crashed where triesLeft == 0: _ = try job.recordFailure(message)
                case .crashed: try? job.noteCrash(message)
                case .done, .diverged, .interrupted, .busy: break
                }
            default: break
            }
            return .goOn
        }
        let all = jobs.map { exits[$0.trial.identity.id] ?? .interrupted }
        return end(all, hasFailed: hasFailed, hasStepped: hasStepped)
    }

    private func end(_ exits: [WorkerExit], hasFailed: Bool, hasStepped: Bool) -> End {
        if exits.contains(.interrupted) { return hasStepped || budget == nil ? .interrupted : .idle }
        let hasCrashed = exits.contains { if case .crashed = $0 { true } else { false } }
        if hasCrashed, triesLeft > 0 { return .crashed }
        if exits.contains(.busy) { return .busy }
        return hasFailed || hasCrashed || exits.contains(.refused) ? .failed : .done
    }
}

/// A number that no bundle has.
public struct BundleError: Error, Hashable, Sendable, CustomStringConvertible {
    let index: Int
    let count: Int

    package init(index: Int, count: Int) {
        self.index = index
        self.count = count
    }

    public var description: String {
        "--index is \(index), the frozen cells have the bundles 0 to \(count - 1)"
    }
}
