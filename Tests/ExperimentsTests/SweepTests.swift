import Experiments
import Foundation
import Results
import Testing
import Training

@Suite("A sweep")
struct SweepTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    func run(
        _ text: String = small, words: [String] = [], executor: InlineExecutor = InlineExecutor(),
        options: Sweep.Options = Sweep.Options()
    ) throws -> (end: SweepEnd, trained: [String]) {
        var trained: [String] = []
        let sweep = Sweep(
            plan: try plan(text, words: words), results: folder.url, executor: executor, options: options)
        let end = try sweep.run { event in
            if case .execution(.launched(let job, _)) = event { trained.append(job.trial.label) }
        }
        return (end, trained)
    }

    @Test("trains seed by seed, and what is finished never again")
    func converges() throws {
        let first = try run()
        #expect(first.trained == ["v1 seed 0", "v2 seed 0", "v1 seed 1", "v2 seed 1"])
        #expect(first.end.status == 0)
        #expect(first.end.standing.count(.done) == 4)
        #expect(try run().trained.isEmpty)
    }

    @Test("an edited manifest trains only what is new, also under another name")
    func edited() throws {
        _ = try run()
        #expect(
            try run(small.replacingOccurrences(of: "[0, 1]", with: "[1, 2]")).trained == ["v1 seed 2", "v2 seed 2"])
        let other = small.replacingOccurrences(of: "\"small\"", with: "\"other\"")
            .replacingOccurrences(of: "[\"v1\", \"v2\"]", with: "[\"v1\", \"v2\", \"baseline\"]")
        let run = try run(other)
        #expect(run.trained == ["baseline seed 0", "baseline seed 1"])
        #expect(run.end.standing.count(.done) == 6)
    }

    @Test("an interrupted sweep goes on, and a resumed trial repeats nothing")
    func interrupted() throws {
        let first = try run(executor: InlineExecutor(limit: 1))
        #expect(first.end.status == 75)
        #expect(first.end.standing.count(.done) == 1)
        let stopping = InlineExecutor(behaviour: { $0 == "v2 seed 0" ? .stops(afterEpochs: 2) : .finishes })
        let second = try run(executor: stopping)
        #expect(second.trained == ["v2 seed 0", "v1 seed 1", "v2 seed 1"])
        #expect(second.end.status == 75)
        #expect(second.end.standing.count(.interrupted) == 1)
        let third = try run()
        #expect(third.trained == ["v2 seed 0"])
        #expect(third.end.status == 0)
    }

    @Test("a failed trial ends with 1, is left alone, and is trained again on request")
    func failed() throws {
        let failing = InlineExecutor(behaviour: { $0 == "v2 seed 0" ? .fails : .finishes })
        let first = try run(executor: failing)
        #expect(first.end.status == 1)
        #expect(first.end.standing.count(.failed) == 1)
        let store = try ResultStore(folder.url, .reading)
        let records = try store.records(of: try plan(small).stored)
        #expect(records.first { $0.state == .failed }?.record?.message == "the disk is on fire")
        #expect(try run().trained.isEmpty)
        var options = Sweep.Options()
        options.retriesFailed = true
        let again = try run(options: options)
        #expect(again.trained == ["v2 seed 0"])
        #expect(again.end.status == 0)
    }

    @Test("a divergence is a result: the sweep ends well")
    func diverged() throws {
        let result = try run(executor: InlineExecutor(behaviour: { $0.hasPrefix("v2") ? .diverges : .finishes }))
        #expect(result.end.status == 0)
        #expect(result.end.standing.count(.diverged) == 2)
        #expect(try run().trained.isEmpty)
    }

    @Test("fail-fast stops at the first failure")
    func failFast() throws {
        var options = Sweep.Options()
        options.failsFast = true
        let result = try run(executor: InlineExecutor(behaviour: { _ in .fails }), options: options)
        #expect(result.trained == ["v1 seed 0"])
        #expect(result.end.status == 75)
    }

    @Test("a second scheduler is told who has the folder")
    func twoSchedulers() throws {
        var error: (any Error)?
        let sweep = Sweep(plan: try plan(small), results: folder.url, executor: InlineExecutor(limit: 1))
        _ = try sweep.run { event in
            guard case .execution(.launched) = event else { return }
            do {
                _ = try Sweep(plan: try plan(small), results: folder.url, executor: InlineExecutor()).run { _ in }
            } catch let other {
                error = other
            }
        }
        let busy = try #require(error as? SchedulerBusy)
        #expect(busy.owner.hasPrefix("process \(getpid()) on "))
    }

    @Test("narrowed runs fill the same folders as the whole")
    func narrowed() throws {
        #expect(try run(words: ["backbone=v2", "seeds=1"]).trained == ["v2 seed 1"])
        #expect(try run().trained == ["v1 seed 0", "v2 seed 0", "v1 seed 1"])
    }

    @Test("the database can be lost")
    func lostDatabase() throws {
        _ = try run(executor: InlineExecutor(limit: 3))
        for suffix in ["", "-wal", "-shm"] {
            try? FileManager.default.removeItem(atPath: ResultStore.databaseURL(in: folder.url).path + suffix)
        }
        #expect(try run().trained == ["v2 seed 1"])
    }

    /// From the manifest's text to the end, as `ablate run` does it.
    @Test("a finished sweep of 75 trials is known to be finished within half a second")
    func finished() throws {
        let text = ghost.replacingOccurrences(of: "\"shapes\"", with: "\"shapes?train=24&val=8&size=64\"")
        func converge(_ executor: InlineExecutor) throws -> SweepEnd {
            let manifest = try Manifest(
                text: text, path: "sweeps/test.toml", directory: "/manifests", words: [], workingDirectory: "/working")
            let plan = try Plan(manifest, network: NetworkBuilder(), data: DatasetOpener())
            return try Sweep(plan: plan, results: folder.url, executor: executor).run { _ in }
        }
        let first = try converge(InlineExecutor())
        #expect(first.status == 0 && first.standing.count(.done) >= 60)
        // Of the processor and the quickest of some: others may be at work.
        var quickest = Double.infinity
        for _ in 0..<5 {
            let begin = clock()
            let again = try converge(InlineExecutor(behaviour: { _ in .fails }))
            quickest = min(quickest, Double(clock() - begin) / Double(CLOCKS_PER_SEC))
            #expect(again.status == 0)
        }
        #expect(quickest < 0.5, "seconds")
    }

    @Test("a folder that cannot be made is an error with its path")
    func unwritable() throws {
        let file = folder.url.appendingPathComponent("file")
        try Data().write(to: file)
        let sweep = Sweep(
            plan: try plan(small), results: file.appendingPathComponent("results"), executor: InlineExecutor())
        let error = #expect(throws: StoreError.self) { try sweep.run { _ in } }
        #expect(error?.path.hasSuffix("file/results") == true)
    }
}

@Suite("Progress")
struct ProgressTests {
    @Test("plain lines tell what happened, bars how far it is")
    func printed() throws {
        let folder = try TemporaryFolder()
        let plan = try plan(small)
        var time = 0.0
        for isTerminal in [false, true] {
            var text = ""
            let printer = ProgressPrinter(plan, isTerminal: isTerminal, clock: { time }, write: { text += $0 })
            let results = folder.url.appendingPathComponent("\(isTerminal)")
            let executor = InlineExecutor(behaviour: { $0 == "v2 seed 1" ? .fails : .finishes })
            _ = try Sweep(plan: plan, results: results, executor: executor).run { event in
                time += 1
                printer.receive(event)
            }
            printer.finish()
            #expect(text.contains("4 trials: 0 finished already, 4 to train\n"))
            #expect(text.contains("done v1 seed 0 ("))
            #expect(text.contains("FAILED v2 seed 1 ("))
            #expect(text.contains("the disk is on fire"))
            #expect(text.contains("start v1 seed 0\n") != isTerminal)
            #expect(text.contains("\u{1B}[") == isTerminal)
            #expect(text.contains("v1 seed 0: epoch 3/3, mAP50-95 0.1000\n") != isTerminal)
            if isTerminal {
                #expect(text.contains("[#############-------] v1 seed 0  epoch 3/3  loss 0.500"))
                #expect(text.contains("[#####---------------] 1/4 trials"))
            }
        }
    }

    @Test(
        "durations are short",
        arguments: [(0.4, "0.4 s"), (42, "42 s"), (185, "3 min 05 s"), (7620, "2 h 07 min"), (-1, "-1.0 s")])
    func durations(_ seconds: Double, _ text: String) {
        #expect(SweepProgress.duration(max(0, seconds)) == (seconds < 0 ? "0.0 s" : text))
    }
}
