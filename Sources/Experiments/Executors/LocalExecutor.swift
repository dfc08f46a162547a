import Foundation
import Results

/// Runs each job in a process of its own on this machine, so many at a time.
///
/// A worker that crashes is started again after a pause, twice; one that diverges or finishes is not. One that stopped
/// with a checkpoint though nobody here asked it to goes on, as often as that happens while it makes progress. On the
/// first request to stop nothing more is launched and the workers are asked for a checkpoint; on the second they are
/// killed.
public struct LocalExecutor: Executor {
    /// The program and its first arguments; the path of the job's file follows.
    public var command: [String]
    /// Workers at a time.
    public var jobs: Int
    /// Seconds before the second and the third try of a job that crashes.
    public var pauses: [Double]
    /// Seconds between looks at a trial that another process has, and how often to look.
    public var busyPause: Double
    public var busyLooks: Int
    /// How many requests to stop there have been.
    public var stopRequests: @Sendable () -> Int

    public init(
        command: [String], jobs: Int, pauses: [Double] = [2, 15], busyPause: Double = 0.5, busyLooks: Int = 20,
        stopRequests: @escaping @Sendable () -> Int = { StopSignals.requestCount }
    ) {
        precondition(jobs >= 1, "An executor runs at least one job at a time.")
        self.command = command
        self.jobs = jobs
        self.pauses = pauses
        self.busyPause = busyPause
        self.busyLooks = busyLooks
        self.stopRequests = stopRequests
    }

    public func run(_ jobs: [TrialJob], report: (ExecutionEvent) throws -> ExecutionWish) throws -> ExecutionEnd {
        var loop = LocalExecution(self, jobs)
        while !loop.isOver {
            try loop.launch(report)
            loop.wait()
            loop.collect(report)
            loop.heedRequests(report)
        }
        if let error = loop.error { throw error }
        return loop.isIncomplete ? .interrupted : .finished
    }
}

/// The state of one local execution.
private struct LocalExecution: ~Copyable {
    /// A job that waits for a worker.
    private struct Waiting {
        var job: TrialJob
        var tryNumber = 1
        /// How often another process was found to have the trial.
        var busyCount = 0
        /// How often a worker has stopped with a checkpoint, and without having trained anything.
        var idleStops = 0
        /// Not before this time, in seconds of the system's clock.
        var earliest = 0.0
    }

    /// A worker with its job. A class, as a worker can neither be copied nor kept in an array by itself.
    private final class Running {
        let waiting: Waiting
        var process: WorkerProcess
        var hasStepped = false
        init(_ waiting: Waiting, _ process: consuming WorkerProcess) {
            self.waiting = waiting
            self.process = process
        }
    }

    private let executor: LocalExecutor
    private var queue: [Waiting]
    private var running: [Running] = []
    private var isStopping = false
    private var heededRequests: Int
    /// The first error of the receiver of events.
    private(set) var error: (any Error)?
    /// Whether a worker left its job unfinished.
    private var hasInterrupted = false

    init(_ executor: LocalExecutor, _ jobs: [TrialJob]) {
        self.executor = executor
        queue = jobs.map { Waiting(job: $0) }
        heededRequests = executor.stopRequests()
    }

    var isOver: Bool { running.isEmpty && (queue.isEmpty || isStopping) }
    var isIncomplete: Bool { hasInterrupted || !queue.isEmpty }

    /// Fills the free places with jobs whose time has come.
    mutating func launch(_ report: (ExecutionEvent) throws -> ExecutionWish) throws {
        while !isStopping, running.count < executor.jobs,
            let index = queue.firstIndex(where: { $0.earliest <= Self.now })
        {
            let waiting = queue.remove(at: index)
            do {
                let process = try WorkerProcess(executor.command + [waiting.job.fileURL.path])
                running.append(Running(waiting, process))
            } catch {
                // Without the program nothing can be run; the workers that are there may finish.
                queue.insert(waiting, at: 0)
                self.error = self.error ?? error
                stop(report)
                return
            }
            tell(.launched(waiting.job, tryNumber: waiting.tryNumber), report)
        }
    }

    /// Waits for news from a worker, for a fifth of a second at most.
    func wait() {
        var descriptors = running.flatMap { [$0.process.output, $0.process.errors] }.filter { $0 >= 0 }.map {
            pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
        }
        // A signal may cut the wait short, which does no harm.
        _ = poll(&descriptors, nfds_t(descriptors.count), 200)
        // Closed pipes have no news: without them the loop would spin until the process has ended.
        if descriptors.isEmpty { usleep(20_000) }
    }

    /// Passes on what workers tell and looks for those that have ended.
    mutating func collect(_ report: (ExecutionEvent) throws -> ExecutionWish) {
        for worker in running {
            let end = worker.process.end()
            // Read after asking for the end: then nothing that was written before it is missed.
            for line in worker.process.readLines() {
                guard let event = WorkerEvent(line: line) else { continue }
                if case .step = event { worker.hasStepped = true }
                tell(.progress(worker.waiting.job, event), report)
            }
            guard let end else { continue }
            running.removeAll { $0 === worker }
            conclude(
                worker.waiting, end.exit, worker.process.end()?.lastWords ?? end.lastWords,
                hasStepped: worker.hasStepped, report)
        }
        tell(.tick, report)
    }

    /// Decides what follows the end of a worker.
    private mutating func conclude(
        _ waiting: Waiting, _ exit: WorkerExit, _ lastWords: String, hasStepped: Bool,
        _ report: (ExecutionEvent) throws -> ExecutionWish
    ) {
        var next = waiting
        switch exit {
        case .done, .diverged:
            tell(.ended(waiting.job, exit, message: lastWords), report)
        case .interrupted where !isStopping && (hasStepped || waiting.idleStops < executor.pauses.count):
            let pause = executor.pauses.first ?? 0
            next.idleStops = hasStepped ? 0 : waiting.idleStops + 1
            next.earliest = Self.now + pause
            queue.insert(next, at: 0)
            tell(.retrying(waiting.job, cause: Self.checkpointed, pause: pause), report)
        case .interrupted:
            hasInterrupted = true
            tell(.ended(waiting.job, exit, message: ""), report)
        case .busy where waiting.busyCount < executor.busyLooks:
            next.busyCount += 1
            next.earliest = Self.now + executor.busyPause
            queue.append(next)
        case .busy:
            hasInterrupted = true
            tell(.ended(waiting.job, exit, message: lastWords), report)
        case .refused:
            tell(.ended(waiting.job, exit, message: Self.reason("wrong input", lastWords, waiting.job)), report)
        case .crashed(let cause):
            if isStopping {
                hasInterrupted = true
                tell(.ended(waiting.job, .interrupted, message: cause), report)
            } else if waiting.tryNumber <= executor.pauses.count {
                let pause = executor.pauses[waiting.tryNumber - 1]
                next.tryNumber += 1
                next.earliest = Self.now + pause
                queue.insert(next, at: 0)
                tell(.retrying(waiting.job, cause: Self.reason(cause, lastWords, waiting.job), pause: pause), report)
            } else {
                tell(.ended(waiting.job, exit, message: Self.reason(cause, lastWords, waiting.job)), report)
            }
        }
    }

    /// Why a worker that was not asked to stop is started again.
    private static let checkpointed = "it was asked for a checkpoint from outside"

    /// Stops on the first request, kills on the second.
    mutating func heedRequests(_ report: (ExecutionEvent) throws -> ExecutionWish) {
        let requests = executor.stopRequests() - heededRequests
        if requests > 0, !isStopping { stop(report) }
        if requests > 1 { for worker in running { worker.process.killGroup() } }
    }

    private mutating func stop(_ report: (ExecutionEvent) throws -> ExecutionWish) {
        guard !isStopping else { return }
        isStopping = true
        for worker in running { worker.process.stop() }
        tell(.stopping(running: running.count), report)
    }

    private mutating func tell(_ event: ExecutionEvent, _ report: (ExecutionEvent) throws -> ExecutionWish) {
        do {
            if try report(event) == .stop { stop(report) }
        } catch {
            self.error = self.error ?? error
            stop(report)
        }
    }

    /// Why a worker crashed: its last words, which stand in the attempt's log once the worker has begun one.
    private static func reason(_ cause: String, _ lastWords: String, _ job: TrialJob) -> String {
        var words = lastWords
        if words.isEmpty, let attempt = try? job.directory.attempts().last,
            let log = try? String(contentsOf: attempt.logURL, encoding: .utf8)
        {
            words = log.split(separator: "\n").last.map(String.init) ?? ""
        }
        if words.hasPrefix("error: ") { words.removeFirst("error: ".count) }
        if words.isEmpty { return cause }
        return words.hasPrefix(cause) ? words : "\(cause): \(words)"
    }

    /// Seconds of a clock that nobody sets.
    private static var now: Double { ProcessInfo.processInfo.systemUptime }
}
