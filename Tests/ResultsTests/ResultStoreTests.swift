import Foundation
import Results
import Testing

@Suite("The database")
struct ResultStoreTests {
    @Test("Plans are kept, the last one is found")
    func plans() throws {
        try inTemporaryFolder { root in
            let store = try ResultStore(root, .writing)
            #expect(try store.lastPlan() == nil)
            var plan = samplePlan()
            try store.save(plan)
            #expect(try store.lastPlan() == plan)
            plan.sweep = "other"
            plan.createdAt += 60
            try store.save(plan)
            #expect(try store.lastPlan() == plan)
            #expect(try store.lastPlan(of: "ghost") == samplePlan())
            #expect(try store.lastPlan(of: "nope") == nil)
            #expect(try store.lastPlan(ofManifest: "./sweeps/../sweeps/ghost.toml") == plan)
            #expect(try store.lastPlan(ofManifest: "ghost.toml") == nil)
            #expect(try store.sweeps() == ["ghost", "other"])
            #expect(try ResultStore(root, .reading).lastPlan() == plan)
        }
    }

    @Test("Records come back whole, and noting twice changes nothing")
    func records() throws {
        try inTemporaryFolder { root in
            let store = try ResultStore(root, .writing)
            let plan = samplePlan()
            let attempt = try leaveTrial(sampleDescription("v2", seed: 0), in: store.sweepURL("ghost"))
            try store.record(attempt)
            try store.record(attempt)
            let records = try ResultStore(root, .reading).records(of: plan)
            #expect(records.map(\.trial) == plan.trials)
            #expect(records.map(\.state) == [.pending, .done, .pending, .pending])
            let found = try #require(records[1].record)
            #expect(try found.encoded() == attempt.done()?.encoded())
            #expect(found.metrics["odd"]?.isNaN == true)
            #expect(records[1].environment?.processor == "Processor")
            #expect(records[1].directory == attempt.trial)
            #expect(try store.epochs(of: attempt.trial.identity.id, attempt: 1) == attempt.epochs())
        }
    }

    @Test("What the scheduler did not live to note is found in the folders")
    func unrecorded() throws {
        try inTemporaryFolder { root in
            let store = try ResultStore(root, .writing)
            let sweep = store.sweepURL("ghost")
            try leaveTrial(sampleDescription("v2", seed: 0), in: sweep, mAP: 0.5)
            try leaveTrial(sampleDescription("v1", seed: 0), in: store.sweepURL("another"), mAP: 0.75)
            try leaveTrial(sampleDescription("v1", seed: 1), in: sweep, status: nil)
            try leaveTrial(sampleDescription("v2", seed: 1), in: sweep, status: .diverged)
            let records = try store.records(of: samplePlan())
            #expect(records.map(\.state) == [.done, .done, .interrupted, .diverged])
            #expect(records.map { $0.record?.metrics["mAP50-95"] } == [0.75, 0.5, nil, nil])
            #expect(records[3].record?.message == "epoch 2, step 7: loss is nan")
            #expect(try records[2].currentEpochs().count == 3)
        }
    }

    @Test("A failed attempt hides no finished one, and a newer result hides an older one")
    func severalAttempts() throws {
        try inTemporaryFolder { root in
            let store = try ResultStore(root, .writing)
            let sweep = store.sweepURL("ghost")
            let description = sampleDescription("v1", seed: 0)
            let trial = samplePlan().trials[0]
            try store.record(try leaveTrial(description, in: sweep, status: .failed))
            #expect(try store.record(of: trial, in: "ghost").state == .failed)
            #expect(try store.record(of: trial, in: "ghost").record?.status == .failed)
            try store.record(try leaveTrial(description, in: sweep, mAP: 0.1))
            #expect(try store.record(of: trial, in: "ghost").record?.metrics["mAP50-95"] == 0.1)
            try store.record(try leaveTrial(description, in: sweep, status: .failed))
            let record = try store.record(of: trial, in: "ghost")
            #expect(record.state == .failed && record.attempts == 3)
            #expect(record.record?.metrics["mAP50-95"] == 0.1)
            try leaveTrial(description, in: sweep, mAP: 0.2)
            #expect(try store.record(of: trial, in: "ghost").record?.metrics["mAP50-95"] == 0.2)
        }
    }

    @Test("The folder decides: a removed attempt is not done")
    func removedAttempt() throws {
        try inTemporaryFolder { root in
            let store = try ResultStore(root, .writing)
            let attempt = try leaveTrial(sampleDescription("v1", seed: 0), in: store.sweepURL("ghost"))
            try store.record(attempt)
            let trial = samplePlan().trials[0]
            #expect(try store.record(of: trial, in: "ghost").state == .done)
            try FileManager.default.removeItem(at: attempt.url)
            #expect(try store.record(of: trial, in: "ghost").state == .pending)
            try FileManager.default.removeItem(at: attempt.trial.url)
            // The whole folder was moved away, such as to an archive: the database still knows the numbers.
            #expect(try store.record(of: trial, in: "ghost").state == .done)
        }
    }

    @Test("Reindexing gives the same answers as noting one by one")
    func reindex() throws {
        try inTemporaryFolder { root in
            let store = try ResultStore(root, .writing)
            let plan = samplePlan()
            try store.save(plan)
            for arm in ["v1", "v2"] {
                try store.record(try leaveTrial(sampleDescription(arm, seed: 0), in: store.sweepURL("ghost")))
            }
            let before = try store.records(of: plan)
            try FileManager.default.removeItem(at: ResultStore.databaseURL(in: root))
            let (rebuilt, inventory) = try ResultStore.reindex(root)
            #expect(inventory.plans == 1 && inventory.trials == 2 && inventory.attempts == 2)
            #expect(inventory.problems.isEmpty && inventory.damagedDatabase == nil)
            #expect(try rebuilt.lastPlan() == plan)
            let after = try rebuilt.records(of: plan)
            #expect(try after.map { try $0.record?.encoded() } == before.map { try $0.record?.encoded() })
            #expect(after.map(\.environment) == before.map(\.environment))
            #expect(try rebuilt.epochs(of: plan.trials[0].trialID, attempt: 1).count == 3)
            let again = try ResultStore.reindex(root)
            #expect(again.inventory == inventory)
        }
    }

    @Test("A lost database is rebuilt by the scheduler, a missing one is an error to a reader")
    func missing() throws {
        try inTemporaryFolder { root in
            let error = #expect(throws: StoreError.self) { _ = try ResultStore(root, .reading) }
            #expect(error?.advice.contains("ablate reindex") == true)
            let plan = samplePlan()
            do {
                let store = try ResultStore(root, .writing)
                try store.save(plan)
            }
            for suffix in ["", "-wal", "-shm"] {
                try? FileManager.default.removeItem(atPath: ResultStore.databaseURL(in: root).path + suffix)
            }
            #expect(try ResultStore(root, .writing).lastPlan() == plan)
        }
    }

    @Test("A database that was lost without its log is not mixed with it, and one begun by a killed process is ignored")
    func begun() throws {
        try inTemporaryFolder { root in
            let url = ResultStore.databaseURL(in: root)
            let plan = samplePlan()
            let store = try ResultStore(root, .writing)
            try store.save(plan)
            let log = try Data(contentsOf: URL(fileURLWithPath: url.path + "-wal"))
            #expect(log.count > 4096)
            for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: url.path + suffix) }
            try log.write(to: URL(fileURLWithPath: url.path + "-wal"))
            try Data(count: 512).write(to: URL(fileURLWithPath: url.path + "-journal"))
            try Data().write(to: root.appendingPathComponent(".ablate.sqlite.1-2.tmp"))
            let again = try ResultStore(root, .writing)
            #expect(try again.lastPlan() == plan)
            #expect(try again.sweeps() == ["ghost"])
            let names = try FileManager.default.contentsOfDirectory(atPath: root.path).filter { $0.hasSuffix(".tmp") }
            #expect(names == [".ablate.sqlite.1-2.tmp"])
        }
    }

    @Test("A damaged database is an error, and reindexing heals it", arguments: damages)
    func damaged(kind: String) throws {
        try inTemporaryFolder { root in
            let plan = samplePlan()
            let url = ResultStore.databaseURL(in: root)
            do {
                let store = try ResultStore(root, .writing)
                try store.save(plan)
                try store.record(try leaveTrial(sampleDescription("v1", seed: 0), in: store.sweepURL("ghost")))
            }
            // The last connection is gone: all is in the one file.
            #expect(!FileManager.default.fileExists(atPath: url.path + "-wal"))
            try damage(Data(contentsOf: url), kind).write(to: url)
            for access in [ResultStore.Access.reading, .writing] {
                let error = #expect(throws: StoreError.self) { _ = try ResultStore(root, access) }
                #expect(error?.path == url.path)
                #expect(error?.advice.contains("ablate reindex") == true, "\(String(describing: error))")
            }
            let (store, inventory) = try ResultStore.reindex(root)
            #expect(inventory.damagedDatabase?.lastPathComponent == "ablate.sqlite.damaged-1")
            #expect(try store.lastPlan() == plan)
            #expect(try store.records(of: plan).map(\.state) == [.done, .pending, .pending, .pending])
        }
    }

    @Test("Reindexing lists what it cannot read and keeps the rest")
    func unreadable() throws {
        try inTemporaryFolder { root in
            let store = try ResultStore(root, .writing)
            try store.save(samplePlan())
            let sweep = store.sweepURL("ghost")
            let bad = try leaveTrial(sampleDescription("v1", seed: 0), in: sweep)
            try leaveTrial(sampleDescription("v2", seed: 0), in: sweep)
            try Data("{".utf8).write(to: bad.doneURL)
            try Data("{".utf8).write(to: sweep.appendingPathComponent("plans/20200101-000000-aa.json"))
            try Data("x".utf8).write(to: sweep.appendingPathComponent(".trial.json.1-2.tmp"))
            let inventory = try ResultStore.reindex(root).inventory
            #expect(inventory.plans == 1 && inventory.trials == 2 && inventory.attempts == 1)
            #expect(inventory.problems.count == 2)
            #expect(inventory.problems.contains { $0.path == bad.doneURL.path })
            // A report over the damaged trial is an error, not a number.
            #expect(throws: StoreError.self) { try store.records(of: samplePlan()) }
        }
    }

    /// Every schema that a released version has written, oldest first.
    static let schemas = 1...2

    @Test("A database of a past schema is still read, by readers too", arguments: schemas)
    func pastSchema(_ schema: Int) throws {
        for access in [ResultStore.Access.writing, .reading] {
            try inTemporaryFolder { root in
                let url = ResultStore.databaseURL(in: root)
                try FileManager.default.copyItem(at: golden.appendingPathComponent("schema-\(schema).sqlite"), to: url)
                let store = try ResultStore(root, access)
                #expect(try store.lastPlan() == samplePlan())
                let records = try store.records(of: samplePlan())
                #expect(records.map(\.state) == [.done, .pending, .pending, .pending])
                #expect(records[0].record?.metrics["mAP50-95"] == 0.25)
                #expect(records[0].record?.classMetrics["circle"] == ["AP": 0.5])
                #expect(records[0].record?.cpuSeconds == (schema == 1 ? nil : 3.25))
                #expect(records[0].record?.diagnosis == (schema == 1 ? nil : "Too short."))
                #expect(records[0].record?.start?.tensorCount == (schema == 1 ? nil : 4))
                #expect(records[0].environment?.host == "host")
                #expect(try store.epochs(of: samplePlan().trials[0].trialID, attempt: 1).first == sampleEpoch(1))
            }
        }
    }

    @Test(
        "A database of a later schema is refused",
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/sqlite3"), "no sqlite3"))
    func laterSchema() throws {
        try inTemporaryFolder { root in
            let url = ResultStore.databaseURL(in: root)
            _ = try ResultStore(root, .writing)
            // A migration that this program does not know.
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = ["sqlite3", url.path, "INSERT INTO grdb_migrations VALUES ('3')"]
            try process.run()
            process.waitUntilExit()
            try #require(process.terminationStatus == 0)
            for access in [ResultStore.Access.reading, .writing] {
                let error = #expect(throws: StoreError.self) { _ = try ResultStore(root, access) }
                #expect(error?.cause == "a newer version of this program has written it")
            }
            // It is not put aside as if it was damaged.
            #expect(throws: StoreError.self) { try ResultStore.reindex(root) }
        }
    }

    @Test(
        "Makes the fixture of the newest schema",
        .enabled(if: ProcessInfo.processInfo.environment["ABLATE_RECORD_GOLDEN"] != nil))
    func recordSchema() throws {
        try inTemporaryFolder { root in
            do {
                let store = try ResultStore(root, .writing)
                try store.save(samplePlan())
                try store.record(try leaveTrial(sampleDescription("v1", seed: 0), in: store.sweepURL("ghost")))
            }
            let target = golden.appendingPathComponent("schema-\(Self.schemas.upperBound).sqlite")
            try? FileManager.default.removeItem(at: target)
            try FileManager.default.copyItem(at: ResultStore.databaseURL(in: root), to: target)
        }
    }
}
