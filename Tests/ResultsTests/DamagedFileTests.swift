import Foundation
import Results
import Testing

extension Tag {
    /// Takes more than ten seconds; runs when ABLATE_SLOW is set.
    @Tag static var slow: Self
}

/// Every file of the store, cut off at each byte of its end and with zeros in place of each end: what is read of it
/// afterwards is what was written, or an error that names the file.
@Suite("Damaged files")
struct DamagedFileTests {
    /// How a report sees the sample sweep: state and metric of each trial.
    private struct View: Equatable {
        var states: [TrialState]
        var metrics: [Double?]
        var epochs: [Int?]

        init(_ records: [TrialRecord]) {
            states = records.map(\.state)
            metrics = records.map { $0.record?.metrics["mAP50-95"] }
            epochs = records.map { $0.record?.epochs }
        }
    }

    /// Each byte when slow tests run, a part of them otherwise.
    private static let isThorough = ProcessInfo.processInfo.environment["ABLATE_SLOW"] != nil

    private func makeSweep(in root: URL, records: Bool = true) throws -> AttemptDirectory {
        let store = try ResultStore(root, .writing)
        try store.save(samplePlan())
        let sweep = store.sweepURL("ghost")
        let attempt = try leaveTrial(sampleDescription("v1", seed: 0), in: sweep, mAP: 0.25)
        try leaveTrial(sampleDescription("v2", seed: 0), in: sweep, mAP: 0.5)
        try leaveTrial(sampleDescription("v1", seed: 1), in: sweep, status: .diverged)
        if records {
            for trial in samplePlan().trials {
                let directory = try store.directory(of: trial.trialID, preferring: "ghost")
                if let attempt = try directory?.finished()?.attempt { try store.record(attempt) }
            }
        }
        return attempt
    }

    private func view(_ root: URL) throws -> View {
        let store = try ResultStore(root, .reading)
        guard let plan = try store.lastPlan() else { throw StoreError(path: root.path, attempt: "", cause: "no plan") }
        return View(try store.records(of: plan))
    }

    /// Cuts and zero-fills the last `length` bytes of a file in all ways, one after another.
    private func damages(_ file: URL, last length: Int, step: Int = 1, _ check: (String) throws -> Void) throws {
        let whole = try Data(contentsOf: file)
        for count in stride(from: 1, through: min(length, whole.count), by: step) {
            try whole.dropLast(count).write(to: file)
            try check("\(file.lastPathComponent) without its last \(count) bytes")
            try (whole.dropLast(count) + Data(count: count)).write(to: file)
            try check("\(file.lastPathComponent) with \(count) zeros at its end")
        }
        try whole.write(to: file)
    }

    /// Whether the body gives what is expected or an error of the store; anything else is an issue.
    private func expectTruth<Value: Equatable>(_ truth: Value, _ what: String, _ body: () throws -> Value) {
        do {
            let value = try body()
            #expect(value == truth, "\(what)")
        } catch let error as StoreError {
            #expect(!error.path.isEmpty && !error.cause.isEmpty, "\(what)")
        } catch {
            Issue.record("\(what): \(error)")
        }
    }

    @Test("done.json: recovered or refused")
    func record() throws {
        try inTemporaryFolder { root in
            let attempt = try makeSweep(in: root, records: false)
            let truth = try view(root)
            #expect(truth.metrics == [0.25, 0.5, nil, nil])
            let size = try Data(contentsOf: attempt.doneURL).count
            try damages(attempt.doneURL, last: size, step: Self.isThorough ? 1 : 23) { what in
                expectTruth(truth, what) { try view(root) }
            }
            #expect(try view(root) == truth)
        }
    }

    @Test("trial.json: recovered or refused")
    func description() throws {
        try inTemporaryFolder { root in
            let attempt = try makeSweep(in: root)
            let truth = try view(root)
            let file = attempt.trial.url.appendingPathComponent("trial.json")
            try damages(file, last: try Data(contentsOf: file).count, step: Self.isThorough ? 1 : 23) { what in
                expectTruth(truth, what) { try view(root) }
            }
        }
    }

    @Test("results.csv of a finished attempt: as many epochs as were trained, or refused")
    func epochs() throws {
        try inTemporaryFolder { root in
            let attempt = try makeSweep(in: root, records: false)
            let truth = (1...3).map { sampleEpoch($0) }
            try damages(attempt.epochsURL, last: 400, step: Self.isThorough ? 1 : 23) { what in
                try FileManager.default.removeItem(at: ResultStore.databaseURL(in: root))
                expectTruth(truth, what) {
                    let (store, inventory) = try ResultStore.reindex(root)
                    if let problem = inventory.problems.first { throw problem }
                    return try store.epochs(of: attempt.trial.identity.id, attempt: 1)
                }
            }
        }
    }

    @Test("metrics.h5: the same numbers, or refused")
    func metrics() throws {
        try inTemporaryFolder { root in
            let trial = try TrialDirectory.create(sampleDescription(), in: root)
            let attempt = try trial.makeAttempt()
            let metrics = TrialMetrics(
                metrics: ["mAP50-95": 0.25], classNames: ["circle"], classMetrics: ["AP": [0.5]],
                epochs: (1...3).map { sampleEpoch($0) })
            try attempt.publish(metrics)
            try attempt.finish(sampleRecord(attempt))
            let truth = try attempt.metrics().metrics
            try damages(attempt.metricsURL, last: 400, step: Self.isThorough ? 1 : 7) { what in
                expectTruth(truth, what) { try attempt.metrics().metrics }
                // Also without the hash that done.json has of the file: the file's own checksum is enough.
                if let read = try? TrialMetrics(reading: attempt.metricsURL) {
                    #expect(read.metrics == truth, "\(what)")
                    #expect(read.epochs.map(\.mAP50) == metrics.epochs.map(\.mAP50), "\(what)")
                }
            }
        }
    }

    @Test("A plan's file: the same plan, or refused")
    func plan() throws {
        try inTemporaryFolder { root in
            _ = try makeSweep(in: root)
            let folder = root.appendingPathComponent("ghost/plans")
            let file = folder.appendingPathComponent(
                try #require(try FileManager.default.contentsOfDirectory(atPath: folder.path).first))
            try damages(file, last: try Data(contentsOf: file).count, step: Self.isThorough ? 1 : 171) { what in
                expectTruth(samplePlan(), what) {
                    let (store, inventory) = try ResultStore.reindex(root)
                    if let problem = inventory.problems.first { throw problem }
                    return try #require(try store.lastPlan())
                }
            }
        }
    }

    @Test("What an attempt says of its machine and its beginning: recovered or refused")
    func environment() throws {
        try inTemporaryFolder { root in
            let attempt = try leaveTrial(sampleDescription(), in: root)
            let start = StartingWeights(
                file: "a.h5", digest: "0", tensors: 1, tensorCount: 2, parameters: 3, parameterCount: 4, summary: "1")
            try attempt.publish(start)
            let environment = try attempt.environment()
            for file in [attempt.environmentURL, attempt.startURL] {
                try damages(file, last: try Data(contentsOf: file).count, step: Self.isThorough ? 1 : 7) { what in
                    expectTruth(environment, what) { try attempt.environment() }
                    expectTruth(start, what) { try attempt.start() }
                }
            }
        }
    }

    @Test("The lock's content is for people: states do not depend on it")
    func lock() throws {
        try inTemporaryFolder { root in
            let attempt = try makeSweep(in: root)
            _ = try attempt.trial.whileLocked {}
            let truth = try view(root)
            let size = try Data(contentsOf: attempt.trial.lockURL).count
            #expect(size > 10)
            try damages(attempt.trial.lockURL, last: size) { what in
                let found = try view(root)
                #expect(found == truth, "\(what)")
            }
        }
    }

    @Test("The database: the same numbers, or refused")
    func database() throws {
        try inTemporaryFolder { root in
            _ = try makeSweep(in: root)
            let truth = try view(root)
            let file = ResultStore.databaseURL(in: root)
            let size = try Data(contentsOf: file).count
            // Every page is the last one in its turn: all of them hold rows.
            func check(_ what: String) {
                expectTruth(truth, what) { try view(root) }
                for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: file.path + suffix) }
            }
            try damages(file, last: size, step: Self.isThorough ? 61 : 463, check)
            if Self.isThorough { try damages(file, last: 4096, check) }
            #expect(try view(root) == truth)
        }
    }

    @Test("Single bytes of the database overwritten: the same numbers, or refused")
    func databaseBytes() throws {
        try inTemporaryFolder { root in
            _ = try makeSweep(in: root)
            let truth = try view(root)
            let file = ResultStore.databaseURL(in: root)
            let whole = try Data(contentsOf: file)
            for offset in stride(from: 0, to: whole.count, by: Self.isThorough ? 11 : 397) {
                var data = whole
                data[offset] = data[offset] == 0 ? 0x41 : 0
                try data.write(to: file)
                expectTruth(truth, "byte \(offset)") { try view(root) }
                for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: file.path + suffix) }
            }
        }
    }

    @Test("The database's log, cut off or zero-filled after a crash: the same numbers, or refused")
    func writeAheadLog() throws {
        try inTemporaryFolder { folder in
            let root = folder.appendingPathComponent("results")
            let store = try ResultStore(root, .writing)
            try store.save(samplePlan())
            let attempt = try leaveTrial(sampleDescription("v1", seed: 0), in: store.sweepURL("ghost"), mAP: 0.25)
            try store.record(attempt)
            let truth = try View(store.records(of: samplePlan()))
            // What a machine that lost its power has: the log is not in the database yet.
            let copy = folder.appendingPathComponent("copy")
            try FileManager.default.copyItem(at: root, to: copy)
            let file = ResultStore.databaseURL(in: copy)
            let log = try Data(contentsOf: URL(fileURLWithPath: file.path + "-wal"))
            let database = try Data(contentsOf: file)
            #expect(log.count > 4096)
            for count in stride(from: 1, through: min(log.count, 4120), by: Self.isThorough ? 1 : 103) {
                for damaged in [log.dropLast(count), log.dropLast(count) + Data(count: count)] {
                    try database.write(to: file)
                    try damaged.write(to: URL(fileURLWithPath: file.path + "-wal"))
                    try? FileManager.default.removeItem(atPath: file.path + "-shm")
                    expectTruth(truth, "the log without its last \(count) bytes") {
                        let store = try ResultStore(copy, .writing)
                        return View(try store.records(of: samplePlan()))
                    }
                }
            }
        }
    }
}
