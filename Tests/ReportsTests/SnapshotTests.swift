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
                in: root, fates: Self.fates, codeVersion: { $0 == "v1 s" && $1 == 2 ? "0" : "1" })
            let plan = try #require(try store.lastPlan())
            let summary = SweepSummary(plan: plan, records: try store.records(of: plan), codeVersion: "1")
            let report = try summary.report()
            for renderer in Renderer.all {
                try expectSnapshot(renderer.render(report), "incomplete.\(renderer.fileExtension)")
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

    @Test("Chosen columns")
    func columns() throws {
        let sweep = SampleSweep()
        let summary = SweepSummary(plan: sweep.plan, records: sweep.records())
        let report = try summary.report(columns: ["label", "seeds", "mAP50-95", "seconds", "memory_bytes", "APs"])
        try expectSnapshot(Renderer.csv.render(report), "columns.csv")
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
