import Foundation
import Testing

/// `submit`, `worker --cells`, `collect` and `cancel` with stand-ins for Slurm's commands, which really run the tasks.
@Suite("Slurm", .serialized)
struct SlurmTests {
    static func manifest(epochs: Int = 2) -> String {
        """
        schema = 1
        name = "tiny"
        [base]
        data = "shapes?train=24&val=8&size=64"
        epochs = \(epochs)
        imgsz = 64
        batch = 8
        mosaic = 0
        [matrix]
        backbone = ["v1", "v2"]
        [seeds]
        values = [0, 1]
        [compare]
        baseline = { backbone = "v1" }
        """
    }

    /// A cluster with the manifest in its folder.
    func cluster(epochs: Int = 2, nodes: String = "n1 n2", maxArraySize: Int = 1001) throws -> SlurmStandIn {
        let cluster = try SlurmStandIn(nodes: nodes, maxArraySize: maxArraySize)
        try cluster.folder.write(Self.manifest(epochs: epochs), to: "tiny.toml")
        return cluster
    }

    /// What a local run of the same trials gives.
    func expectLocalResults(_ cluster: SlurmStandIn, count: Int = 4) throws {
        let local = try cluster.folder.run("run", "tiny.toml", "-j", "2", "--results", "local")
        #expect(local.status == 0, "\(local.text)")
        let trained = try cluster.folder.trained(sweep: "tiny")
        #expect(trained.files.count == count && trained.wrong.isEmpty)
        #expect(try trained == cluster.folder.trained("local", sweep: "tiny"))
    }

    @Test("one task killed, one warned of its time limit: collected, the same weights as a local run")
    func sweep() throws {
        let cluster = try cluster(epochs: 12)
        let submitted = try cluster.run(
            "submit", "slurm", "tiny.toml", "--array-parallelism", "2", "--time", "4h", "--mem", "2G", "--", "--qos=x")
        #expect(submitted.status == 0, "\(submitted.text)")
        #expect(
            submitted.output.contains("job 101  n: 2 GiB  4 tasks, 4 trials, at most 2 at once"), "\(submitted.text)")
        #expect(submitted.output.contains("ablate collect tiny"))
        try cluster.wait("epochs of two trials") { cluster.epochs("tiny").count >= 2 }
        let held = try cluster.hold(["101_0", "101_1"])
        #expect(!cluster.tasks("state").values.contains("COMPLETED"), "submission waits for the trainings")
        let early = try cluster.run("collect", "tiny")
        #expect(early.status == 75, "\(early.text)")

        // One training's process dies, and the next one goes on from its checkpoint. The other's task is warned.
        kill(held[0], SIGKILL)
        try cluster.warn("101_1")
        kill(held[1], SIGCONT)

        let collected = try cluster.run("collect", "tiny.toml", "-w", "--pause", "0.2")
        #expect(collected.status == 0, "\(collected.text)\n\(cluster.logs)")
        #expect(collected.output.contains("4 trials: 4 done"), "\(collected.text)")
        #expect(collected.errors.contains("done v2"), "\(collected.text)")
        try cluster.wait("the end of all tasks") {
            cluster.tasks("state").values.allSatisfy { $0 == "COMPLETED" }
        }
        // The warned task alone was put back into the queue.
        #expect(cluster.tasks("restarts") == ["101_0": "0", "101_1": "1", "101_2": "0", "101_3": "0"])
        #expect(cluster.logs.contains("killed by signal 9"), "\(cluster.logs)")
        try expectLocalResults(cluster)

        // The database has it all, and nothing is left to submit.
        #expect(try cluster.run("report").output.contains("Coverage: ok 4"))
        let again = try cluster.run("submit", "slurm", "tiny.toml")
        #expect(again.status == 0)
        #expect(again.errors.contains("nothing is left to train"), "\(again.text)")
        // The copy of the program has served; what it came from is kept in the trials.
        #expect(!FileManager.default.fileExists(atPath: cluster.folder.url.path + "/results/tiny/submissions/1/ablate"))
    }

    @Test("an empty accounting and a queue that fails mean unknown, never failed")
    func unknown() throws {
        let cluster = try cluster(epochs: 12)
        try cluster.set("accounting", "empty")
        #expect(try cluster.run("submit", "slurm", "tiny.toml", "seeds=0").status == 0)
        try cluster.wait("epochs of two trials") { cluster.epochs("tiny").count >= 2 }
        let held = try cluster.hold(["101_0", "101_1"])
        #expect(try cluster.run("status").output.contains("running"))
        try cluster.set("queue-fails", "")
        let blind = try cluster.run("collect", "tiny")
        #expect(blind.status == 75, "\(blind.text)")
        #expect(blind.errors.contains("Unable to contact slurm controller"), "\(blind.text)")
        #expect(!blind.text.contains("failed"), "\(blind.text)")
        let refused = try cluster.run("submit", "slurm", "tiny.toml")
        #expect(refused.status == 1 && refused.errors.contains("Unable to contact"), "\(refused.text)")
        try cluster.unset("queue-fails")

        // Tasks that vanish without a trace are no failures either.
        #expect(try cluster.run("cancel").status == 0)
        for training in held { kill(training, SIGCONT) }
        try cluster.wait("the end") { cluster.tasks("state").values.allSatisfy { $0 == "CANCELLED" } }
        try FileManager.default.removeItem(at: cluster.folder.url.appendingPathComponent("cluster/tasks"))
        try FileManager.default.createDirectory(
            at: cluster.folder.url.appendingPathComponent("cluster/tasks"), withIntermediateDirectories: true)
        let gone = try cluster.run("collect", "tiny")
        #expect(gone.status == 75, "\(gone.text)")
        #expect(gone.errors.contains("has left the queue without a result"), "\(gone.text)")
        #expect(gone.output.contains("2 stopped without a result") && !gone.text.contains("failed"), "\(gone.text)")
    }

    @Test("what is cancelled keeps its checkpoints, does not come back, and goes on when it is submitted again")
    func cancel() throws {
        let cluster = try cluster(epochs: 12)
        try cluster.set("accounting", "on")
        #expect(try cluster.run("submit", "slurm", "tiny.toml", "--array-parallelism", "2").status == 0)
        try cluster.wait("epochs of two trials") { cluster.epochs("tiny").count >= 2 }
        let held = try cluster.hold(["101_0", "101_1"])
        // Submitted twice, nothing is trained twice.
        let twice = try cluster.run("submit", "slurm", "tiny.toml")
        #expect(twice.status == 0)
        #expect(twice.output.contains("2 of 4 trials are left out: a process trains them"), "\(twice.text)")
        #expect(twice.output.contains("2 of 4 trials are left out: tasks of an earlier submission"), "\(twice.text)")
        #expect(cluster.tasks("state").count == 4)

        let cancelled = try cluster.run("cancel", "tiny")
        #expect(cancelled.status == 0)
        #expect(cancelled.output.contains("of job 101; trials keep their checkpoints"), "\(cancelled.text)")
        for training in held { kill(training, SIGCONT) }
        try cluster.wait("the end") { cluster.tasks("state").values.allSatisfy { $0 == "CANCELLED" } }
        #expect(cluster.tasks("restarts").values.allSatisfy { $0 == "0" }, "a cancelled task came back")
        let stopped = try cluster.run("collect", "tiny")
        #expect(stopped.status == 75)
        #expect(stopped.errors.contains("ended without a result: CANCELLED"), "\(stopped.text)")
        #expect(try cluster.run("cancel", "tiny").output.contains("nothing is in the queue"))

        let rest = try cluster.run("submit", "slurm", "tiny.toml", "--bundle", "2", "--wait")
        #expect(rest.status == 0, "\(rest.text)\n\(cluster.logs)")
        #expect(rest.output.contains("submission 2 of tiny: 4 trials in 2 tasks"), "\(rest.text)")
        #expect(cluster.trialLogs("tiny").contains("goes on from the checkpoint"))
        try expectLocalResults(cluster)
    }

    @Test("a node on which nothing starts is left, and excluded after two tasks")
    func brokenNode() throws {
        let cluster = try cluster(nodes: "bad good")
        try cluster.set("broken", "bad")
        #expect(try cluster.run("submit", "slurm", "tiny.toml", "--array-parallelism", "1").status == 0)
        let collected = try cluster.run("collect", "-w", "--pause", "0.2")
        #expect(collected.status == 0, "\(collected.text)\n\(cluster.logs)")
        let nodes = cluster.tasks("node")
        #expect(nodes["101_0"] == "bad" && nodes["101_1"] == "bad")
        #expect(nodes["101_2"] == "good" && nodes["101_3"] == "good", "\(nodes)")
        #expect(cluster.tasks("excluded")["102_0"] == "bad")
        #expect(cluster.calls.contains { $0.hasPrefix("scontrol update JobId=101 ExcNodeList=bad") })
        try expectLocalResults(cluster)
    }

    @Test("a trial that fails everywhere is failed, and trained again on request")
    func failure() throws {
        let cluster = try cluster(nodes: "n1")
        try cluster.set("broken", "n1")
        #expect(try cluster.run("submit", "slurm", "tiny.toml", "seeds=0", "backbone=v1").status == 0)
        // Three tries, though there is no other node.
        try cluster.wait("three tries") { cluster.tasks("state").values.filter { $0 == "FAILED" }.count == 3 }
        let stopped = try cluster.run("collect")
        #expect(stopped.status == 75, "\(stopped.text)")
        #expect(stopped.output.contains("1 stopped without a result"), "\(stopped.text)")
        try cluster.set("broken", "")
        let rest = try cluster.run("submit", "slurm", "tiny.toml", "--wait")
        #expect(rest.status == 0, "\(rest.text)\n\(cluster.logs)")
        try expectLocalResults(cluster)
    }

    @Test("arrays are cut to MaxArraySize, and a dry run only prints them")
    func chunks() throws {
        let cluster = try cluster(maxArraySize: 2)
        let dry = try cluster.run(
            "submit", "slurm", "tiny.toml", "seeds=0,1", "--dry-run", "--array-parallelism", "2", "--time", "1d",
            "--threads", "2", "--partition", "cpu", "--name", "mine", "--", "--account=lab", "--comment=a b")
        #expect(dry.status == 0, "\(dry.text)")
        for line in [
            "#SBATCH --job-name=mine", "#SBATCH --array=0-1%2", "#SBATCH --cpus-per-task=2",
            "#SBATCH --time=1-00:00:00", "#SBATCH --partition=cpu", "#SBATCH --signal=USR1@180",
            #"#SBATCH --account=lab "--comment=a b""#, "array-2.sh: 2 trials in 2 tasks",
        ] { #expect(dry.output.contains(line), "\(line)\n\(dry.output)") }
        #expect(!FileManager.default.fileExists(atPath: cluster.folder.url.path + "/results"))
        #expect(!cluster.calls.contains { $0.hasPrefix("sbatch") })

        let submitted = try cluster.run("submit", "slurm", "tiny.toml", "--array-parallelism", "2", "--wait")
        #expect(submitted.status == 0, "\(submitted.text)\n\(cluster.logs)")
        #expect(cluster.tasks("state").keys.sorted() == ["101_0", "101_1", "102_0", "102_1"])
        #expect(cluster.calls.contains { $0.contains("--dependency=afterany:101") })
        try expectLocalResults(cluster)
    }

    @Test("one command a trial for any other runner")
    func commands() throws {
        let cluster = try SlurmStandIn()
        let folder = cluster.folder
        try folder.write(Self.manifest(), to: "tiny.toml")
        let printed = try folder.run("submit", "commands", "tiny.toml", "--results", "my results")
        #expect(printed.status == 0, "\(printed.text)")
        let lines = printed.output.split(separator: "\n").map(String.init)
        #expect(lines.count == 4 && lines.allSatisfy { $0.contains("worker --cells ") })
        #expect(printed.errors.contains("ablate collect tiny --results 'my results'"), "\(printed.text)")
        #expect(try folder.run("collect", "--results", "my results").output.contains("4 to train; 4 unknown"))
        try folder.write(printed.output, to: "commands.sh")
        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        shell.arguments = ["-e", folder.url.appendingPathComponent("commands.sh").path]
        var environment = ProcessInfo.processInfo.environment
        environment["ABLATE_CACHE"] = folder.url.appendingPathComponent("cache").path
        shell.environment = environment
        shell.standardError = FileHandle.nullDevice
        try shell.run()
        shell.waitUntilExit()
        #expect(shell.terminationStatus == 0)
        let collected = try folder.run("collect", "--results", "my results", "-w")
        #expect(collected.status == 0 && collected.output.contains("4 done"), "\(collected.text)")
        #expect(try folder.run("run", "tiny.toml", "--results", "local").status == 0)
        #expect(try folder.trained("my results", sweep: "tiny") == folder.trained("local", sweep: "tiny"))
    }

    @Test("what is asked for wrongly ends with 2 and says what was expected")
    func wrongUsage() throws {
        let cluster = try cluster()
        for (arguments, message) in [
            (["submit", "slurm", "tiny.toml", "--time", "soon"], "--time is \"soon\", expected a time such as 4h"),
            (["submit", "slurm", "tiny.toml", "--mem", "much"], "--mem is \"much\", expected a size such as 8G"),
            (["submit", "slurm", "tiny.toml", "--array-parallelism", "0"], "expected at least 1"),
            (
                ["submit", "slurm", "tiny.toml", "--", "--array=1-2"],
                "sbatch argument --array: tasks are counted by ablate"
            ),
            (["submit", "slurm", "tiny.toml", "--partition", "a b"], "expected a name without spaces"),
            (["worker"], "expected --job FILE, or --cells FILE and --index N"),
            (["worker", "--cells", "x"], "--cells needs --index"),
            (["worker", "--cells", "nowhere.jsonl", "--index", "0"], "there is no such file"),
        ] {
            let outcome = try cluster.start(arguments).wait()
            #expect(outcome.status == 2, "\(arguments): \(outcome.text)")
            #expect(outcome.errors.contains(message), "\(arguments): \(outcome.errors)")
        }
        #expect(try cluster.run("run", "tiny.toml", "seeds=0").status == 0)
        let nothing = try cluster.run("collect", "tiny")
        #expect(nothing.status == 2 && nothing.errors.contains("nothing of tiny was submitted"), "\(nothing.text)")
        // Without Slurm the way out is named.
        let folder = cluster.folder
        let missing = try folder.run("submit", "slurm", "tiny.toml", environment: ["PATH": "/nowhere"])
        #expect(missing.status == 1 && missing.errors.contains("submit commands"), "\(missing.text)")
    }
}

extension SlurmStandIn {
    /// Lines of `results.csv` after the header, of trials that have some.
    func epochs(_ sweep: String) -> [Int] {
        let root = folder.url.appendingPathComponent("results/\(sweep)")
        let paths = FileManager.default.enumerator(atPath: root.path)?.compactMap { $0 as? String } ?? []
        return paths.filter { $0.hasSuffix("results.csv") }.compactMap { path in
            let text = try? String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
            let count = (text ?? "").split(separator: "\n").count - 1
            return count > 0 ? count : nil
        }
    }

    /// What the attempts' logs say.
    func trialLogs(_ sweep: String) -> String {
        let root = folder.url.appendingPathComponent("results/\(sweep)")
        let paths = FileManager.default.enumerator(atPath: root.path)?.compactMap { $0 as? String } ?? []
        return paths.filter { $0.hasSuffix("log.txt") }.compactMap {
            try? String(contentsOf: root.appendingPathComponent($0), encoding: .utf8)
        }.joined()
    }
}
