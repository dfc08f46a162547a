import Foundation
import Reports
import Results
import Testing

@Suite("Checks of results")
struct ResultCheckTests {
    /// Two arms with two seeds; `losses` tells the losses of the first epoch.
    private func results(
        _ root: URL, losses: (String, Int) -> Double, codeVersion: (String, Int) -> String = { _, _ in "1" },
        differingKey: String = "backbone"
    ) throws -> SweepResults {
        let store = try ResultStore(root, .writing)
        var plan = SampleSweep(seeds: [0, 1], scales: ["n"]).plan
        plan.cells = Array(plan.cells.prefix(2))
        for index in plan.cells.indices {
            plan.cells[index].configuration["backbone"] = "same"
            plan.cells[index].configuration[differingKey] = "\(index)"
        }
        let ids = Set(plan.cells.map(\.cellID))
        plan.trials = plan.trials.filter { ids.contains($0.cellID) }
        plan.compare?.contrasts = [
            StoredContrast(
                name: "a vs b", isAgainstBaseline: true, arm: [:], against: [:],
                pairs: [StoredPair(cellID: plan.cells[0].cellID, againstCellID: plan.cells[1].cellID)])
        ]
        try store.save(plan)
        for trial in plan.trials {
            let label = plan.cells.first { $0.cellID == trial.cellID }?.label ?? ""
            let directory = try TrialDirectory.create(
                TrialDescription(
                    identity: TrialIdentity(
                        id: trial.trialID, cellID: trial.cellID, seed: trial.seed, readableName: "t\(trial.seed)"),
                    configuration: [:], datasetDigest: ""), in: store.sweepURL(plan.sweep))
            let attempt = try directory.makeAttempt()
            var log = try attempt.epochLog()
            for epoch in 1...2 {
                var row = SampleSweep.epoch(epoch)
                row.trainLosses.box = losses(label, trial.seed) / Double(epoch)
                row.time = Double.random(in: 1...9)
                row.precision = .nan
                try log.append(row)
            }
            try attempt.finish(
                DoneRecord(
                    status: .done, trialID: trial.trialID, cellID: trial.cellID, seed: trial.seed, attempt: 1,
                    metrics: ["mAP50-95": 0.1], checkpoint: "last", epochs: 2, weightHashes: [:], seconds: 1,
                    peakMemoryBytes: 1, codeVersion: codeVersion(label, trial.seed), finishedAt: Date()))
            try store.record(attempt)
        }
        return try SweepResults(of: plan, in: store, detail: .tables)
    }

    private func findings(
        _ root: URL, losses: (String, Int) -> Double, differingKey: String = "backbone"
    ) throws -> [String] {
        try results(root, losses: losses, differingKey: differingKey).findings
    }

    @Test("nothing is found where nothing is odd")
    func even() throws {
        try inTemporaryFolder { root in
            let found = try findings(root, losses: { Double($0.count) + Double($1) * 0.1 })
            #expect(found == [])
        }
    }

    @Test("two seeds with equal curves")
    func equalSeeds() throws {
        try inTemporaryFolder { root in
            let found = try findings(root, losses: { label, seed in label == "v1 n" ? 2 : 3 + Double(seed) })
            #expect(
                found == [
                    "v1 n: seeds 0 and 1 have equal curves, as if the seed changed nothing: they count as two pairs and "
                        + "are one."
                ])
        }
    }

    @Test("two cells with the same first losses, unless they only differ later")
    func equalStart() throws {
        try inTemporaryFolder { root in
            let found = try findings(root, losses: { _, seed in 2 + Double(seed) })
            #expect(
                found == [
                    "baseline n and v1 n have equal losses in the first epoch of seed 0: what tells them apart did "
                        + "nothing in it."
                ])
        }
        try inTemporaryFolder { root in
            let found = try findings(root, losses: { _, seed in 2 + Double(seed) }, differingKey: "select")
            #expect(found == [])
        }
    }

    @Test("two builds of the program in one contrast stand in the report's notes")
    func mixedPrograms() throws {
        try inTemporaryFolder { root in
            let results = try results(
                root, losses: { Double($0.count) + Double($1) * 0.1 },
                codeVersion: { $0 == "v1 n" && $1 == 1 ? "2" : "1" })
            #expect(results.findings == ["a vs b: its trials were trained by 2 different builds of the program."])
            let report = try SweepSummary(results).report()
            let note = "- a vs b: its trials were trained by 2 different builds"
            #expect(Renderer.markdown.render(report).contains(note))
        }
    }
}
