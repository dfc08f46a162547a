import Foundation
import Metrics
import Reports
import Results
import Testing

@Suite("Comparing at equal epochs")
struct EqualEpochTests {
    /// Trainings of which each came to another epoch; mAP50-95 of epoch e is e hundredths plus a thousandth per cell.
    private func results(
        lengths: (String, Int) -> Int, validated: (Int) -> Bool = { _ in true }, fates: [SampleSweep.Fate] = []
    ) -> SweepResults {
        let sweep = SampleSweep()
        var results = SweepResults(plan: sweep.plan, records: sweep.records(fates: fates))
        for (index, trial) in sweep.plan.trials.enumerated() {
            let label = sweep.plan.cells.first { $0.cellID == trial.cellID }?.label ?? ""
            let count = lengths(label, trial.seed)
            results.epochs[trial.trialID] = (0..<count).map { epoch in
                var row = SampleSweep.epoch(epoch + 1)
                row.mAP5095 = validated(epoch + 1) ? 0.01 * Double(epoch + 1) + 0.001 * Double(index % 10) : .nan
                return row
            }
        }
        return results
    }

    @Test("min is the last epoch that all trainings have, unfinished ones included")
    func lowest() throws {
        let results = results(
            lengths: { label, seed in label == "v1 n" && seed == 1 ? 7 : 20 }, fates: [("v1 n", 1, nil)])
        let summary = try SweepSummary(results, atEpoch: .lowest)
        #expect(summary.epoch == 7)
        #expect(summary.primary == "mAP50-95(U)")
        let cell = try #require(summary.cells.first { $0.cell.label == "v1 n" })
        let sample = try #require(cell.sample("mAP50-95(U)"))
        #expect(sample.count == 3)
        #expect(abs(sample.mean - 0.072) < 1e-12)
        // Final metrics take no part.
        #expect(cell.sample("mAP50-95") == nil)
        // What is missing stays missing in the header.
        #expect(summary.coverage.missing == 1)
        #expect(summary.contrasts.allSatisfy { $0.result.contrast.differences.count == 6 })
    }

    @Test("Epochs that were not validated cannot be compared")
    func validated() throws {
        let results = results(lengths: { label, _ in label == "v1 s" ? 9 : 20 }, validated: { $0 % 4 == 0 })
        #expect(try SweepSummary(results, atEpoch: .lowest).epoch == 8)
        let none = self.results(lengths: { _, _ in 3 }, validated: { _ in false })
        #expect(throws: NoCommonEpoch.self) { try SweepSummary(none, atEpoch: .lowest) }
    }

    @Test("A training that diverged has no number at any epoch, and does not shorten the others")
    func diverged() throws {
        let results = results(
            lengths: { label, seed in label == "v2 dfc=both n" && seed == 0 ? 2 : 20 },
            fates: [("v2 dfc=both n", 0, .diverged)])
        let summary = try SweepSummary(results, atEpoch: .lowest)
        #expect(summary.epoch == 20)
        let cell = try #require(summary.cells.first { $0.cell.label == "v2 dfc=both n" })
        #expect(cell.sample("mAP50-95(U)")?.count == 2)
        #expect(cell.marks(count: 2) == [.fewerSeeds, .diverged])
    }

    @Test("A number is taken as it is")
    func number() throws {
        let results = results(lengths: { label, _ in label == "v1 s" ? 4 : 20 })
        let summary = try SweepSummary(results, atEpoch: .epoch(5))
        #expect(summary.epoch == 5)
        #expect(summary.cells.first { $0.cell.label == "v1 s" }?.sample("mAP50-95(U)") == nil)
        let report = try summary.report()
        #expect(Renderer.markdown.render(report).contains("Compared at epoch 5 of every training"))
        #expect(report.facts.first { $0.name == "at_epoch" }?.value == .count(5))
    }

    @Test("What the option understands")
    func words() {
        #expect(EpochChoice("min") == .lowest)
        #expect(EpochChoice("12") == .epoch(12))
        for word in ["0", "-1", "max", "", "1.5"] { #expect(EpochChoice(word) == nil) }
    }
}
