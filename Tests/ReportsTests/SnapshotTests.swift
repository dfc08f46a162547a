import Foundation
import Reports
import Results
import Testing

/// Compares with a committed file, or writes it where `ABLATE_RECORD_GOLDEN` is set.
func expectSnapshot(_ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Golden/\(name)")
    if ProcessInfo.processInfo.environment["ABLATE_RECORD_GOLDEN"] != nil {
        try Data(text.utf8).write(to: url)
    }
    let expected = try String(contentsOf: url, encoding: .utf8)
    #expect(text == expected, "differs from Golden/\(name)", sourceLocation: sourceLocation)
}

@Suite("Reports as they are printed")
struct SnapshotTests {
    private static let fates: [SampleSweep.Fate] = [
        ("v2 dfc=both s", 1, .failed), ("v2 dfc=output n", 2, .diverged), ("baseline s", 0, nil),
    ]

    @Test("A sweep with a failed, a diverged, an interrupted and a stale training, from its folders and database")
    func incomplete() throws {
        try inTemporaryFolder { root in
            let sweep = SampleSweep()
            let store = try sweep.run(
                in: root, fates: Self.fates, codeVersion: { $0 == "v1 s" && $1 == 2 ? "0" : "1" },
                diagnosis: { $0 == "v1 n" || $0 == "v1 s" ? "The mAP is low: train longer." : nil })
            let plan = try #require(try store.lastPlan())
            let summary = SweepSummary(try SweepResults(of: plan, in: store, detail: .tables, codeVersion: "1"))
            let report = try summary.report()
            for renderer in Renderer.all {
                try expectSnapshot(renderer.render(report), "incomplete.\(renderer.fileExtension)")
            }
            for checklist in Checklist.all {
                try expectSnapshot(
                    Renderer.markdown.render(checklist.report(on: summary)), "\(checklist.name).md")
            }
        }
    }

    @Test("A complete sweep")
    func complete() throws {
        let sweep = SampleSweep()
        let summary = SweepSummary(plan: sweep.plan, records: sweep.records())
        try expectSnapshot(Renderer.markdown.render(summary.report()), "complete.md")
    }

    @Test("A narrowed run says that it is a demonstration")
    func narrowed() throws {
        let sweep = SampleSweep(seeds: [0], scales: ["n"], isNarrowed: true)
        let records = sweep.records(mAP: { arm, _, _ in arm == 0 ? 0 : 0.001 })
        let summary = SweepSummary(plan: sweep.plan, records: records)
        try expectSnapshot(Renderer.markdown.render(summary.report()), "narrowed.md")
    }

    @Test("Nothing was trained yet")
    func empty() throws {
        let summary = SweepSummary(plan: SampleSweep(hasCompare: false).plan, records: [])
        try expectSnapshot(Renderer.markdown.render(summary.report()), "empty.md")
    }

    @Test("Chosen columns, in a chosen order, cut by scale")
    func columns() throws {
        let sweep = SampleSweep()
        let summary = SweepSummary(plan: sweep.plan, records: sweep.records())
        let options = ReportOptions(
            columns: ["label", "seeds", "mAP50-95", "seconds", "memory_bytes", "APs"], sort: [.init("mAP50-95")],
            groups: ["scale"])
        let report = try summary.report(options)
        try expectSnapshot(
            Renderer.markdown.render(Report(title: "columns", sections: Array(report.sections.prefix(1)))),
            "columns.md")
    }

    @Test("A factorial sweep with a clear winner: effects, ladders and bold numbers")
    func factorial() throws {
        let sweep = FactorialSweep(
            axes: [("dfc", ["none", "both"]), ("tail", ["false", "true"]), ("scale", ["n", "s"])], seeds: 9
        ) { place, seed in
            0.3 + 0.05 * Double(place[0]) + 0.02 * Double(place[1]) + 0.1 * Double(place[2])
                + 0.001 * Double((seed + 1) * (1 + place[0] * 2 + place[1] * 3 + place[0] * place[1]) % 5)
        }
        let report = try SweepSummary(sweep.results).report()
        #expect(Renderer.markdown.render(report).contains("[**0."))
        try expectSnapshot(Renderer.markdown.render(report), "factorial.md")
        try expectSnapshot(Renderer.latex.render(report), "factorial.tex")
    }

    @Test("Where the trials stand")
    func status() throws {
        try inTemporaryFolder { root in
            let sweep = SampleSweep(seeds: [0], scales: ["n"])
            let fates: [SampleSweep.Fate] = [
                ("baseline n", 0, nil), ("v2 dfc=output n", 0, .diverged), ("v2 dfc=both n", 0, .failed),
                ("v2 dfc=expanded n", 0, nil),
            ]
            let store = try sweep.run(in: root, fates: fates)
            let plan = sweep.plan
            let running = try #require(try store.directory(of: plan.trials[0].trialID, preferring: "ghost"))
            let lock = try running.takeLock()
            let attempt = try #require(try running.attempts().last)
            let written = Date(timeIntervalSince1970: 1_800_000_000)
            try FileManager.default.setAttributes(
                [.modificationDate: written], ofItemAtPath: attempt.epochsURL.path)
            let status = try StatusSummary(
                plan: plan, records: store.records(of: plan), now: written.addingTimeInterval(50))
            try expectSnapshot(status.text, "status.txt")
            try expectSnapshot(status.json, "status.json")
            _ = consume lock
        }
    }
}
