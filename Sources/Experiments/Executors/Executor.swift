public import Foundation

/// Runs jobs somewhere, several at a time.
public protocol Executor: Sendable {
    /// Runs the jobs in their order and reports what happens, until all have ended or it was asked to stop.
    ///
    /// - Parameter report: called on this thread; an error it throws stops the execution as a request would, and is
    ///   thrown again once the workers have stopped.
    /// - Returns: whether all jobs have ended, or why not. An executor may hand them over to others and not wait.
    func run(_ jobs: [TrialJob], report: (ExecutionEvent) throws -> ExecutionWish) throws -> ExecutionEnd
}

/// What happens to a job while it is executed.
public enum ExecutionEvent: Sendable {
    /// A worker began; `tryNumber` counts from 1.
    case launched(TrialJob, tryNumber: Int)
    case progress(TrialJob, WorkerEvent)
    /// A worker crashed and another follows after a pause.
    case retrying(TrialJob, cause: String, pause: Double)
    /// The job's last worker ended; `message` says why it failed, or what kept it from saving a checkpoint.
    case ended(TrialJob, WorkerExit, message: String)
    /// No more workers are launched; those that run save a checkpoint.
    case stopping(running: Int)
    /// Nothing new; sent a few times a second, for clocks.
    case tick
}

/// What the receiver of an event wants.
public enum ExecutionWish: Sendable {
    case goOn
    /// Launch nothing more, let the running workers save a checkpoint.
    case stop
}

/// How an execution ended.
public enum ExecutionEnd: Hashable, Sendable {
    case finished
    /// On request: some jobs are not finished, and can be resumed.
    case interrupted
    /// Others run the jobs, and go on after this process has ended.
    case handedOver
}

/// A kind of executor that the command line offers.
public struct ExecutorKind: Sendable {
    public let name: String
    public let summary: String
    /// Makes an executor for so many jobs at a time; `program` is the path of `ablate`.
    public let make: @Sendable (_ program: URL, _ jobs: Int) -> any Executor

    public static let all: [ExecutorKind] = [
        ExecutorKind(name: "local", summary: "processes on this machine") { program, jobs in
            LocalExecutor(command: [program.path, "worker", "--lifeline", "--job"], jobs: jobs)
        }
    ]
}
