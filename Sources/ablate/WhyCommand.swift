import ArgumentParser
import Experiments
import Foundation
import Results

/// `ablate why`: what a cell is, where its trials stand, and how they came there.
struct WhyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why",
        abstract: "Explains a cell or a trial: what is trained, where it stands, what happened to it.",
        discussion: """
            Looks into the plan that the last run stored.

            EXAMPLES:
              ablate why v2 dfc=both n
              ablate why backbone=v2 dfc=both seed=0
              ablate why 3f2a91 --sweep ghost
            """)

    @Argument(help: "A cell's name, values of its axes (key=value), or the beginning of an ID.")
    var cell: [String]

    @Option(help: "A sweep's name or its manifest; without one, the last run.")
    var sweep: String?

    @OptionGroup var results: ResultsArguments

    func run() throws {
        let store = try ResultStore(results.url, .reading)
        let plan = try store.plan(named: sweep)
        let history = CellHistory(
            plan: plan, records: try store.records(of: plan), codeVersion: CodeVersion.current, data: DatasetOpener())
        print(try history.explain(cell), terminator: "")
    }
}
