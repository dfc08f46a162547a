import Foundation
import HDF5
import Metrics
import Reports
import Results
import Testing

@Suite("Bundles")
struct BundleTests {
    private static let fates: [SampleSweep.Fate] = [
        ("v2 dfc=both s", 1, .failed), ("v2 dfc=output n", 2, .diverged), ("baseline s", 0, nil),
    ]

    /// A sweep in a folder, with curves, detections and labels.
    private func results(in root: URL) throws -> SweepResults {
        let sweep = SampleSweep()
        let store = try sweep.run(
            in: root, fates: Self.fates, diagnosis: { $0 == "v1 n" ? "The mAP is low: train longer." : nil }
        ) { SampleSweep.metrics(cell: $0, seed: $1) }
        var results = try SweepResults(of: sweep.plan, in: store, detail: .everything, codeVersion: "1")
        results.validation[SampleSweep.id("shapes")] = SampleSweep.validation
        return results
    }

    @Test("Render the same report as the folders that they were made of, in every format")
    func sameReport() throws {
        try inTemporaryFolder { root in
            let original = try results(in: root.appendingPathComponent("results"))
            #expect(original.metrics.count == 27)
            let url = root.appendingPathComponent("ghost.h5")
            try original.writeBundle(to: url, tables: ["report.md": "# ghost\n"])
            try FileManager.default.removeItem(at: root.appendingPathComponent("results"))

            #expect(SweepResults.isBundle(url))
            let bundled = try SweepResults(readingBundle: url)
            #expect(bundled.plan == original.plan)
            let isEqual = bundled.metrics == original.metrics
            #expect(isEqual, "metrics of the trials differ")
            #expect(bundled.epochs == original.epochs)
            #expect(bundled.spentSeconds == original.spentSeconds)
            #expect(bundled.validation == original.validation)
            #expect(bundled.codeVersion == "1")
            for (before, after) in zip(original.records, bundled.records) {
                let names = (before.environment?.details.keys.sorted(), after.environment?.details.keys.sorted())
                #expect(names.0?.filter { !$0.contains("command") } == names.1, "folders of the machine stay there")
            }
            for options in [ReportOptions(), ReportOptions(imageResamples: 120)] {
                let (one, other) = (SweepSummary(original), SweepSummary(bundled))
                for renderer in Renderer.all {
                    #expect(try renderer.render(one.report(options)) == renderer.render(other.report(options)))
                }
            }
            for checklist in Checklist.all {
                let texts = [original, bundled].map {
                    Renderer.markdown.render(checklist.report(on: SweepSummary($0)))
                }
                #expect(texts[0] == texts[1])
            }
        }
    }

    @Test("Without detections they render the same report, and the image-level bootstrap says what it lacks")
    func withoutDetections() throws {
        try inTemporaryFolder { root in
            let original = try results(in: root.appendingPathComponent("results"))
            var slim = original
            let shown = try #require(PictureChoice(original)).trialIDs
            for id in original.metrics.keys where !shown.contains(id) { slim.metrics[id]?.detections = nil }
            let url = root.appendingPathComponent("slim.h5")
            try slim.writeBundle(to: url)
            let bundled = try SweepResults(readingBundle: url)
            #expect(bundled.metrics.count == original.metrics.count)
            #expect(Set(bundled.metrics.filter { $0.value.detections != nil }.keys) == shown)
            let (one, other) = (SweepSummary(original), SweepSummary(bundled))
            for renderer in Renderer.all {
                let texts = try [one, other].map { renderer.render(try $0.report(figures: $0.figures)) }
                #expect(texts[0] == texts[1], "\(renderer.name)")
            }
            let images = try other.report(ReportOptions(imageResamples: 120))
            let cells = original.plan.cells.count
            let complete = Set(shown.compactMap { id in original.plan.trials.first { $0.trialID == id }?.cellID }).count
            #expect(
                Renderer.markdown.render(images).contains("\(cells - complete) cells are left out: their detections"))
        }
    }

    @Test("Equal results give equal bytes, also when a bundle is made of a bundle")
    func sameBytes() throws {
        try inTemporaryFolder { root in
            let original = try results(in: root.appendingPathComponent("results"))
            let urls = (0..<3).map { root.appendingPathComponent("\($0).h5") }
            try original.writeBundle(to: urls[0])
            try original.writeBundle(to: urls[1])
            try SweepResults(readingBundle: urls[0]).writeBundle(to: urls[2])
            let bytes = try urls.map { try Data(contentsOf: $0) }
            #expect(bytes[0].count > 10_000)
            #expect(bytes[1] == bytes[0])
            #expect(bytes[2] == bytes[0])
        }
    }

    @Test("Hold manifest and tables as text, for readers without this program")
    func texts() throws {
        try inTemporaryFolder { root in
            let url = root.appendingPathComponent("ghost.h5")
            let original = try results(in: root.appendingPathComponent("results"))
            try original.writeBundle(to: url, tables: ["trials.csv": "a,b\n"])
            let texts = try HDF5File.read(url) { file in
                [try file.readStrings(from: "manifest"), try file.readStrings(from: "tables/trials.csv")]
            }
            #expect(texts == [[original.plan.manifestText], ["a,b\n"]])
        }
    }

    @Test("A bundle that is cut, another file, or of a newer program is an error with its path")
    func damaged() throws {
        try inTemporaryFolder { root in
            let url = root.appendingPathComponent("ghost.h5")
            try results(in: root.appendingPathComponent("results")).writeBundle(to: url)
            let whole = try Data(contentsOf: url)
            let other = root.appendingPathComponent("other.h5")
            try whole.prefix(whole.count / 2).write(to: other)
            #expect(throws: StoreError.self) { try SweepResults(readingBundle: other) }
            try Data("schema = 1".utf8).write(to: other)
            #expect(!SweepResults.isBundle(other))
            let error = #expect(throws: StoreError.self) { try SweepResults(readingBundle: other) }
            #expect(error?.path == other.path)
            try HDF5File.write(to: other) { file in
                try file.setAttribute("format", .string("ablate bundle"))
                try file.setAttribute("schema", .int(99))
            }
            let newer = #expect(throws: StoreError.self) { try SweepResults(readingBundle: other) }
            #expect(newer?.cause.contains("schema 99") == true)
            #expect(!SweepResults.isBundle(root.appendingPathComponent("nothing.h5")))
        }
    }
}

@Suite("Time that a sweep took")
struct SpentTimeTests {
    @Test("Failed attempts count, resumed ones only from where they went on")
    func attempts() throws {
        try inTemporaryFolder { root in
            let sweep = SampleSweep(seeds: [0], scales: ["n"])
            let store = try ResultStore(root, .writing)
            let plan = sweep.plan
            try store.save(plan)
            let trial = plan.trials[0]
            let directory = try TrialDirectory.create(
                TrialDescription(
                    identity: TrialIdentity(
                        id: trial.trialID, cellID: trial.cellID, seed: 0, readableName: "baseline-n-s0"),
                    configuration: [:], datasetDigest: ""),
                in: store.sweepURL("ghost"))
            func row(_ epoch: Int, _ time: Double) -> EpochRow {
                var row = SampleSweep.epoch(epoch)
                row.time = time
                return row
            }
            // Killed after two epochs of 40 s; resumed after the first, two more epochs of 50 s.
            let first = try directory.makeAttempt()
            var log = try first.epochLog()
            for (epoch, time) in [(1, 40.0), (2, 80)] { try log.append(row(epoch, time)) }
            let second = try directory.makeAttempt()
            var resumed = try second.epochLog(resuming: first, throughEpoch: 1)
            for (epoch, time) in [(2, 90.0), (3, 140)] { try resumed.append(row(epoch, time)) }
            let results = try SweepResults(of: plan, in: store, detail: .tables)
            // 80 of the first attempt, and 140 − 40 of the second.
            #expect(results.spentSeconds[trial.trialID] == 180)
            #expect(results.spentSeconds.count == 1)
            let facts = try SweepSummary(results).report().facts
            let hours = facts.first { $0.name == "processor_hours" }?.value
            #expect(hours == .number(180.0 / 3600, decimals: 2))
            let lost = facts.first { $0.name == "processor_hours_without_result" }?.value
            #expect(lost == .number(180.0 / 3600, decimals: 2))
        }
    }
}
