import ArgumentParser
import Experiments
import Foundation
import Reports
import Results

/// `ablate report`: the tables of a sweep.
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Prints the tables of a sweep: results by cell, paired differences, effects, what is missing.",
        discussion: """
            Reads the plan that the last run stored, and only its trials; or a bundle that `ablate export` wrote. Means are \
            over seeds; a mean over fewer seeds than planned is marked, and the best of a column is bold only where it is no \
            tie by the test of differences.

            EXAMPLES:
              ablate report
              ablate report sweeps/ghost.toml --strict -o ghost.md
              ablate report -o report.html
              ablate report -o report.md --figures figures
              ablate report ghost --sort mAP50-95,parameters:asc --group-by scale
              ablate report ghost --format csv
              ablate report ghost --columns backbone,dfc,parameters,mAP50-95 -o table.tex
              ablate report ghost --at-epoch min
              ablate report ghost.bundle.h5
              ablate report ghost --checklist reforms
            """)

    @Argument(help: "A sweep's name, its manifest, or a bundle; without one, the last run.")
    var sweep: String?

    @Option(help: "Folder of the results.", completion: .directory)
    var results = "results"

    @Option(
        help: """
            \(Renderer.all.map(\.name).joined(separator: ", ")); without it, what the ending of the output file says, or md.
            """,
        completion: .list(Renderer.all.map(\.name)))
    var format: String?

    @Option(
        name: .shortAndLong,
        help:
            "File to write instead of printing; beside a .tex file, .trials.json says which trials each number is from.",
        completion: .file())
    var output: String?

    @OptionGroup(title: "Table of results") var table: TableArguments

    @Option(
        help: ArgumentHelp(
            "Compare all trainings at one epoch, by the curves: a number, or min for the last one that all have.",
            valueName: "min|N"))
    var atEpoch: String?

    @Option(
        help: ArgumentHelp(
            """
            Draw the validation images again N times, to see how much AP owes to which images were labelled; opens the data \
            sets.
            """, valueName: "N"))
    var imageBootstrap: Int?

    @Option(
        help: "Print what the results answer of a checklist: \(Checklist.all.map(\.name).joined(separator: ", ")).",
        completion: .list(Checklist.all.map(\.name)))
    var checklist: String?

    @Option(
        help: ArgumentHelp(
            "Folder to write the figures into, as SVG; a page of HTML holds them anyway.", valueName: "dir"),
        completion: .directory)
    var figures: String?

    @Flag(help: "Exit with 3 unless every planned trial has its result.")
    var strict = false

    func validate() throws {
        if let atEpoch, EpochChoice(atEpoch) == nil {
            throw ValidationError("--at-epoch \(atEpoch): expected min or a number from 1")
        }
        if let imageBootstrap, imageBootstrap < 100 {
            throw ValidationError("--image-bootstrap is \(imageBootstrap), expected at least 100")
        }
    }

    func run() throws {
        let renderer = try renderer()
        let checklist = try chosenChecklist(renderer)
        let summary = try summary(renderer)
        var options = table.options
        options.imageResamples = imageBootstrap
        let report: Report
        do {
            report =
                try checklist?.report(on: summary)
                ?? summary.report(options, figures: try drawn(summary, renderer))
        } catch let error as UnknownColumns {
            throw ValidationError(error.description)
        }
        try write(report, renderer)
        if strict, !summary.isComplete {
            standardError("incomplete: \(summary.coverage.sentence)")
            throw ExitCode(3)
        }
    }

    /// What is reported, read from the store or from a bundle.
    private func summary(_ renderer: Renderer) throws -> SweepSummary {
        let results = try sweepResults(renderer)
        guard let choice = atEpoch.flatMap(EpochChoice.init) else { return SweepSummary(results) }
        do {
            return try SweepSummary(results, atEpoch: choice)
        } catch {
            throw InputError("--at-epoch \(atEpoch ?? ""): \(error)")
        }
    }

    private func sweepResults(_ renderer: Renderer) throws -> SweepResults {
        if let sweep, SweepResults.isBundle(URL(fileURLWithPath: sweep)) {
            return try SweepResults(readingBundle: URL(fileURLWithPath: sweep))
        }
        let store = try ResultStore(URL(fileURLWithPath: results), .reading)
        let plan = try store.withNewestLock(try store.plan(named: sweep))
        let detail: SweepResults.Detail =
            imageBootstrap != nil ? .everything : hasFigures(renderer) ? .figures : .tables
        var found = try SweepResults(of: plan, in: store, detail: detail)
        if imageBootstrap != nil { found.readLabels() }
        if hasFigures(renderer) { found.readPictures() }
        return found
    }

    private func hasFigures(_ renderer: Renderer) -> Bool {
        checklist == nil && (figures != nil || renderer.name == Renderer.html.name)
    }

    /// The figures, written as files where a folder is named.
    private func drawn(_ summary: SweepSummary, _ renderer: Renderer) throws -> [Figure] {
        guard hasFigures(renderer) else { return [] }
        return try FigureFiles(folder: figures, document: output).written(summary.figures)
    }

    private func write(_ report: Report, _ renderer: Renderer) throws {
        let text = renderer.render(report)
        guard let output else {
            print(text, terminator: "")
            return
        }
        let url = URL(fileURLWithPath: output)
        try AtomicFile.write(Data(text.utf8), to: url)
        if renderer.needsSourcesFile {
            let beside = url.deletingPathExtension().appendingPathExtension("trials.json")
            try AtomicFile.write(Data(Renderer.json.render(report).utf8), to: beside)
        }
    }

    private func renderer() throws -> Renderer {
        if let format {
            guard let renderer = Renderer.named(format) else {
                let names = Renderer.all.map(\.name).joined(separator: ", ")
                throw ValidationError("--format \(format): expected one of \(names)")
            }
            return renderer
        }
        let ending = output.map { URL(fileURLWithPath: $0).pathExtension }
        return Renderer.all.first { $0.fileExtension == ending } ?? .markdown
    }

    private func chosenChecklist(_ renderer: Renderer) throws -> Checklist? {
        guard let checklist else { return nil }
        guard let found = Checklist.named(checklist) else {
            let names = Checklist.all.map(\.name).joined(separator: ", ")
            throw ValidationError("--checklist \(checklist): expected one of \(names)")
        }
        guard !["csv", "latex"].contains(renderer.name) else {
            throw ValidationError("--checklist has no tables: it is written as md or json, not as \(renderer.name)")
        }
        return found
    }
}

/// What the table of results shows, and in which order.
struct TableArguments: ParsableArguments {
    @Option(help: "Columns, separated by commas; an unknown one lists them all.")
    var columns: String?

    @Option(
        help: """
            Columns to order rows by, separated by commas: the best first, or ascending where nothing is better; :asc and \
            :desc say it.
            """)
    var sort: String?

    @Option(help: "Columns by whose values the table is cut into several, separated by commas.")
    var groupBy: String?

    func validate() throws {
        for word in words(sort) where ReportOptions.SortKey(text: word) == nil {
            throw ValidationError("--sort \(word): expected a column, or a column and :asc or :desc")
        }
    }

    var options: ReportOptions {
        ReportOptions(
            columns: columns == nil ? nil : words(columns),
            sort: words(sort).compactMap { ReportOptions.SortKey(text: $0) },
            groups: words(groupBy))
    }

    private func words(_ list: String?) -> [String] {
        (list ?? "").split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }
}

extension ResultStore {
    /// The stored plan that a word of the command line means: a manifest's path, a sweep's name, or the last run.
    func plan(named name: String?) throws -> StoredPlan {
        let found: StoredPlan? =
            if let name {
                try lastPlan(of: name) ?? lastPlan(ofManifest: name) ?? planOfManifest(at: name)
            } else {
                try lastPlan()
            }
        if let found { return found }
        let known = try sweeps()
        let path = Self.databaseURL(in: root).path
        guard let name else {
            throw StoreError(path: path, attempt: "find the last run", cause: "nothing was run yet")
        }
        throw StoreError(
            path: path, attempt: "find a run of \"\(name)\"", cause: "none is stored",
            advice: known.isEmpty ? "Nothing was run yet." : "Sweeps that were run: \(known.joined(separator: ", ")).")
    }

    /// By the name that a manifest gives its sweep: however its path is typed, and wherever it was moved.
    private func planOfManifest(at path: String) throws -> StoredPlan? {
        guard let sweep = Manifest.sweepName(in: ManifestArguments.resolve(path)) else { return nil }
        return try lastPlan(of: sweep)
    }
}
