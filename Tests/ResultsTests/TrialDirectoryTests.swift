import Foundation
import Results
import Testing

@Suite("A trial's folder")
struct TrialDirectoryTests {
    @Test("Names are readable and end with the ID's first ten digits")
    func names() {
        let identity = TrialIdentity(id: digits("x"), cellID: digits("y"), seed: 3, readableName: "v2 dfc=both/n s3")
        #expect(identity.directoryName == "v2-dfc=both-n-s3-\(digits("x").prefix(10))")
        #expect(TrialIdentity(id: digits("x"), cellID: "", seed: 0, readableName: "").directoryName.count == 10)
    }

    @Test("A folder is created once, found again, and refused to another trial")
    func creation() throws {
        try inTemporaryFolder { folder in
            let description = sampleDescription()
            let trial = try TrialDirectory.create(description, in: folder)
            #expect(try TrialDirectory.create(description, in: folder) == trial)
            #expect(try TrialDirectory.find(description.identity.id, in: folder) == trial)
            #expect(try TrialDirectory.find(digits("other"), in: folder) == nil)

            var collision = description
            collision.configuration["epochs"] = "4"
            let error = #expect(throws: StoreError.self) { try TrialDirectory.create(collision, in: folder) }
            #expect(error?.advice == "epochs is 3 there and 4 here.")
            #expect(error?.path == trial.url.path)
        }
    }

    @Test("States follow the files and the lock")
    func states() throws {
        try inTemporaryFolder { folder in
            let trial = try TrialDirectory.create(sampleDescription(), in: folder)
            #expect(try trial.state() == .pending)
            let first = try trial.makeAttempt()
            #expect(try trial.state() == .interrupted)
            try expectRunningWhileLocked(trial)
            #expect(try trial.state() == .interrupted)
            #expect(
                OwnerLock.owner(trial.lockURL)?.hasPrefix("process \(ProcessInfo.processInfo.processIdentifier)")
                    == true)
            try first.finish(sampleRecord(first, status: .failed))
            #expect(try trial.state() == .failed)
            #expect(try trial.finished() == nil)
            let second = try trial.makeAttempt()
            #expect(second.number == 2)
            #expect(try trial.state() == .interrupted)
            try second.finish(sampleRecord(second, status: .diverged))
            #expect(try trial.state() == .diverged)
            #expect(try trial.finished()?.attempt == second)
        }
    }

    private func expectRunningWhileLocked(_ trial: TrialDirectory) throws {
        guard let lock = try trial.takeLock() else {
            Issue.record("the lock is held")
            return
        }
        #expect(try trial.state() == .running)
        if let other = try trial.takeLock() {
            Issue.record("the lock was taken twice")
            _ = consume other
        }
        _ = consume lock
    }

    private static let python = ["/usr/bin/python3", ProcessInfo.processInfo.environment["ABLATE_PYTHON"] ?? ""]
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    @Test("A lock ends with its process, even a killed one", .enabled(if: python != nil, "no Python"))
    func killedOwner() throws {
        try inTemporaryFolder { folder in
            let url = folder.appendingPathComponent("lock")
            #expect(!OwnerLock.isHeld(url))
            // struct flock of 64-bit Linux: type, whence, start, length, process.
            let script = """
                import fcntl, struct, sys, time
                file = open(sys.argv[1], 'w')
                fcntl.fcntl(file, 37, struct.pack('hhqqi4x', fcntl.F_WRLCK, 0, 0, 0, 0))
                print('locked', flush=True)
                time.sleep(60)
                """
            let owner = Process()
            owner.executableURL = URL(fileURLWithPath: try #require(Self.python))
            owner.arguments = ["-c", script, url.path]
            let output = Pipe()
            owner.standardOutput = output
            try owner.run()
            defer { kill(owner.processIdentifier, SIGKILL) }
            #expect(String(decoding: output.fileHandleForReading.availableData, as: UTF8.self).hasPrefix("locked"))
            #expect(OwnerLock.isHeld(url))
            kill(owner.processIdentifier, SIGKILL)
            owner.waitUntilExit()
            #expect(!OwnerLock.isHeld(url))
        }
    }

    @Test("An attempt that was taken over can write nothing more")
    func superseded() throws {
        try inTemporaryFolder { folder in
            let trial = try TrialDirectory.create(sampleDescription(), in: folder)
            let first = try trial.makeAttempt()
            try first.publish(Data("a".utf8), as: "weights/state.h5")
            let second = try trial.makeAttempt()
            let error = #expect(throws: StoreError.self) { try first.publish(Data("b".utf8), as: "weights/state.h5") }
            #expect(error?.cause == "attempt 2 has taken over")
            #expect(throws: StoreError.self) { try first.finish(sampleRecord(first)) }
            #expect(try trial.newest("weights/state.h5")?.attempt == first)
            try second.publish(Data("c".utf8), as: "weights/state.h5")
            #expect(try trial.newest("weights/state.h5")?.attempt == second)
            #expect(try trial.newest("weights/none.h5") == nil)
        }
    }

    @Test("The record says which bytes were measured")
    func hashes() throws {
        try inTemporaryFolder { folder in
            let attempt = try leaveTrial(sampleDescription(), in: folder)
            let record = try #require(try attempt.done())
            // sha256 of the seven bytes "weights".
            #expect(
                record.weightHashes == [
                    "weights/last.h5": "9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c"
                ])
            try attempt.verify(record)
            try Data("weightz".utf8).write(to: attempt.lastWeightsURL)
            let error = #expect(throws: StoreError.self) { try attempt.verify(record) }
            #expect(error?.path == attempt.lastWeightsURL.path)
        }
    }

    @Test("A damaged record is an error with file and advice", arguments: damages)
    func damagedRecord(kind: String) throws {
        try inTemporaryFolder { folder in
            let attempt = try leaveTrial(sampleDescription(), in: folder)
            try damage(Data(contentsOf: attempt.doneURL), kind).write(to: attempt.doneURL)
            let error = #expect(throws: StoreError.self) { try attempt.done() }
            #expect(error?.path == attempt.doneURL.path)
            #expect(error?.advice.contains("ablate reindex") == true)
            #expect(throws: StoreError.self) { try attempt.trial.state() }
        }
    }

    @Test("A damaged description is an error with file and advice", arguments: damages)
    func damagedDescription(kind: String) throws {
        try inTemporaryFolder { folder in
            let description = sampleDescription()
            let trial = try TrialDirectory.create(description, in: folder)
            let file = trial.url.appendingPathComponent("trial.json")
            try damage(Data(contentsOf: file), kind).write(to: file)
            for attempt in [
                { _ = try TrialDirectory(opening: trial.url) },
                { _ = try TrialDirectory.create(description, in: folder) },
                { _ = try TrialDirectory.find(description.identity.id, in: folder) },
            ] as [() throws -> Void] {
                let error = #expect(throws: StoreError.self) { try attempt() }
                #expect(error?.path == file.path)
                #expect(error?.advice.isEmpty == false)
            }
        }
    }

    @Test("A record cut off anywhere is an error, or whole")
    func truncatedRecord() throws {
        try inTemporaryFolder { folder in
            let attempt = try leaveTrial(sampleDescription(), in: folder)
            let record = try #require(try attempt.done())
            let whole = try Data(contentsOf: attempt.doneURL)
            for length in 0..<whole.count {
                if let read = try? DoneRecord(decoding: whole.prefix(length)) {
                    #expect(try read.encoded() == record.encoded(), "after \(length) bytes")
                }
            }
        }
    }

    @Test("A record in another trial's folder is refused")
    func foreignRecord() throws {
        try inTemporaryFolder { folder in
            let one = try leaveTrial(sampleDescription("v1"), in: folder)
            let other = try leaveTrial(sampleDescription("v2"), in: folder)
            try Data(contentsOf: one.doneURL).write(to: other.doneURL)
            #expect(throws: StoreError.self) { try other.done() }
        }
    }

    @Test("The environment of this machine")
    func environment() throws {
        try inTemporaryFolder { folder in
            let attempt = try TrialDirectory.create(sampleDescription(), in: folder).makeAttempt()
            let environment = TrialEnvironment.current(threads: 2, details: ["kernels": "AVX2"])
            #expect(!environment.processor.isEmpty && environment.memoryBytes > 0)
            #expect(environment.hardware.hasSuffix("2 threads"))
            #expect(try attempt.environment() == nil)
            try attempt.publish(environment.encoded(), as: "env.json")
            #expect(try attempt.environment() == environment)
        }
    }
}
