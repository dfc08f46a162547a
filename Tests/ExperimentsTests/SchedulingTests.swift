import Experiments
import Foundation
import Results
import Testing
import Training

@Suite("Scheduling")
struct SchedulingTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Networks whose cost follows from the backbone: v2 > v1.
    struct Costs: NetworkInspector {
        func inspect(_ configuration: TrainingConfiguration, data: DataSummary) throws -> NetworkSummary {
            var summary = try StubNetworks().inspect(configuration, data: data)
            summary.gflops = configuration.backbone.name == "v2" ? 3 : 1
            return summary
        }
    }

    private func costlyPlan() throws -> Plan {
        let manifest = try Manifest(
            text: small, path: "sweeps/test.toml", directory: "/manifests", words: [], workingDirectory: "/working")
        return try Plan(manifest, network: Costs(), data: StubData(), createdAt: Date(timeIntervalSince1970: 0))
    }

    private func run(
        _ plan: Plan, _ executor: InlineExecutor = InlineExecutor(), options: Sweep.Options = Sweep.Options()
    ) throws -> (end: SweepEnd, trained: [String]) {
        var trained: [String] = []
        let end = try Sweep(plan: plan, results: folder.url, executor: executor, options: options).run { event in
            if case .execution(.launched(let job, _)) = event { trained.append(job.trial.label) }
        }
        return (end, trained)
    }

    @Test("seed by seed, and inside a seed the longest training first")
    func order() throws {
        #expect(try run(costlyPlan()).trained == ["v2 seed 0", "v1 seed 0", "v2 seed 1", "v1 seed 1"])
    }

    @Test("what another version has trained stays, until it is asked for; then once, and the old result is kept")
    func refresh() throws {
        let plan = try plan(small)
        #expect(try run(plan, InlineExecutor(codeVersion: "old")).end.status == 0)
        #expect(try run(plan, InlineExecutor(codeVersion: "new")).trained.isEmpty)
        var options = Sweep.Options()
        options.refreshesTo = "new"
        // Interrupted in the middle: nothing that was there is lost.
        let first = try run(plan, InlineExecutor(limit: 2, codeVersion: "new"), options: options)
        #expect(first.trained.count == 2)
        #expect(first.end.standing.count(.done) == 4)
        let second = try run(plan, InlineExecutor(codeVersion: "new"), options: options)
        #expect(second.trained == ["v1 seed 1", "v2 seed 1"])
        #expect(try run(plan, InlineExecutor(codeVersion: "new"), options: options).trained.isEmpty)
        let store = try ResultStore(folder.url, .reading)
        for record in try store.records(of: plan.stored) {
            #expect(record.record?.codeVersion == "new")
            #expect(record.attempts == 2)
        }
    }

    @Test("a refresh that stops takes nothing away from the old result, and goes on from its own checkpoint")
    func interruptedRefresh() throws {
        let plan = try plan(small, words: ["seeds=0", "backbone=v1"])
        _ = try run(plan, InlineExecutor(codeVersion: "old"))
        var options = Sweep.Options()
        options.refreshesTo = "new"
        let stopping = InlineExecutor(behaviour: { _ in .stops(afterEpochs: 2) }, codeVersion: "new")
        let stopped = try run(plan, stopping, options: options)
        #expect(stopped.end.standing.count(.done) == 1)
        #expect(try run(plan, InlineExecutor(codeVersion: "new")).trained.isEmpty)
        var epochs = 0
        _ = try Sweep(
            plan: plan, results: folder.url, executor: InlineExecutor(codeVersion: "new"), options: options
        ).run { event in
            if case .execution(.progress(_, .epoch)) = event { epochs += 1 }
        }
        #expect(epochs == 1, "two of three epochs were in the checkpoint")
        let store = try ResultStore(folder.url, .reading)
        #expect(try store.records(of: plan.stored)[0].record?.codeVersion == "new")
    }

    @Test("a trial that two versions of the program have trained is of neither")
    func mixedVersions() throws {
        let plan = try plan(small, words: ["seeds=0", "backbone=v1"])
        _ = try run(plan, InlineExecutor(behaviour: { _ in .stops(afterEpochs: 1) }, codeVersion: "old"))
        _ = try run(plan, InlineExecutor(behaviour: { _ in .stops(afterEpochs: 1) }, codeVersion: "new"))
        _ = try run(plan, InlineExecutor(codeVersion: "new"))
        let records = try ResultStore(folder.url, .reading).records(of: plan.stored)
        let version = try #require(records[0].record?.codeVersion)
        #expect(version.hasPrefix("mixed-"))
        let reasons = Staleness.find(plan.stored, records, codeVersion: "new", data: StubData())
        #expect(reasons[plan.trials[0].identity.id] == [.severalPrograms])
    }

    @Test("changed data and code are reasons, each with its words")
    func staleness() throws {
        let plan = try plan(small, words: ["seeds=0"])
        _ = try run(plan, InlineExecutor(codeVersion: "old"))
        let records = try ResultStore(folder.url, .reading).records(of: plan.stored)
        #expect(Staleness.find(plan.stored, records, codeVersion: "old", data: StubData()).isEmpty)
        let found = Staleness.find(
            plan.stored, records, codeVersion: "new", data: StubData(digests: ["shapes": "d2"]))
        #expect(found.count == 2)
        #expect(found.values.allSatisfy { $0.count == 2 && $0.contains(.data("shapes")) })
        let missing = Staleness.find(plan.stored, records, codeVersion: "old", data: StubData(digests: [:]))
        #expect(missing.values.allSatisfy { $0 == [.missingData("shapes", cause: "no such dataset")] })
    }

    @Test("the journal tells what happened, attempt by attempt")
    func journal() throws {
        let plan = try plan(small, words: ["seeds=0", "backbone=v1"])
        _ = try run(plan, InlineExecutor(behaviour: { _ in .stops(afterEpochs: 2) }))
        _ = try run(plan, InlineExecutor(behaviour: { _ in .fails }))
        var options = Sweep.Options()
        options.retriesFailed = true
        _ = try run(plan, options: options)
        let store = try ResultStore(folder.url, .reading)
        let directory = try #require(try store.records(of: plan.stored)[0].directory)
        let journal = try directory.journal.read()
        #expect(journal.damagedLines.isEmpty)
        #expect(
            journal.records.map { "\($0.attempt) \($0.event.rawValue) \($0.epochs)" } == [
                "1 began 0", "1 epoch 1", "1 epoch 2", "1 interrupted 2",
                "2 began 2", "2 crashed 2", "3 began 0", "3 epoch 1", "3 epoch 2", "3 epoch 3", "3 finished 3",
            ])
        #expect(journal.records.first { $0.event == .crashed }?.message == "the disk is on fire")
        let story = try CellHistory(
            plan: plan.stored, records: store.records(of: plan.stored), codeVersion: "", data: StubData())
        let text = try story.explain(["v1"])
        #expect(text.contains("attempt 1 interrupted after 2 epochs: on request"))
        #expect(text.contains("done in attempt 3, mAP50-95 0.5000"))
        #expect(throws: LookupError.self) { try story.explain(["v3"]) }
        #expect(throws: LookupError.self) { try story.explain(["scale=n"]) }
        #expect(throws: LookupError.self) { try story.explain(["backbone=v2", "seed=0"]) }
        #expect(try story.explain(["backbone=v1", "seed=0"]) == text)
        #expect(try story.explain([String(plan.trials[0].identity.id.prefix(8))]) == text)
    }

    @Test("lines of JSON say what happens, number for number")
    func eventStream() throws {
        let plan = try plan(small, words: ["seeds=0"])
        var lines: [[String: Any]] = []
        let stream = EventStream(now: { Date(timeIntervalSince1970: 5) }) { data in
            let value = try? JSONSerialization.jsonObject(with: data) as? [String: Any]
            lines.append(value ?? [:])
            #expect(data.last == UInt8(ascii: "\n") && data.count { $0 == UInt8(ascii: "\n") } == 1)
        }
        let sweep = Sweep(
            plan: plan, results: folder.url,
            executor: InlineExecutor(behaviour: { $0 == "v2 seed 0" ? .fails : .finishes }))
        let end = try sweep.run { stream.receive($0) }
        stream.finish(end)
        let names = lines.compactMap { $0["event"] as? String }.filter { $0 != "step" }
        #expect(
            names == [
                "planned", "launched", "started", "epoch", "epoch", "epoch", "result", "ended", "launched", "started",
                "ended", "finished",
            ])
        #expect(lines.first?["pending"] as? Int == 2)
        #expect(lines.last?["status"] as? Int == 1)
        #expect(lines.last?["failed"] as? Int == 1)
        let epoch = try #require(lines.first { $0["event"] as? String == "epoch" })
        #expect(epoch["metrics/mAP50-95(B)"] as? Double == 0.1)
        #expect(epoch["metrics/mAP50(B)"] is NSNull)
        #expect(epoch["trial"] as? String == plan.trials[0].identity.id)
        let ended = lines.filter { $0["event"] as? String == "ended" }.compactMap { $0["exit"] as? String }
        #expect(ended == ["done", "crashed"])
    }

    @Test("words find trials, or say what is near")
    func lookup() throws {
        let plan = try plan(small, words: ["seeds=0"])
        _ = try run(plan)
        let lookup = try TrialLookup(folder.url)
        #expect(lookup.trials.count == 2)
        let trial = plan.trials[0]
        #expect(try lookup.trial(String(trial.identity.id.prefix(8))).identity == trial.identity)
        #expect(try lookup.trial(trial.identity.directoryName).identity == trial.identity)
        #expect(try lookup.trial("v1").identity == trial.identity)
        let several = #expect(throws: LookupError.self) { try lookup.trial("v") }
        #expect(several?.description.contains("could mean:") == true)
        var typo = trial.identity.directoryName
        typo.removeLast()
        typo.append("?")
        let near = #expect(throws: LookupError.self) { try lookup.trial(typo) }
        #expect(near?.description.contains("did you mean \"\(trial.identity.directoryName)\"?") == true)
    }

    @Test("trials are compared section by section")
    func comparison() throws {
        let plan = try plan(small, words: ["seeds=0"])
        _ = try run(plan)
        let lookup = try TrialLookup(folder.url)
        let (a, b) = (try lookup.trial("v1"), try lookup.trial("v2"))
        #expect(try TrialComparison(a, a).rows.isEmpty)
        let rows = try TrialComparison(a, b).rows
        #expect(rows.contains { $0.section == .configuration && $0.name == "backbone" })
        #expect(!rows.contains { $0.section == .curves || $0.section == .weights || $0.section == .environment })
    }
}

@Suite("Verification")
struct VerificationTests {
    /// A finished trial in a folder.
    private func train(_ folder: URL, behaviour: StubRunner.Behaviour = .finishes) throws -> TrialDirectory {
        let plan = try plan(small, words: ["seeds=0", "backbone=v1"])
        _ = try Sweep(
            plan: plan, results: folder, executor: InlineExecutor(behaviour: { _ in behaviour })
        ).run { _ in }
        return try TrialLookup(folder).trial("v1")
    }

    private func verify(_ trial: TrialDirectory, _ executor: InlineExecutor, data: StubData = StubData()) throws
        -> Verification.Finding?
    {
        let scratch = try TemporaryFolder()
        return try Verification(trial).run(in: scratch.url, data: data, executor: executor) { _ in }
    }

    @Test("the same training gives the same bits")
    func equal() throws {
        let folder = try TemporaryFolder()
        let finding = try verify(try train(folder.url), InlineExecutor())
        #expect(finding?.isEqual == true)
        #expect(finding?.hashes.keys.sorted() == ["weights/last.h5"])
    }

    @Test("another one is told by its first difference, in curves, weights and metrics")
    func different() throws {
        let folder = try TemporaryFolder()
        let trial = try train(folder.url)
        let finding = try #require(
            try verify(trial, InlineExecutor(behaviour: { _ in .differs }, codeVersion: "new")))
        #expect(
            finding.differences == [
                "epoch 2, metrics/mAP50-95(B): 0.1 and now 0.2", "weights/last.h5: another file",
                "mAP50-95: 0.5 and now 0.25",
            ])
        #expect(finding.circumstances == ["another version of the program has trained it"])
    }

    @Test("weights are compared, not what a file says of the network they belong to")
    func weights() throws {
        let folder = try TemporaryFolder()
        let trial = try train(folder.url, behaviour: .writes(model: "old.yaml", value: 0.25))
        let hash = try #require(try trial.finished()).record.weightHashes["weights/last.h5"]
        func verify(_ model: String, _ value: Float) throws -> Verification.Finding {
            let executor = InlineExecutor(behaviour: { _ in .writes(model: model, value: value) })
            return try #require(try self.verify(trial, executor))
        }
        #expect(try verify("old.yaml", 0.25).hashes["weights/last.h5"] == hash)
        let renamed = try verify("new.yaml", 0.25)
        #expect(renamed.hashes["weights/last.h5"] != hash)
        #expect(renamed.isEqual, "\(renamed.differences)")
        #expect(
            try verify("old.yaml", 0.5).differences == [
                "weights/last.h5: conv.weight: 3 of 3 values, by 0.25 at most"
            ])
    }

    @Test("changed data, unfinished trials and files that are not those that were measured are refused")
    func refused() throws {
        let folder = try TemporaryFolder()
        let trial = try train(folder.url)
        #expect(throws: VerificationError.self) {
            try verify(trial, InlineExecutor(), data: StubData(digests: ["shapes": "other"]))
        }
        let attempt = try #require(try trial.finished()?.attempt)
        try Data("something else".utf8).write(to: attempt.lastWeightsURL)
        let error = #expect(throws: StoreError.self) { try Verification(trial) }
        #expect(error?.path == attempt.lastWeightsURL.path)
        let other = try TemporaryFolder()
        let unfinished = try train(other.url, behaviour: .stops(afterEpochs: 1))
        #expect(throws: StoreError.self) { try Verification(unfinished) }
    }
}
