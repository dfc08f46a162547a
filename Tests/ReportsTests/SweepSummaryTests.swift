import Foundation
import Metrics
import Reports
import Results
import Testing

@Suite("What a plan and its records say together")
struct SweepSummaryTests {
    private func summary(
        _ sweep: SampleSweep = SampleSweep(), fates: [SampleSweep.Fate] = [], codeVersion: String? = nil,
        mAP: (Int, String, Int) -> Double = SampleSweep.mAP
    ) -> SweepSummary {
        SweepSummary(
            plan: sweep.plan, records: sweep.records(fates: fates, mAP: mAP), codeVersion: codeVersion)
    }

    @Test("Coverage counts every planned trial once")
    func coverage() throws {
        let whole = summary()
        #expect(whole.coverage.sentence == "ok 30, failed 0, missing 0, excluded 4, stale 0")
        #expect(whole.isComplete)

        let part = summary(fates: [("v1 n", 0, .failed), ("v1 s", 1, nil), ("baseline n", 2, .diverged)])
        #expect(part.coverage.sentence == "ok 27, diverged 1, failed 1, missing 1, excluded 4, stale 0")
        #expect(!part.isComplete)

        let onlyDiverged = summary(fates: [("v1 n", 0, .diverged)])
        #expect(onlyDiverged.isComplete)

        let stale = summary(codeVersion: "2")
        #expect(stale.coverage.sentence == "ok 0, failed 0, missing 0, excluded 4, stale 30")
        #expect(!stale.isComplete)
    }

    @Test("Means, deviations and differences by hand")
    func numbers() throws {
        // Seeds .30, .32, .34 for v1; half a point more for everything else, with ±.001 over the seeds.
        let summary = summary(mAP: { arm, _, seed in
            0.3 + 0.02 * Double(seed) + (arm == 1 ? 0 : 0.005 + 0.001 * Double(seed - 1))
        })
        let v1 = try #require(summary.cells.first { $0.cell.label == "v1 n" })
        let sample = try #require(v1.sample("mAP50-95"))
        #expect(sample.count == 3)
        #expect(abs(sample.mean - 0.32) < 1e-12)
        #expect(abs((sample.standardDeviation ?? 0) - 0.02) < 1e-12)
        #expect(v1.isBaseline)
        #expect(v1.differences == nil)

        let v2 = try #require(summary.cells.first { $0.cell.label == "v2 dfc=both s" })
        let differences = try #require(v2.differences)
        #expect(differences.keys == [0, 1, 2])
        for (value, expected) in zip(differences.values, [0.004, 0.005, 0.006]) {
            #expect(abs(value - expected) < 1e-12)
        }

        let contrast = try #require(summary.contrasts.first { $0.contrast.name == "v2 dfc=both vs v1" })
        #expect(contrast.plannedPairs == 6)
        #expect(contrast.result.contrast.differences.count == 6)
        #expect(abs((contrast.result.sample?.mean ?? 0) - 0.005) < 1e-12)
        // All six differences are positive: 2/2⁶. Four arms against the baseline and one declared contrast, by Holm.
        #expect(contrast.result.signFlip?.p == 2.0 / 64)
        #expect(abs(contrast.result.adjustedP - 5 * 2.0 / 64) < 1e-12)
        #expect(contrast.result.verdict == .inconclusive)
    }

    @Test("Only pairs that both arms have are compared")
    func pairing() throws {
        let summary = summary(fates: [("v1 n", 0, .failed), ("v2 dfc=both s", 2, nil)])
        let contrast = try #require(summary.contrasts.first { $0.contrast.name == "v2 dfc=both vs v1" })
        #expect(contrast.plannedPairs == 6)
        #expect(contrast.result.contrast.differences.count == 4)
        let cell = try #require(summary.cells.first { $0.cell.label == "v2 dfc=both n" })
        #expect(cell.differences?.keys == [1, 2])
        #expect(cell.differences?.unpaired == [0])
        let baseline = try #require(summary.cells.first { $0.cell.label == "v1 n" })
        #expect(baseline.marks(count: 2) == [.fewerSeeds])
    }

    @Test("An arm with a diverged training is never better or equivalent")
    func diverged() throws {
        let sweep = SampleSweep(seeds: Array(0..<6))
        let mAP = { @Sendable (arm: Int, _: String, seed: Int) in arm == 1 ? 0.3 : 0.4 + 0.001 * Double(seed % 3) }
        let sound = summary(sweep, mAP: mAP)
        let name = "v2 dfc=both vs v1"
        #expect(sound.contrasts.first { $0.contrast.name == name }?.result.verdict == .better)
        let hurt = summary(sweep, fates: [("v2 dfc=both n", 0, .diverged)], mAP: mAP)
        let contrast = try #require(hurt.contrasts.first { $0.contrast.name == name })
        #expect(contrast.result.verdict == .inconclusive)
        #expect(contrast.result.reason == "a trial diverged")
        let cell = try #require(hurt.cells.first { $0.cell.label == "v2 dfc=both n" })
        #expect(cell.marks(count: 5) == [.fewerSeeds, .diverged])
    }

    @Test("Axes that do not vary are hidden")
    func axes() {
        var plan = SampleSweep(scales: ["n"]).plan
        #expect(SweepSummary(plan: plan, records: []).varyingAxes == ["backbone", "dfc"])
        plan.cells = [plan.cells[0]]
        #expect(SweepSummary(plan: plan, records: []).varyingAxes == [])
    }

    @Test("Rows are ordered by columns, the best first, those without a value last")
    func order() throws {
        let sweep = SampleSweep()
        let summary = SweepSummary(
            plan: sweep.plan, records: sweep.records(fates: (0...2).map { ("v2 dfc=both n", $0, nil) }))
        func labels(_ keys: String...) throws -> [String] {
            let sort = try keys.map { try #require(ReportOptions.SortKey(text: $0)) }
            let report = try summary.report(ReportOptions(columns: ["label"], sort: sort))
            return report.tables[0].rows.map { $0[0].cell.text }
        }
        let best = try labels("mAP50-95")
        #expect(best.prefix(2) == ["baseline s", "v2 dfc=expanded s"])
        #expect(best.last == "v2 dfc=both n")
        let worst = try labels("mAP50-95:asc")
        #expect(worst.first == "v1 n")
        #expect(worst.last == "v2 dfc=both n")
        #expect(try labels("parameters").first == "baseline n")
        #expect(try labels("scale:desc", "label").prefix(2) == ["baseline s", "v1 s"])
        #expect(ReportOptions.SortKey(text: "mAP50:up") == nil)
    }

    @Test("Every name that is no column is told, whichever option it is in")
    func unknownNames() {
        let summary = SweepSummary(plan: SampleSweep().plan, records: [])
        let options = ReportOptions(columns: ["labl"], sort: [.init("mAP")], groups: ["scal"])
        let error = #expect(throws: UnknownColumns.self) { try summary.report(options) }
        #expect(error?.names == ["labl", "mAP", "scal"])
    }

    @Test("An unknown column is named, with the nearest right one")
    func unknownColumn() throws {
        let summary = SweepSummary(plan: SampleSweep().plan, records: [])
        let error = #expect(throws: UnknownColumns.self) {
            try summary.report(ReportOptions(columns: ["paramters", "mAP50"], sort: [.init("mAP50")]))
        }
        #expect(error?.description.hasPrefix("no column is called \"paramters\": did you mean parameters?\n") == true)
        #expect(error?.known.prefix(4) == ["backbone", "dfc", "scale", "label"])
    }
}

@Suite("Catalogues")
struct CatalogueTests {
    @Test("Every column has its own name and says what it is")
    func columns() {
        let columns = Column<CellSummary>.all
        #expect(Set(columns.map(\.name)).count == columns.count)
        #expect(columns.allSatisfy { !$0.title.isEmpty && $0.summary.hasSuffix(".") })
        let contrasts = Column<ContrastSummary>.all
        #expect(Set(contrasts.map(\.name)).count == contrasts.count)
        #expect(contrasts.allSatisfy { $0.summary.hasSuffix(".") })
    }

    @Test("Every metric of the catalogue is a column")
    func metrics() {
        let names = Set(Column<CellSummary>.all.map(\.name))
        #expect(Metric.all.allSatisfy { names.contains($0.name) })
    }

    @Test("Every renderer is found by its name")
    func renderers() {
        #expect(Renderer.all.allSatisfy { Renderer.named($0.name)?.summary == $0.summary })
        #expect(Renderer.named("docx") == nil)
    }
}

@Suite("Cells as people and programs read them")
struct CellTests {
    @Test(
        arguments: [
            (Cell.empty, "–"), (.remark("baseline"), "baseline"), (.share(5, of: 6), "5 of 6"), (.share(6, of: 6), "6"),
            (.count(1234), "1234"), (.number(2_590_035, decimals: 2, unit: 1e6), "2.59"),
            (.number(-0.0001, decimals: 2), "0.00"), (.number(.nan, decimals: 2), "not a number"),
            (.signed(0.0123, decimals: 3), "+0.012"), (.signed(-0.0123, decimals: 3), "−0.012"),
            (.signed(0.0001, decimals: 3), "0.000"), (.probability(0.25), "0.250"), (.probability(0.0012), "0.0012"),
            (.probability(1e-9), "<0.0001"), (.duration(59.4), "59 s"), (.duration(754), "12 min 34 s"),
            (.duration(12_000), "3 h 20 min"), (.truth(true), "yes"),
            (.interval(-0.1, 0.2, decimals: 2), "[−0.10, +0.20]"),
            (.mean(0.5123, deviation: 0.007, count: 3, planned: 3, decimals: 3, marks: []), "0.512 ± 0.007 (3)"),
            (
                .mean(0.5, deviation: nil, count: 1, planned: 3, decimals: 3, marks: [.fewerSeeds, .diverged]),
                "0.500 (1 of 3)†‡"
            ),
        ] as [(Cell, String)])
    func text(cell: Cell, expected: String) {
        #expect(cell.text == expected)
    }

    @Test("Programs get all digits, and nothing that is not finite")
    func values() throws {
        let table = Table(
            name: "t",
            columns: [
                .init(name: "a", title: "A", isNumeric: false),
                .init(name: "b", title: "B", isNumeric: true, parts: ["sd", "n"]),
            ],
            rows: [
                [.text("x, \"y\""), .mean(1.0 / 3, deviation: nil, count: 2, planned: 3, decimals: 1, marks: [])],
                [.empty, .number(.infinity, decimals: 1)],
            ])
        let report = Report(title: "r", sections: [Report.Section(nil, [.table(table)])])
        #expect(
            Renderer.csv.render(report)
                == "a,b,b sd,b n\n\"x, \"\"y\"\"\",0.3333333333333333,,2\n,,,\n")
        let json = try JSONSerialization.jsonObject(with: Data(Renderer.json.render(report).utf8)) as? [String: Any]
        let tables = json?["tables"] as? [String: Any]
        let rows = try #require(tables?["t"] as? [[String: Any]])
        #expect(rows[0]["a"] as? String == "x, \"y\"")
        #expect(rows[0]["b"] as? Double == 1.0 / 3)
        #expect(rows[0]["b sd"] is NSNull && rows[0]["b n"] as? Int == 2)
        #expect(rows[1]["b"] is NSNull)
    }

    @Test("Markdown keeps its columns straight and its bars escaped")
    func markdown() {
        let table = Table(
            name: "t",
            columns: [.init(name: "a", title: "A", isNumeric: false), .init(name: "b", title: "B", isNumeric: true)],
            rows: [[.text("x|y\nz"), .count(12345)], [.text("–"), .empty]])
        let report = Report(title: "r", sections: [Report.Section("S", [.table(table), .warning("w"), .list(["i"])])])
        #expect(
            Renderer.markdown.render(report) == """
                # r

                ## S

                | A      |     B |
                | ------ | ----: |
                | x\\|y z | 12345 |
                | –      |     – |

                > **w**

                - i

                """)
    }
}
