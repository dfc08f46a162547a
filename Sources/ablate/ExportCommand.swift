import ArgumentParser
import Foundation
import Reports
import Results

/// `ablate export`: a sweep in one file.
struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Writes a sweep into one file, which renders the same report elsewhere.",
        discussion: """
            The bundle is one HDF5 file with the manifest, the resolved plan and configurations, how each trial ended, its \
            curves, per-class results and detections image by image, the labels of the validation images, and the tables as \
            text. Weights are not in it. Detections are nearly all of it: --without-detections keeps only those of the two \
            trials that a report shows in pictures, and leaves the image-level bootstrap to the results themselves.

            `ablate report FILE` reads it where neither results nor data are; equal results give equal bytes.

            EXAMPLES:
              ablate export --bundle ghost.bundle.h5
              ablate export ghost --bundle ghost.h5 --without-detections
              ablate export ghost --bundle paper/ghost.h5 && ablate report paper/ghost.h5
            """)

    @Argument(help: "A sweep's name or its manifest; without one, the last run.")
    var sweep: String?

    @Option(help: ArgumentHelp("The file to write.", valueName: "file"), completion: .file())
    var bundle: String

    @Flag(help: "Leave out the detections that no figure shows.")
    var withoutDetections = false

    @OptionGroup var results: ResultsArguments

    func run() throws {
        let store = try ResultStore(results.url, .reading)
        let plan = try store.withNewestLock(try store.plan(named: sweep))
        var found = try SweepResults(of: plan, in: store, detail: withoutDetections ? .figures : .everything)
        found.readLabels()
        found.readPictures()
        for problem in found.problems { standardError("warning: \(problem)") }
        let summary = SweepSummary(found)
        let report = try summary.report()
        var tables: [String: String] = [:]
        for table in report.tables { tables["\(table.name).csv"] = Renderer.csv(table) }
        tables["report.md"] = Renderer.markdown.render(report)
        let url = URL(fileURLWithPath: bundle)
        do {
            try found.writeBundle(to: url, tables: tables)
        } catch {
            standardError("error: cannot write \(bundle): \(error)")
            throw ExitCode.failure
        }
        let size = (try? url.resourceValues(forKeys: [.fileSizeKey]))?.fileSize ?? 0
        print(
            "\(bundle): \(plan.cells.count) cells, \(summary.coverage.sentence), "
                + "\(String(format: "%.1f", Double(size) / 1_048_576)) MiB")
    }
}
