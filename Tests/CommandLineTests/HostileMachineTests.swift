import Foundation
import Testing

/// What machines and people do to a sweep: full disks, read-only folders, two schedulers, edited manifests.
@Suite("Hostile machines", .serialized)
struct HostileMachineTests {
    static let manifest = """
        schema = 1
        name = "tiny"
        [base]
        data = "shapes?train=24&val=8&size=64"
        epochs = 2
        imgsz = 64
        batch = 8
        mosaic = 0
        [matrix]
        backbone = ["v1"]
        [seeds]
        values = [0, 1]
        """

    let folder: ProgramFolder

    init() throws {
        folder = try ProgramFolder()
        try folder.write(Self.manifest, to: "tiny.toml")
    }

    @Test(
        "A full disk is an error with its reason; with more room the sweep ends with the same bits",
        .tags(.slow), .enabled(if: ChaosTests.environment["ABLATE_SLOW"] != nil, "two retries have their pauses"),
        .enabled(if: Mount.isPossible, "needs root to mount a small file system"))
    func diskFull() throws {
        #expect(try folder.run("run", "tiny.toml", "--results", "roomy").status == 0)
        let mount = try Mount(folder.url.appendingPathComponent("small"), megabytes: 24)
        let full = try folder.run("run", "tiny.toml", "--results", "small/results")
        #expect(full.status == 1, "\(full.text)")
        #expect(full.text.contains("No space left on device"), "\(full.text)")
        try mount.change("size=600m")
        let rest = try folder.run("run", "tiny.toml", "--results", "small/results", "--retry", "failed")
        #expect(rest.status == 0, "\(rest.text)")
        #expect(
            try folder.trained("small/results", sweep: "tiny") == folder.trained("roomy", sweep: "tiny"))
    }

    @Test(
        "Read-only results are read, and a run says why it cannot write",
        .enabled(if: Mount.isPossible, "needs root to mount a small file system"))
    func readOnly() throws {
        let mount = try Mount(folder.url.appendingPathComponent("disk"), megabytes: 600)
        #expect(try folder.run("run", "tiny.toml", "--results", "disk/results").status == 0)
        let before = try folder.run("report", "--results", "disk/results")
        try mount.change("ro")
        let refused = try folder.run("run", "tiny.toml", "seeds=1", "--results", "disk/results")
        #expect(refused.status == 1)
        #expect(refused.errors.contains("Read-only file system"), "\(refused.text)")
        let report = try folder.run("report", "--results", "disk/results")
        #expect(report.status == 0, "\(report.text)")
        #expect(report.output == before.output)
        for command in [["status"], ["gc"], ["why", "v1"]] {
            let outcome = try folder.start(command + ["--results", "disk/results"]).wait()
            #expect(outcome.status == 0, "\(command): \(outcome.text)")
        }
    }

    @Test("Files that killed processes left are ignored, listed, and removed on request")
    func leftovers() throws {
        #expect(try folder.run("run", "tiny.toml", "seeds=0").status == 0)
        let sweep = folder.url.appendingPathComponent("results/tiny")
        let trial = try #require(
            try FileManager.default.contentsOfDirectory(atPath: sweep.path).first { $0.hasPrefix("v1") })
        let junk = Data(repeating: 7, count: 5000)
        for path in ["\(trial)/.trial.json.1-2.tmp", "\(trial)/attempt-1/.done.json.3-4.tmp", "plans/.x.json.5-6.tmp"] {
            try junk.write(to: sweep.appendingPathComponent(path))
        }
        try FileManager.default.createDirectory(
            at: sweep.appendingPathComponent("v1-s9-0123456789"), withIntermediateDirectories: true)
        #expect(try folder.run("run", "tiny.toml").status == 0)
        let trained = try folder.trained(sweep: "tiny")
        #expect(trained.files.count == 2)

        let listed = try folder.run("gc")
        #expect(listed.status == 0)
        #expect(listed.output.contains("4 to remove, 14.6 KiB; nothing is removed without --delete."), "\(listed.text)")
        #expect(FileManager.default.fileExists(atPath: sweep.appendingPathComponent("plans/.x.json.5-6.tmp").path))
        let removed = try folder.run("gc", "--delete")
        #expect(removed.output.contains("4 removed"), "\(removed.text)")
        #expect(try folder.run("gc").output == "Nothing to remove.\n")
        #expect(try folder.trained(sweep: "tiny") == trained)
        #expect(try folder.run("report").output.contains("Coverage: ok 2"))
    }

    @Test("A second scheduler is told who has the folder, and the first is not disturbed")
    func twoSchedulers() throws {
        let first = try folder.start(["run", "tiny.toml"])
        let lock = folder.url.appendingPathComponent("results/scheduler.lock")
        let patience = Date().addingTimeInterval(20)
        while (try? Data(contentsOf: lock).count) ?? 0 == 0, Date() < patience { Thread.sleep(forTimeInterval: 0.01) }
        let second = try folder.run("run", "tiny.toml")
        #expect(second.status == 1)
        #expect(
            second.errors.contains("process \(first.process.processIdentifier) on "), "\(second.text)")
        #expect(try first.wait().status == 0)
        let trained = try folder.trained(sweep: "tiny")
        #expect(trained.files.count == 2 && trained.wrong.isEmpty)
    }

    @Test("A manifest edited meanwhile changes the next run, not the one under way")
    func editedMeanwhile() throws {
        let first = try folder.start(["run", "tiny.toml"])
        let patience = Date().addingTimeInterval(20)
        while folder.workers().isEmpty, first.process.isRunning, Date() < patience {
            Thread.sleep(forTimeInterval: 0.01)
        }
        try folder.write(
            Self.manifest.replacingOccurrences(of: "epochs = 2", with: "epochs = 1")
                .replacingOccurrences(of: "[0, 1]", with: "[1, 2]"), to: "tiny.toml")
        #expect(try first.wait().status == 0)
        let planned = try folder.trained(sweep: "tiny")
        #expect(planned.files.count == 2)
        for files in planned.files.values {
            let rows = String(decoding: files["results.csv"] ?? Data(), as: UTF8.self).split(separator: "\n")
            #expect(rows.count == 3, "a header and two epochs, as planned")
        }
        // What trained keeps the manifest that asked for it.
        let sweep = folder.url.appendingPathComponent("results/tiny")
        let name = try #require(planned.files.keys.first)
        let kept = try String(
            contentsOf: sweep.appendingPathComponent("\(name)/attempt-1/manifest.toml"), encoding: .utf8)
        #expect(kept == Self.manifest)
        let second = try folder.run("run", "tiny.toml")
        #expect(second.status == 0)
        #expect(second.text.contains("2 trials: 0 finished already, 2 to train"), "\(second.text)")
        #expect(try folder.trained(sweep: "tiny").files.count == 4)
    }

    @Test("Half-written files in place of good ones: the sweep goes on, or says which file and why")
    func truncatedCheckpoint() throws {
        let first = try folder.start(["run", "tiny.toml", "seeds=0", "epochs=25"])
        let sweep = folder.url.appendingPathComponent("results/tiny")
        // A checkpoint of the second epoch or later.
        func rows() -> Int {
            let name = (try? FileManager.default.contentsOfDirectory(atPath: sweep.path))?.first { $0.hasPrefix("v1") }
            let text = name.flatMap {
                try? String(contentsOf: sweep.appendingPathComponent("\($0)/attempt-1/results.csv"), encoding: .utf8)
            }
            return text?.split(separator: "\n").count ?? 0
        }
        let patience = Date().addingTimeInterval(30)
        while rows() < 3, first.process.isRunning, Date() < patience { Thread.sleep(forTimeInterval: 0.01) }
        first.kill(SIGINT)
        #expect(try first.wait().status == 75)
        let name = try #require(
            try FileManager.default.contentsOfDirectory(atPath: sweep.path).first { $0.hasPrefix("v1") })
        let checkpoint = sweep.appendingPathComponent("\(name)/attempt-1/checkpoint.h5")
        let whole = try Data(contentsOf: checkpoint)
        try whole.dropLast(1000).write(to: checkpoint)
        let rest = try folder.run("run", "tiny.toml", "seeds=0", "epochs=25")
        #expect(rest.status == 0, "\(rest.text)")
        #expect(rest.text.contains("checksum"), "\(rest.text)")
        #expect(
            try folder.run("run", "tiny.toml", "seeds=0", "epochs=25", "--results", "undisturbed").status == 0)
        #expect(try folder.trained(sweep: "tiny") == folder.trained("undisturbed", sweep: "tiny"))
    }
}

/// A small file system of its own, gone with the test.
final class Mount {
    private let url: URL

    /// Whether this process may mount anything here.
    static let isPossible: Bool = {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("ablate-mount-\(UUID().uuidString)")
        guard getuid() == 0, (try? Mount(url, megabytes: 1)) != nil else {
            print("skipped: a full disk and a read-only one need root and the right to mount")
            return false
        }
        return true
    }()

    init(_ url: URL, megabytes: Int) throws {
        self.url = url
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        try Self.command("mount", "-t", "tmpfs", "-o", "size=\(megabytes)m", "tmpfs", url.path)
    }

    deinit {
        try? Self.command("umount", "-l", url.path)
        try? FileManager.default.removeItem(at: url)
    }

    /// Mounts it again with other options.
    func change(_ options: String) throws { try Self.command("mount", "-o", "remount,\(options)", url.path) }

    private struct Failure: Error {}

    private static func command(_ words: String...) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = words
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        if process.terminationStatus != 0 { throw Failure() }
    }
}
