import Experiments
import Foundation
import Results
import Testing

extension Tag {
    /// Takes more than ten seconds; runs when ABLATE_SLOW is set.
    @Tag static var slow: Self
}

/// The command-line program beside these tests.
enum Program {
    static let url = CodeVersion.program.deletingLastPathComponent().appendingPathComponent("ablate")

    static var isTested: Bool {
        ProcessInfo.processInfo.environment["ABLATE_SLOW"] != nil
            && FileManager.default.isExecutableFile(atPath: url.path)
    }
}

/// The program itself, killed at random moments.
@Suite("Survival", .tags(.slow), .serialized, .enabled(if: Program.isTested))
struct SurvivalTests {
    static let manifest = """
        schema = 1
        name = "tiny"
        [base]
        data = "shapes?train=32&val=8"
        epochs = 3
        imgsz = 64
        batch = 8
        mosaic = 0
        [matrix]
        backbone = ["v1", "v2"]
        """

    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try Self.manifest.write(
            to: folder.url.appendingPathComponent("tiny.toml"), atomically: true, encoding: .utf8)
    }

    func launch(_ results: String) throws -> Process {
        let process = Process()
        process.executableURL = Program.url
        process.arguments = ["run", "tiny.toml", "-j", "2", "--results", results]
        process.currentDirectoryURL = folder.url
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        return process
    }

    /// Hashes of weights and metrics of each finished attempt, by the trial's name.
    func outcome(_ results: String) throws -> [String: [[String]]] {
        let sweep = folder.url.appendingPathComponent(results).appendingPathComponent("tiny")
        var outcome: [String: [[String]]] = [:]
        for url in try FileManager.default.contentsOfDirectory(at: sweep, includingPropertiesForKeys: nil)
        where FileManager.default.fileExists(atPath: url.appendingPathComponent("trial.json").path) {
            let trial = try TrialDirectory(opening: url)
            for attempt in try trial.attempts() {
                guard let record = try attempt.done() else { continue }
                try attempt.verify(record)
                outcome[trial.identity.readableName, default: []].append(
                    record.weightHashes.sorted { $0.key < $1.key }.map(\.value) + [record.metricsHash])
            }
        }
        return outcome
    }

    func ownedTrials(_ results: String) throws -> Int {
        let sweep = folder.url.appendingPathComponent(results).appendingPathComponent("tiny")
        let urls = (try? FileManager.default.contentsOfDirectory(at: sweep, includingPropertiesForKeys: nil)) ?? []
        return urls.count { OwnerLock.isHeld($0.appendingPathComponent("lock")) }
    }

    @Test("kill -9 of the scheduler at random times: no orphans, nothing lost, nothing twice, the same bits")
    func killed() throws {
        let undisturbed = try launch("undisturbed")
        undisturbed.waitUntilExit()
        #expect(undisturbed.terminationStatus == 0)
        let reference = try outcome("undisturbed")
        #expect(reference.count == 2)
        #expect(reference.values.allSatisfy { $0.count == 1 })

        var random = Shuffler(state: 20_240_607)
        for _ in 0..<4 {
            let process = try launch("killed")
            Thread.sleep(forTimeInterval: 0.3 + Double(random.next() % 3000) / 1000)
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
            Thread.sleep(forTimeInterval: 0.5)
            #expect(try ownedTrials("killed") == 0)
        }
        let last = try launch("killed")
        last.waitUntilExit()
        #expect(last.terminationStatus == 0)
        #expect(try outcome("killed") == reference)
    }

    @Test("Ctrl-C once: a checkpoint, 75, and the same bits in the end")
    func interrupted() throws {
        let process = try launch("interrupted")
        Thread.sleep(forTimeInterval: 2)
        kill(process.processIdentifier, SIGINT)
        process.waitUntilExit()
        #expect([0, 75].contains(process.terminationStatus))
        #expect(try ownedTrials("interrupted") == 0)
        let second = try launch("interrupted")
        second.waitUntilExit()
        #expect(second.terminationStatus == 0)
        let third = try launch("undisturbed")
        third.waitUntilExit()
        #expect(try outcome("interrupted") == outcome("undisturbed"))
    }
}
