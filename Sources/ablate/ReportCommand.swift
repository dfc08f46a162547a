import ArgumentParser
import Experiments
import Foundation
import Reports
import Results

/// `ablate report`: the tables of a sweep.
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Prints the tables of a sweep: results by cell, paired differences, what is missing.",
        discussion: """
            Reads the plan that the last run stored, and only its trials. Means are over seeds; a mean over fewer seeds \
            than planned is marked.

            EXAMPLES:
              ablate report
              ablate report sweeps/ghost.toml --strict -o ghost.md
              ablate report ghost --format csv --columns label,parameters,mAP50-95
            """)

    @Argument(help: "A sweep's name or its manifest; without one, the last run.")
    var sweep: String?

    @Option(help: "Folder of the results.", completion: .directory)
    var results = "results"

    @Option(
        help: "md, csv or json; without it, what the ending of the output file says, or md.",
        completion: .list(Renderer.all.map(\.name)))
    var format: String?

    @Option(name: .shortAndLong, help: "File to write instead of printing.", completion: .file())
    var output: String?

    @Option(help: "Columns of the table of results, separated by commas; an unknown one lists them all.")
    var columns: String?

    @Flag(help: "Exit with 3 unless every planned trial has its result.")
    var strict = false

    func run() throws {
        let renderer = try renderer()
        let store = try ResultStore(URL(fileURLWithPath: results), .reading)
        let plan = try store.withNewestLock(try store.plan(named: sweep))
        let records = try store.records(of: plan)
        let summary = SweepSummary(plan: plan, records: records, findings: try store.findings(in: plan, records))
        let names = columns.map { $0.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) } }
        let report: Report
        do {
            report = try summary.report(columns: names)
        } catch {
            throw ValidationError(error.description)
        }
        let text = renderer.render(report)
        if let output {
            try AtomicFile.write(Data(text.utf8), to: URL(fileURLWithPath: output))
        } else {
            print(text, terminator: "")
        }
        if strict, !summary.isComplete {
            FileHandle.standardError.write(Data("incomplete: \(summary.coverage.sentence)\n".utf8))
            throw ExitCode(3)
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
