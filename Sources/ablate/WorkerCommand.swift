import ArgumentParser
import Experiments
import Foundation

/// `ablate worker`: trains one trial; what `run` and Slurm start.
struct WorkerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker",
        abstract: "Trains the one trial of a job file and writes its folder.",
        discussion: """
            `ablate run` starts one of these for each training. Events are printed as one line of JSON each. SIGTERM, \
            SIGINT and SIGUSR1 ask for a checkpoint.

            Exit status: 0 done, 42 diverged, 75 checkpointed and to be run again, 73 another process has the trial, \
            anything else a crash.

            EXAMPLE:
              ablate worker --job results/ghost/v1-n-s0-0123456789/job.json
            """)

    @Option(help: "The job's file, in the trial's folder.")
    var job: String

    @Flag(help: ArgumentHelp("End when the standard input is closed.", visibility: .hidden))
    var lifeline = false

    func run() throws {
        StopSignals.startCounting()
        // The receiver of events may be gone, which is no reason to end without a checkpoint.
        signal(SIGPIPE, SIG_IGN)
        if lifeline { endWithScheduler() }
        let exit: WorkerExit
        do {
            let worker = try Worker(
                jobURL: URL(fileURLWithPath: job), runner: TrainerRunner(), codeVersion: CodeVersion.current,
                shouldStop: { StopSignals.requestCount > 0 },
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
