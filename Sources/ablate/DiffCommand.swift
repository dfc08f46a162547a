import ArgumentParser
import Experiments
import Foundation
import Results

/// `ablate diff`: what two trials differ in.
struct DiffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Shows what two trials differ in: configuration, data, code, machine, curves, weights.",
        discussion: """
            Exits with 1 where something differs, like diff(1).

            EXAMPLES:
              ablate diff 3f2a91 77c0de
              ablate diff v1-n-s0 v2-both-n-s0
            """)

    @Argument(help: "The beginning of a trial's ID, or of the name of its folder.")
    var first: String

    @Argument(help: "Another one.")
    var second: String

    @OptionGroup var results: ResultsArguments

    func run() throws {
        let lookup = try TrialLookup(results.url)
        let (a, b) = (try lookup.trial(first), try lookup.trial(second))
        let comparison = try TrialComparison(a, b)
        guard !comparison.rows.isEmpty else {
            print("nothing differs")
            return
        }
        let titles = (a.url.lastPathComponent, b.url.lastPathComponent)
        let names = comparison.rows.map(\.name.count).max() ?? 0
        let width = max(titles.0.count, comparison.rows.map(\.first.count).max() ?? 0)
        func pad(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: max(0, width - text.count))
        }
        for section in TrialComparison.Section.allCases {
            let rows = comparison.rows.filter { $0.section == section }
            guard !rows.isEmpty else { continue }
            print("\(pad(section.rawValue, names + 2))  \(pad(titles.0, width))  \(titles.1)")
            for row in rows { print("  \(pad(row.name, names))  \(pad(row.first, width))  \(row.second)") }
        }
        throw ExitCode(1)
    }
}
