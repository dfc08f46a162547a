import ArgumentParser
import Experiments
import Foundation
import Results

/// `ablate collect`: records what submitted trials have left.
struct CollectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "collect",
        abstract: "Records in the database what submitted trials have left.",
        discussion: """
            The trials' folders are believed first, then what Slurm says. Where Slurm does not answer, or knows nothing, \
            a trial's state is unknown; it is never taken for failed. -w goes on until all trials have ended; Ctrl-C \
            stops the waiting and nothing else.

            Trials that stopped without a result keep their checkpoints: submit the sweep again to go on with them.

            Exit status: 0 all trained, 1 some trial failed, 75 something is left.

            EXAMPLES:
              ablate collect
              ablate collect ghost -w
              ablate collect ghost --submission 2
            """)

    @OptionGroup var choice: SubmissionChoice

    @Flag(name: .shortAndLong, help: "Wait until all trials have ended, with progress.")
    var wait = false

    @Option(help: ArgumentHelp("Seconds between looks while waiting.", valueName: "s"))
    var pause = 10.0

    func validate() throws {
        if !(pause >= 0.1 && pause <= 3600) {
            throw ValidationError("--pause is \(pause), expected 0.1 to 3600 seconds")
        }
    }

    func run() throws {
        try collect(choice.sweep, number: choice.submission, waits: wait, pause: pause, choice.results)
    }
}

/// Which submissions are meant.
struct SubmissionChoice: ParsableArguments {
    @Argument(help: "A sweep's name or its manifest; without one, the last that was run or submitted.")
    var sweep: String?

    @Option(help: ArgumentHelp("Only this submission of the sweep.", valueName: "n"))
    var submission: Int?

    @OptionGroup var results: ResultsArguments
}

extension ResultsArguments {
    /// Submissions of a sweep, in the order in which they were made.
    ///
    /// - Parameter sweep: name or manifest; nil for the last plan's.
    /// - Throws: `InputError` where there are none, `StoreError`.
    func submissions(of sweep: String?, number: Int?) throws -> [Submission] {
        let plan = try ResultStore(url, .reading).plan(named: sweep)
        let all = try Submission.all(in: url, sweep: plan.sweep)
        guard !all.isEmpty else {
            let others = Set(try Submission.all(in: url).map(\.record.sweep)).sorted()
            throw InputError(
                "nothing of \(plan.sweep) was submitted"
                    + (others.isEmpty ? "" : "; submissions are there of \(others.joined(separator: ", "))"))
        }
        guard let number else { return all }
        let chosen = all.filter { $0.record.number == number }
        guard !chosen.isEmpty else {
            let numbers = all.map { "\($0.record.number)" }.joined(separator: ", ")
            throw InputError("--submission is \(number), \(plan.sweep) has \(numbers)")
        }
        return chosen
    }
}

/// Collects submissions and exits with their status.
func collect(
    _ sweep: String?, number: Int?, waits: Bool, pause: Double = 10, _ results: ResultsArguments
) throws {
    StopSignals.startCounting()
    signal(SIGPIPE, SIG_IGN)
    let finding: SubmissionCollector.Finding
    do {
        let submissions = try results.submissions(of: sweep, number: number)
        let plan = try ResultStore(results.url, .reading).plan(named: sweep)
        var collector = try SubmissionCollector(submissions, results: results.url)
        collector.pause = pause
        let printer = ProgressPrinter(plan.cells)
        defer { printer.finish() }
        finding = try collector.run(waits: waits) { printer.receive($0) }
    } catch  where !error.isInput {
        standardError("error: \(error)")
        throw ExitCode.failure
    }
    print(finding.standing.summary + (finding.rest.isEmpty ? "" : "; \(finding.rest)"))
    if let error = finding.queueError { standardError("warning: the queue could not be asked: \(error)") }
    if finding.status != 0 { throw ExitCode(finding.status) }
}
