import ArgumentParser
import Experiments
import Foundation
import Results

/// `ablate submit`: hands a sweep over to other machines.
struct SubmitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "submit",
        abstract: "Hands what is left of a sweep over to a Slurm cluster, or prints a command for each trial.",
        discussion: """
            What is submitted is frozen: the trials, the manifest and a copy of this program, in \
            results/<sweep>/submissions/<number>. The results folder has to be on a file system that the machines share.

            EXAMPLES:
              ablate submit slurm sweeps/ghost.toml --array-parallelism 20 --time 4h --mem 8G
              ablate submit commands sweeps/ghost.toml | parallel -j 4
            """,
        subcommands: [SlurmSubmitCommand.self, CommandsSubmitCommand.self])
}

/// What both ways of submitting take.
struct SubmissionArguments: ParsableArguments {
    @Option(help: "Threads of one training; results do not depend on it.")
    var threads: Int?

    @Option(help: "Submit trials again that have failed.")
    var retry: ExecutionArguments.Retry?

    @Option(help: "Submit finished trials again that another version of this program has trained.")
    var refresh: ExecutionArguments.Refresh?

    @Option(help: ArgumentHelp("Trials of one task, one after another.", valueName: "n"))
    var bundle: Int?

    func validate() throws {
        if let threads, threads < 1 { throw ValidationError("--threads is \(threads), expected at least 1") }
        if let bundle, bundle < 1 { throw ValidationError("--bundle is \(bundle), expected at least 1") }
    }

    func threads(_ plan: Plan) -> Int {
        let said: Int? = threads ?? plan.resources.threads
        return said ?? 1
    }

    func options(_ plan: Plan) -> Sweep.Options {
        var options = Sweep.Options()
        options.threads = threads(plan)
        options.retriesFailed = retry == .failed
        options.refreshesTo = refresh == .stale ? CodeVersion.current : nil
        return options
    }
}

/// `ablate submit slurm`.
struct SlurmSubmitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "slurm",
        abstract: "Submits what is left of a sweep as job arrays, and returns.",
        discussion: """
            Trials that need about as much memory become one array; without --mem the memory is estimated, and where \
            that is not possible it is the partition's own. Short trials share a task: about ten minutes, or a quarter \
            of --time, judged by trials of the sweep that are done; --bundle says how many. Arrays are cut to the \
            cluster's MaxArraySize.

            Before its time is over a task saves a checkpoint and puts itself back into the queue. A worker that crashes \
            is tried again, then on another node; nodes on which two tasks have crashed are excluded. Trials that a task \
            of an earlier submission still has are left out.

            What stands after -- is given to sbatch as it is.

            EXAMPLES:
              ablate submit slurm sweeps/ghost.toml --array-parallelism 20 --time 4h --mem 8G
              ablate submit slurm ghost scale=n,s --partition cpu --wait
              ablate submit slurm ghost --time 1d -- --account=vision --constraint=avx512
              ablate submit slurm ghost --dry-run
            """)

    @OptionGroup var manifest: ManifestArguments

    @Option(help: ArgumentHelp("Tasks of the submission that may run at once.", valueName: "n"))
    var arrayParallelism: Int?

    @Option(help: "Time limit of a task: 4h, 90m, 1d12h, or as Slurm writes it.")
    var time: String?

    @Option(help: "Memory of a task: 8G, 500M.")
    var mem: String?

    @Option(name: [.short, .long], help: "The partition.")
    var partition: String?

    @Option(help: "Name of the jobs in the queue.")
    var name: String?

    @OptionGroup var submission: SubmissionArguments

    @Flag(help: "Wait until all trials have ended, and collect them.")
    var wait = false

    @Flag(help: "Print the batch scripts, and submit nothing.")
    var dryRun = false

    @OptionGroup var results: ResultsArguments

    @Argument(parsing: .postTerminator, help: "Further arguments of sbatch, after --.")
    var sbatch: [String] = []

    func validate() throws {
        if let arrayParallelism, arrayParallelism < 1 {
            throw ValidationError("--array-parallelism is \(arrayParallelism), expected at least 1")
        }
        if let time, SlurmRequest.seconds(time) == nil {
            throw ValidationError("--time is \"\(time)\", expected a time such as 4h, 90m, 1d12h or 04:00:00")
        }
        if let mem, SlurmRequest.mebibytes(mem) == nil {
            throw ValidationError("--mem is \"\(mem)\", expected a size such as 8G or 500M")
        }
        for (option, text) in [("--partition", partition), ("--name", name)] {
            if let text, text.isEmpty || text.contains(where: { $0.isWhitespace }) {
                throw ValidationError("\(option) is \"\(text)\", expected a name without spaces")
            }
        }
        let problems = request(threads: 1).problems
        if !problems.isEmpty { throw ValidationError(problems.joined(separator: "\n")) }
    }

    private func request(threads: Int) -> SlurmRequest {
        var request = SlurmRequest()
        request.parallelism = arrayParallelism
        request.timeLimit = time.flatMap(SlurmRequest.seconds)
        request.memory = mem.flatMap(SlurmRequest.mebibytes)
        request.partition = partition
        request.name = name
        request.bundle = submission.bundle
        request.extra = sbatch
        request.threads = threads
        return request
    }

    func run() throws {
        let plan = try Plan.make(try manifest.read())
        let executor = SubmissionExecutor(
            plan: plan, results: results.url, request: request(threads: submission.threads(plan)), kind: .slurm
        ) { print($0.text(results: results), terminator: "") }
        let sweep = Sweep(plan: plan, results: results.url, executor: executor, options: submission.options(plan))
        do {
            if dryRun { return try printScripts(executor, sweep) }
            try submitted(sweep)
        } catch {
            standardError("error: \(error)")
            throw ExitCode.failure
        }
        if wait { try collect(plan.sweep, number: nil, waits: true, results) }
    }

    private func printScripts(_ executor: SubmissionExecutor, _ sweep: Sweep) throws {
        let isBegun = FileManager.default.fileExists(atPath: ResultStore.databaseURL(in: results.url).path)
        let standing =
            isBegun ? try Standing(sweep.plan, ResultStore(results.url, .reading)) : Standing(untouched: sweep.plan)
        let pending = sweep.pending(standing)
        guard !pending.isEmpty else { return print("nothing is left to train") }
        for (array, script) in try executor.dryRun(pending) {
            print("# ---- \(array.name).sh: \(array.trialCount) trials in \(array.taskCount) tasks ----")
            print(script)
        }
    }
}

/// `ablate submit commands`.
struct CommandsSubmitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "commands",
        abstract: "Prints one command for each trial that is left, for GNU parallel or any other runner.",
        discussion: """
            Each line of the output is a command; what is for people goes to the error output. A command may be run \
            anywhere where the results folder lies under the same path, and again if it ended with 75: it goes on from \
            its checkpoint. `ablate collect` notes what came of them.

            EXAMPLES:
              ablate submit commands sweeps/ghost.toml | parallel -j 4
              ablate submit commands ghost scale=n > commands.txt; xargs -P 2 -I{} sh -c {} < commands.txt
            """)

    @OptionGroup var manifest: ManifestArguments
    @OptionGroup var submission: SubmissionArguments
    @OptionGroup var results: ResultsArguments

    func run() throws {
        let plan = try Plan.make(try manifest.read())
        var request = SlurmRequest()
        request.threads = submission.threads(plan)
        request.bundle = submission.bundle
        let executor = SubmissionExecutor(plan: plan, results: results.url, request: request, kind: .commands) { news in
            if case .frozen(let submission) = news {
                for index in 0..<submission.taskCount {
                    print(ShellWord.quoted(submission.command(ofBundle: index)))
                }
            }
            try? FileHandle.standardError.write(contentsOf: Data(news.text(results: results).utf8))
        }
        do {
            try submitted(
                Sweep(plan: plan, results: results.url, executor: executor, options: submission.options(plan)))
        } catch {
            standardError("error: \(error)")
            throw ExitCode.failure
        }
    }
}

/// Hands over what is left of a sweep.
private func submitted(_ sweep: Sweep) throws {
    _ = try sweep.run { event in
        if case .planned(let standing, let pending) = event, pending.isEmpty {
            standardError("nothing is left to train: \(standing.summary)")
        }
    }
}

extension SubmissionNews {
    /// For people, lines and all.
    fileprivate func text(results: ResultsArguments) -> String {
        switch self {
        case .leftOut(let running, let submitted, let count):
            var lines: [String] = []
            if running > 0 { lines.append("\(running) of \(count) trials are left out: a process trains them already") }
            if submitted > 0 {
                lines.append("\(submitted) of \(count) trials are left out: tasks of an earlier submission have them")
            }
            return lines.map { $0 + "\n" }.joined()
        case .frozen(let submission):
            return """
                \(submission.title)
                note what came of them with:
                  \(Self.command("collect", submission, results))

                """
        case .submitted(let submission, let isComplete):
            var lines = [submission.title + (isComplete ? "" : ", of which only a part was submitted:")]
            for array in submission.record.arrays {
                let job = submission.jobs(of: array).last
                guard let job else { continue }
                let limit = array.throttle.map { ", at most \($0) at once" } ?? ""
                lines.append(
                    "  job \(job)  \(array.label)  \(counted(array.taskCount, "task")), "
                        + "\(counted(array.trialCount, "trial"))\(limit)")
            }
            if !submission.jobs.isEmpty {
                lines.append("look at the queue:  squeue --jobs=\(submission.jobs.joined(separator: ","))")
                lines.append("collect results:    \(Self.command("collect", submission, results))   (-w waits)")
                lines.append("cancel:             \(Self.command("cancel", submission, results))")
            }
            return lines.map { $0 + "\n" }.joined()
        }
    }

    private static func command(_ verb: String, _ submission: Submission, _ results: ResultsArguments) -> String {
        var words = ["ablate", verb, submission.record.sweep]
        if results.results != "results" { words += ["--results", results.results] }
        return ShellWord.quoted(words)
    }
}

extension Submission {
    /// `submission 2 of ghost: 75 trials in 15 tasks`.
    var title: String {
        "submission \(record.number) of \(record.sweep): \(counted(record.trialCount, "trial")) in "
            + counted(taskCount, "task")
    }

    var taskCount: Int { record.arrays.reduce(0) { $0 + $1.taskCount } }
}

/// `1 trial`, `2 trials`.
func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
