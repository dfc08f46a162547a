import ArgumentParser
import Experiments
import Foundation
import Results

/// A manifest and the words beside it, as `plan` and `run` take them.
struct ManifestArguments: ParsableArguments {
    @Argument(help: "The manifest, or the name of one in sweeps/.")
    var manifest: String

    @Argument(
        help: """
            key=value: a word that names an axis, or seeds, narrows it (scale=n,s); any other overrides [base] \
            (epochs=2).
            """)
    var words: [String] = []

    /// Reads the manifest; prints everything that is wrong and exits with 2.
    func read() throws -> Manifest {
        try reportingDiagnostics { () throws(Diagnostics) in
            let path = Self.resolve(manifest)
            return try Manifest(contentsOf: URL(fileURLWithPath: path), path: path, words: words)
        }
    }

    /// The path of a manifest that was given by its path, or by its name in `sweeps/`.
    static func resolve(_ manifest: String) -> String {
        let files = FileManager.default
        let named = "sweeps/\(manifest).toml"
        return !files.fileExists(atPath: manifest) && files.fileExists(atPath: named) ? named : manifest
    }
}

/// Where the results are.
struct ResultsArguments: ParsableArguments {
    @Option(help: ArgumentHelp("The folder of all results.", valueName: "dir"))
    var results = "results"

    var url: URL { URL(fileURLWithPath: results, isDirectory: true) }
}

/// How trials are run.
struct ExecutionArguments: ParsableArguments {
    @Option(name: .shortAndLong, help: "Trainings at a time; without it the manifest's [resources], or 1.")
    var jobs: Int?

    @Option(help: "Threads of one training; results do not depend on it.")
    var threads: Int?

    @Flag(help: "Stop at the first trial that fails.")
    var failFast = false

    @Option(help: "Train trials again that have failed.")
    var retry: Retry?

    @Option(help: "Train finished trials again that another version of this program has trained.")
    var refresh: Refresh?

    @Flag(help: "Print what happens as lines of JSON, for scripts.")
    var json = false

    enum Retry: String, CaseIterable, ExpressibleByArgument { case failed }
    enum Refresh: String, CaseIterable, ExpressibleByArgument { case stale }

    func validate() throws {
        if let jobs, jobs < 1 { throw ValidationError("-j is \(jobs), expected at least 1") }
        if let threads, threads < 1 { throw ValidationError("--threads is \(threads), expected at least 1") }
    }
}

extension Plan {
    /// Plans with the program's own networks and datasets; prints everything that is wrong and exits with 2.
    static func make(_ manifest: Manifest, printsWarnings: Bool = true) throws -> Plan {
        let plan = try reportingDiagnostics { () throws(Diagnostics) in
            try Plan(manifest, network: NetworkBuilder(), data: DatasetOpener())
        }
        for warning in plan.warnings where printsWarnings {
            standardError("\(warning.place): warning: \(warning.message)")
        }
        return plan
    }
}

/// Runs a plan, shows its progress and exits with the sweep's status.
func runSweep(_ plan: Plan, results: URL, _ arguments: ExecutionArguments) throws {
    StopSignals.startCounting()
    // Who reads the progress may go away; the training goes on.
    signal(SIGPIPE, SIG_IGN)
    let choice = try chooseResources(plan, results, arguments)
    var options = Sweep.Options()
    options.threads = choice.threads
    options.failsFast = arguments.failFast
    options.retriesFailed = arguments.retry == .failed
    options.refreshesTo = arguments.refresh == .stale ? CodeVersion.current : nil
    guard let kind = ExecutorKind.all.first else { preconditionFailure("There is an executor.") }
    let executor = kind.make(CodeVersion.program, choice.jobs)
    let sweep = Sweep(plan: plan, results: results, executor: executor, options: options)
    let printer = ProgressPrinter(plan)
    let stream = EventStream { try? FileHandle.standardOutput.write(contentsOf: $0) }
    let end: SweepEnd
    do {
        end = try sweep.run { arguments.json ? stream.receive($0) : printer.receive($0) }
        printer.finish()
    } catch {
        printer.finish()
        standardError("error: \(error)")
        throw ExitCode.failure
    }
    if arguments.json {
        stream.finish(end)
        if end.status != 0 { throw ExitCode(end.status) }
        return
    }
    print(end.standing.summary)
    if end.status == 75 { print("Resume with:\n  \(ShellWord.quoted(CommandLine.arguments))") }
    if end.status == 1 { print("Train the failed trials again with:\n  \(ShellWord.quoted(retryingCommand))") }
    if end.status != 0 { throw ExitCode(end.status) }
}

/// How the trials that are left share the machine: as said, or as measured here. Exits with 2 where one does not fit.
private func chooseResources(_ plan: Plan, _ results: URL, _ arguments: ExecutionArguments) throws -> ResourceChoice {
    let request = ResourceChoice.Request(jobs: arguments.jobs, threads: arguments.threads).over(plan.resources)
    let isBegun = FileManager.default.fileExists(atPath: ResultStore.databaseURL(in: results).path)
    let standing = isBegun ? try Standing(plan, try ResultStore(results, .reading)) : Standing(untouched: plan)
    let pending = plan.cells(
        of: standing.pending(
            retriesFailed: arguments.retry == .failed,
            refreshing: arguments.refresh == .stale ? CodeVersion.current : nil))
    guard !pending.isEmpty else { return .nothingLeft }
    let machine = Machine.current()
    do {
        let choice = try ResourceChoice(
            request, pending: pending, machine: machine,
            meter: StepMeter(results: results, machine: machine, isMeasuring: true, report: { standardError($0) }))
        if choice.reason != ResourceChoice.asSaid { standardError(choice.sentence) }
        return choice
    } catch let error as TooLittleMemory {
        standardError("error: \(error)")
        throw ExitCode(2)
    }
}

/// The command as it was typed, with `--retry failed`.
private var retryingCommand: [String] {
    var words = CommandLine.arguments
    if let index = words.firstIndex(of: "--retry") { words.removeSubrange(index..<min(index + 2, words.count)) }
    words.removeAll { $0.hasPrefix("--retry=") }
    return words + ["--retry", "failed"]
}

/// Prints all problems of a manifest, one a line, and exits with 2.
func reportingDiagnostics<Value>(_ body: () throws(Diagnostics) -> Value) throws -> Value {
    do {
        return try body()
    } catch {
        standardError(error.description)
        standardError(error.all.count == 1 ? "1 problem" : "\(error.all.count) problems")
        throw ExitCode(2)
    }
}

func standardError(_ line: String) { try? FileHandle.standardError.write(contentsOf: Data((line + "\n").utf8)) }

extension Standing {
    /// `75 trials: 60 done, 1 diverged, 14 to train`.
    var summary: String {
        var parts = ["\(count(.done)) done"]
        if count(.diverged) > 0 { parts.append("\(count(.diverged)) diverged") }
        if count(.failed) > 0 { parts.append("\(count(.failed)) failed") }
        if count(.running) > 0 { parts.append("\(count(.running)) running") }
        if count(.interrupted) > 0 { parts.append("\(count(.interrupted)) interrupted") }
        if count(.pending) > 0 { parts.append("\(count(.pending)) to train") }
        return "\(trials.count) trials: " + parts.joined(separator: ", ")
    }
}
