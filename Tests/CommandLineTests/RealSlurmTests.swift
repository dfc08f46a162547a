import Foundation
import Testing

/// A sweep on a real Slurm of one node: `make test-slurm` starts one and sets ABLATE_TEST_SLURM.
@Suite(
    "Real Slurm",
    .enabled(
        if: ProcessInfo.processInfo.environment["ABLATE_TEST_SLURM"] != nil,
        "needs the cluster that make test-slurm starts"))
struct RealSlurmTests {
    /// Ten trials, one of which takes longer than the shortest time limit that Slurm knows: a minute.
    static let manifest = """
        schema = 1
        name = "cluster"
        [base]
        data = "shapes?train=24&val=8&size=64"
        epochs = 3
        imgsz = 64
        batch = 8
        mosaic = 0
        [matrix]
        backbone = ["v1", "v2"]
        lr0 = [0.01, 0.02, 0.03, 0.04, 0.05]
        [[override]]
        where = { backbone = "v2", lr0 = 0.01 }
        set = { epochs = \(longEpochs) }
        """
    /// So many that they take more than a minute here.
    static let longEpochs = ProcessInfo.processInfo.environment["ABLATE_TEST_SLURM_EPOCHS"].flatMap { Int($0) } ?? 350

    let folder: ProgramFolder

    init() throws { folder = try ProgramFolder() }

    func command(_ words: String...) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = words
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self)
    }

    func wait(_ what: String, seconds: Double, until condition: () throws -> Bool) throws {
        let patience = Date().addingTimeInterval(seconds)
        while try !condition() {
            guard Date() < patience else {
                Issue.record("\(what) does not come in \(seconds) s: \(try command("squeue", "--array"))")
                return
            }
            Thread.sleep(forTimeInterval: 0.2)
        }
    }

    /// IDs of this folder's worker processes whose command line holds a word.
    func workers(_ word: String) -> [pid_t] {
        folder.workers().filter { identifier in
            let line = FileManager.default.contents(atPath: "/proc/\(identifier)/cmdline") ?? Data()
            return String(decoding: line, as: UTF8.self).contains(word)
        }
    }

    /// Has a task started that was put back into the queue, for which Slurm waits two minutes.
    ///
    /// Not at once: what starts in the second in which it was ended is refused by the node ("Job credential revoked"), and
    /// has failed.
    func startSoon(_ task: String) throws {
        _ = try command("scontrol", "update", "JobId=\(task)", "StartTime=now+5seconds")
    }

    @Test("ten trials, two at a time, one task killed, one requeued by its time limit: the weights of a local run")
    func sweep() throws {
        try folder.write(Self.manifest, to: "cluster.toml")
        let submitted = try folder.run(
            "submit", "slurm", "cluster.toml", "--array-parallelism", "2", "--time", "1m", "--mem", "1G")
        #expect(submitted.status == 0, "\(submitted.text)")
        print(submitted.output)
        let word = try #require(submitted.output.split(separator: "\n").first { $0.hasPrefix("  job ") })
        let job = String(try #require(word.split(separator: " ").dropFirst().first))

        // The longest is the first. Of what runs beside it, the task's own process is killed, its trial and all.
        var victim: pid_t?
        try wait("a second task", seconds: 120) {
            victim = workers("--index\u{0}1").first { identifier in
                // srun has the same words; the worker itself is the frozen program.
                let program = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(identifier)/exe")
                return program?.hasSuffix("submissions/1/ablate") ?? false
            }
            return victim != nil
        }
        kill(try #require(victim), SIGKILL)

        try wait("the time limit", seconds: 180) {
            try command("scontrol", "show", "job", "\(job)_0").contains("Restarts=1")
        }
        print(try command("squeue", "--array"))
        try startSoon("\(job)_0")

        // Whoever started the tests wants to see something within the minutes that this takes.
        let collection = try folder.start(["collect", "-w", "--pause", "2"])
        var asked = Date()
        try wait("the end", seconds: 1800) {
            // A trial longer than the limit is put back as often as it takes.
            if Date() > asked.addingTimeInterval(15),
                try command("squeue", "--noheader", "--array", "--states=PENDING", "--format=%i %r").contains(
                    "\(job)_0 BeginTime")
            {
                try startSoon("\(job)_0")
                asked = Date()
            }
            return !collection.process.isRunning
        }
        let collected = try collection.wait()
        print(collected.text)
        let logs = try command("bash", "-c", "head -n 60 \(folder.url.path)/results/cluster/submissions/1/logs/*")
        print(logs)
        #expect(collected.status == 0, "\(collected.text)")
        #expect(collected.output.contains("10 trials: 10 done"))
        #expect(logs.contains("worker ended with 137 in try 1"))
        #expect(logs.contains("goes on later"))
        #expect(try command("sacct").isEmpty, "this cluster has accounting")

        let local = try folder.run("run", "cluster.toml", "-j", "2", "--results", "local")
        #expect(local.status == 0, "\(local.text)")
        let trained = try folder.trained(sweep: "cluster")
        #expect(trained.files.count == 10 && trained.wrong.isEmpty)
        #expect(try trained == folder.trained("local", sweep: "cluster"))
        for path in try command(
            "bash", "-c", "cd \(folder.url.path) && sha256sum results/cluster/*/attempt-*/weights/last.h5"
        )
        .split(separator: "\n") { print(path) }

        // What is cancelled does not come back.
        let more = try folder.run("submit", "slurm", "cluster.toml", "lr0=0.01", "epochs=500")
        #expect(more.status == 0, "\(more.text)")
        try wait("a task", seconds: 120) { !workers("--lifeline").isEmpty }
        print(try folder.run("cancel", "cluster").output)
        try wait("the end of what was cancelled", seconds: 60) {
            try command("squeue", "--noheader").isEmpty
        }
        #expect(try folder.run("collect", "cluster").text.contains("CANCELLED"))
    }
}
