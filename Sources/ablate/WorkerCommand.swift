import ArgumentParser
import Experiments
import Foundation

/// `ablate worker`: trains one trial, or the trials of one frozen bundle; what `run` and Slurm start.
struct WorkerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker",
        abstract: "Trains the one trial of a job file, or a bundle of trials that was frozen by `ablate submit`.",
        discussion: """
            `ablate run` starts one of these for each training, and prints what it tells: one line of JSON each. The \
            tasks of `ablate submit` run bundles: each trial in a process of its own, one after another; what happens is \
            printed for people. SIGTERM, SIGINT and SIGUSR1 ask for a checkpoint; inside a Slurm array no epoch is begun \
            that does not fit into the time that is left.

            Exit status: 0 done, 42 diverged, 75 checkpointed and to be run again, 73 another process has the trial, \
            anything else a crash. Of a bundle: 0 all trained, 1 some trial failed for good, 70 one crashed and may do \
            better elsewhere, 71 the time was over before a single step was made, 73 and 75 as above.

            EXAMPLES:
              ablate worker --job results/ghost/v1-n-s0-0123456789/job.json
              ablate worker --cells results/ghost/submissions/1/cells.jsonl --index 4
            """)

    @Option(help: "The job's file, in the trial's folder.")
    var job: String?

    @Option(help: "The frozen cells of a submission.")
    var cells: String?

    @Option(help: "The bundle to train, counted from 0.")
    var index: Int?

    @Option(
        help: ArgumentHelp(
            "How often the bundle can still be begun somewhere else; with 0 a crash is a failure.", valueName: "n"))
    var triesLeft = 0

    @Flag(help: ArgumentHelp("End when the standard input is closed.", visibility: .hidden))
    var lifeline = false

    @Flag(help: ArgumentHelp("Claim the trial against workers of other machines.", visibility: .hidden))
    var claim = false

    func validate() throws {
        switch (job, cells, index) {
        case (nil, nil, _): throw ValidationError("expected --job FILE, or --cells FILE and --index N")
        case (.some, nil, nil): break
        case (.some, _, _):
            throw ValidationError("--job is one trial, --cells and --index a bundle: expected one of them")
        case (nil, .some, nil): throw ValidationError("--cells needs --index, the number of a bundle")
        case (nil, .some, .some): break
        }
        if triesLeft < 0 { throw ValidationError("--tries-left is \(triesLeft), expected at least 0") }
    }

    func run() throws {
        StopSignals.startCounting()
        // The receiver of events may be gone, which is no reason to end without a checkpoint.
        signal(SIGPIPE, SIG_IGN)
        if let cells, let index {
            try trainBundle(URL(fileURLWithPath: cells), index)
        } else if let job {
            try trainTrial(URL(fileURLWithPath: job))
        }
    }

    private func trainTrial(_ job: URL) throws {
        if lifeline { endWithScheduler() }
        let exit: WorkerExit
        do {
            let worker = try Worker(
                jobURL: job, runner: TrainerRunner(), codeVersion: CodeVersion.current,
                claims: .current(claims: claim), shouldStop: { StopSignals.requestCount > 0 },
                emit: { event in
                    guard let line = try? event.line() else { return }
                    try? FileHandle.standardOutput.write(contentsOf: line + Data("\n".utf8))
                })
            exit = try worker.run(redirectsErrors: lifeline)
        } catch {
            standardError("error: \(error)")
            throw ExitCode((error.isInput ? WorkerExit.refused : .crashed("")).status)
        }
        if exit != .done { throw ExitCode(exit.status) }
    }

    private func trainBundle(_ url: URL, _ index: Int) throws {
        let end: BundleRunner.End
        do {
            if Submission.isCancelled(cells: url) {
                standardError("the submission was cancelled")
                throw ExitCode(BundleRunner.End.interrupted.rawValue)
            }
            let program = CodeVersion.program.path
            // A second signal, such as Slurm's TERM after its USR1, is no reason to lose the checkpoint under way.
            let executor = LocalExecutor(
                command: [program, "worker", "--claim", "--lifeline", "--job"], jobs: 1,
                stopRequests: { min(StopSignals.requestCount, 1) })
            let runner = try BundleRunner(
                FrozenCells(contentsOf: url), index: index, executor: executor, triesLeft: triesLeft,
                deadline: SlurmTask.current?.deadline)
            let printer = ProgressPrinter([])
            end = try runner.run { printer.receive(.execution($0)) }
            printer.finish()
        } catch let error as ExitCode {
            throw error
        } catch {
            standardError("error: \(error)")
            // What was frozen is the same everywhere; anything else may be this machine's.
            let isFrozen = error is FrozenCellsError || error is BundleError
            throw ExitCode(isFrozen ? WorkerExit.refused.status : BundleRunner.End.crashed.rawValue)
        }
        if end == .idle { standardError("error: the time was over before a single step was made; ask for more time") }
        if end != .done { throw ExitCode(end.rawValue) }
    }

    /// The scheduler alone holds the other end of the standard input. When it is gone, however that came about, nobody
    /// will record what this process does, and another scheduler may already want the trial.
    private func endWithScheduler() {
        Thread.detachNewThread {
            var byte: UInt8 = 0
            while true {
                let count = read(STDIN_FILENO, &byte, 1)
                if count > 0 || (count < 0 && errno == EINTR) { continue }
                _exit(WorkerExit.interrupted.status)
            }
        }
    }
}
