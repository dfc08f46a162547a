public import Foundation

/// Runs Slurm's commands: `sbatch`, `squeue`, `sacct`, `scontrol`, `scancel`, found on PATH.
public struct SlurmClient: Sendable {
    public init() {}

    /// Tasks that one array may have.
    /// - Throws: `SlurmError` where scontrol cannot be asked, or arrays are switched off.
    func maxArraySize() throws(SlurmError) -> Int {
        let answer = try run(["scontrol", "show", "config"])
        // Slurm's own default where a version does not print it.
        let size = SlurmAnswers.maxArraySize(answer) ?? 1001
        guard size > 0 else {
            throw SlurmError(
                command: "scontrol show config", cause: "MaxArraySize is 0: job arrays are switched off here")
        }
        return size
    }

    /// Submits a batch script.
    /// - Returns: the job's ID.
    func submit(_ script: URL, after job: String? = nil, excluding nodes: [String] = []) throws(SlurmError) -> String {
        var words = ["sbatch", "--parsable"]
        if let job { words.append("--dependency=afterany:\(job)") }
        if !nodes.isEmpty { words.append("--exclude=\(nodes.joined(separator: ","))") }
        let answer = try run(words + [script.path])
        guard let job = SlurmAnswers.submittedJob(answer) else {
            throw SlurmError(command: "sbatch", cause: "it answered \"\(answer)\", expected a job's ID")
        }
        return job
    }

    /// What the queue says of this user's tasks: those that wait and run, and those that ended a while ago.
    func queue() throws(SlurmError) -> [SlurmTaskID: SlurmTaskState] {
        SlurmAnswers.queue(
            try run([
                "squeue", "--noheader", "--array", "--states=all", "--user=\(getuid())",
                "--format=\(SlurmAnswers.queueFormat)",
            ]))
    }

    /// What the accounting says of jobs. Empty where there is none, which says nothing about them.
    func accounting(_ jobs: [String]) -> [SlurmTaskID: SlurmTaskState] {
        guard !jobs.isEmpty,
            let answer = try? run([
                "sacct", "--noheader", "--parsable2", "--allocations", "--format=JobID,State,NodeList",
                "--jobs=\(jobs.joined(separator: ","))",
            ])
        else { return [:] }
        return SlurmAnswers.accounting(answer)
    }

    /// Ends jobs, those that wait as well as those that run.
    func cancel(_ jobs: [String]) throws(SlurmError) { _ = try run(["scancel"] + jobs) }

    /// When a task's time is over; nil where it has no limit, or nobody says.
    func endTime(of task: SlurmTaskID) -> Date? {
        (try? run(["scontrol", "show", "job", task.description])).flatMap(SlurmAnswers.endTime)
    }

    /// The standard output of a command.
    private func run(_ words: [String]) throws(SlurmError) -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = words
        let (output, errors) = (Pipe(), Pipe())
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = errors
        do {
            try process.run()
        } catch {
            throw SlurmError(command: words[0], cause: error.localizedDescription)
        }
        // Slurm's error messages are short: they fit into the pipe while the output is read.
        let data = output.fileHandleForReading.readDataToEndOfFile()
        let message = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines)
        process.waitUntilExit()
        if process.terminationStatus == 127 {
            throw SlurmError(
                command: words[0],
                cause: "there is no such program on PATH: is this a login node of a Slurm cluster? "
                    + "`ablate submit commands` prints commands for any other runner")
        }
        guard process.terminationStatus == 0 else {
            throw SlurmError(
                command: words[0], cause: message.isEmpty ? "exit status \(process.terminationStatus)" : message)
        }
        return String(decoding: data, as: UTF8.self)
    }
}

/// A command of Slurm that failed.
public struct SlurmError: Error, Hashable, Sendable, CustomStringConvertible {
    public let command: String
    public let cause: String

    public var description: String { "\(command): \(cause)" }
}

/// The task that this process runs in, from the variables that Slurm sets.
public struct SlurmTask: Hashable, Sendable {
    let id: SlurmTaskID
    /// When its time is over, where Slurm says so in a variable.
    let endTime: Date?

    /// Nil outside a job array.
    public static let current: SlurmTask? = {
        let variables = ProcessInfo.processInfo.environment
        guard let job = variables["SLURM_ARRAY_JOB_ID"], let index = variables["SLURM_ARRAY_TASK_ID"],
            let id = SlurmTaskID("\(job)_\(index)")
        else { return nil }
        let end = variables["SLURM_JOB_END_TIME"].flatMap { Double($0) }
        return SlurmTask(id: id, endTime: end.map { Date(timeIntervalSince1970: $0) })
    }()

    /// When this process will be ended; nil for never, or where nobody says.
    public var deadline: Date? { endTime ?? SlurmClient().endTime(of: id) }
}
