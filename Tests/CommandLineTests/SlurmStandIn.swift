import Foundation
import Testing

/// A cluster of stand-in commands on PATH, which really run the tasks; gone with the test.
///
/// `Golden/slurm-stand-in` says what it can do.
final class SlurmStandIn {
    /// The folder in which the program is run.
    let folder: ProgramFolder
    private var cluster: URL { folder.url.appendingPathComponent("cluster") }

    init(nodes: String = "n1 n2", maxArraySize: Int = 1001) throws {
        folder = try ProgramFolder()
        let files = FileManager.default
        let commands = folder.url.appendingPathComponent("bin")
        try files.createDirectory(at: commands, withIntermediateDirectories: true)
        try files.createDirectory(
            at: cluster.appendingPathComponent("tasks"), withIntermediateDirectories: true)
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Golden/slurm-stand-in")
        for name in ["sbatch", "squeue", "sacct", "scontrol", "scancel", "srun"] {
            try files.createSymbolicLink(at: commands.appendingPathComponent(name), withDestinationURL: script)
        }
        try set("nodes", nodes)
        try set("max-array", "\(maxArraySize)")
        try set("counter", "100")
    }

    deinit {
        // What runs still ends before its folder goes.
        try? set("stop", "")
        for worker in folder.workers() { kill(worker, SIGKILL) }
        Thread.sleep(forTimeInterval: 0.3)
    }

    /// Writes one of the cluster's settings.
    func set(_ name: String, _ value: String) throws {
        try value.write(to: cluster.appendingPathComponent(name), atomically: true, encoding: .utf8)
    }

    func unset(_ name: String) throws { try FileManager.default.removeItem(at: cluster.appendingPathComponent(name)) }

    /// What it was asked so far, a command line each.
    var calls: [String] {
        let text = try? String(contentsOf: cluster.appendingPathComponent("calls"), encoding: .utf8)
        return (text ?? "").split(separator: "\n").map(String.init)
    }

    /// One fact of each task, by the task's ID.
    func tasks(_ fact: String) -> [String: String] {
        let tasks = cluster.appendingPathComponent("tasks")
        var facts: [String: String] = [:]
        for task in (try? FileManager.default.contentsOfDirectory(atPath: tasks.path)) ?? [] {
            let text = try? String(contentsOf: tasks.appendingPathComponent("\(task)/\(fact)"), encoding: .utf8)
            facts[task] = text?.trimmingCharacters(in: .whitespacesAndNewlines)
        }
        return facts
    }

    /// Stops the training processes of tasks where they are, so that what a test does next cannot come too late.
    ///
    /// - Returns: their IDs, in the order of the tasks; `SIGCONT` lets them go on.
    func hold(_ tasks: [String]) throws -> [pid_t] {
        try tasks.map { task in
            var training: pid_t?
            try wait("a training of task \(task)") {
                training = step(of: task).flatMap { step in folder.workers().first { Self.isTraining($0, of: step) } }
                return training != nil
            }
            let identifier = try #require(training)
            kill(identifier, SIGSTOP)
            return identifier
        }
    }

    /// Sends a task's step the signal that Slurm sends before the time limit.
    func warn(_ task: String) throws { kill(try #require(step(of: task)), SIGUSR1) }

    private func step(of task: String) -> pid_t? { tasks("step")[task].flatMap { pid_t($0) } }

    /// Whether a process trains, and a step has started it.
    private static func isTraining(_ identifier: pid_t, of step: pid_t) -> Bool {
        let folder = "/proc/\(identifier)"
        guard let line = FileManager.default.contents(atPath: "\(folder)/cmdline"),
            String(decoding: line, as: UTF8.self).contains("--lifeline"),
            let status = FileManager.default.contents(atPath: "\(folder)/status")
        else { return false }
        return String(decoding: status, as: UTF8.self).split(separator: "\n").contains { $0 == "PPid:\t\(step)" }
    }

    @discardableResult
    func run(_ arguments: String..., environment: [String: String] = [:]) throws -> ProgramFolder.Outcome {
        try start(arguments, environment: environment).wait()
    }

    func start(_ arguments: [String], environment: [String: String] = [:]) throws -> ProgramFolder.Running {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        let own = ["STAND_IN": cluster.path, "PATH": "\(folder.url.appendingPathComponent("bin").path):\(path)"]
        return try folder.start(arguments, environment: own.merging(environment) { _, new in new })
    }

    /// Waits until a condition holds, for a minute at most.
    func wait(_ what: String, until condition: () throws -> Bool) throws {
        let patience = Date().addingTimeInterval(60)
        while try !condition() {
            guard Date() < patience else {
                Issue.record("\(what) does not come: tasks \(tasks("state")), logs:\n\(logs)")
                return
            }
            Thread.sleep(forTimeInterval: 0.02)
        }
    }

    /// What tasks have printed.
    var logs: String {
        let results = folder.url.appendingPathComponent("results")
        let paths = FileManager.default.enumerator(atPath: results.path)?.compactMap { $0 as? String } ?? []
        return paths.filter { $0.contains("/logs/") }.sorted().map { path in
            let text = try? String(contentsOf: results.appendingPathComponent(path), encoding: .utf8)
            return "---- \(path)\n\(text ?? "")"
        }.joined(separator: "\n")
    }
}
