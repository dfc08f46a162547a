import ArgumentParser
import Experiments
import Foundation
import Results

/// `ablate stale`: which results are not what would be measured now, and why.
struct StaleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stale",
        abstract: "Lists results that another version of the program, or other data, gave.",
        discussion: """
            A stale result stays where it is and is marked in tables. Nothing is trained again unless it is asked for: \
            `ablate run M --refresh stale`. Exits with 1 where something is stale.

            EXAMPLES:
              ablate stale
              ablate stale ghost
            """)

    @Argument(help: "A sweep's name or its manifest; without one, the last run.")
    var sweep: String?

    @OptionGroup var results: ResultsArguments

    func run() throws {
        let store = try ResultStore(results.url, .reading)
        let plan = try store.plan(named: sweep)
        let records = try store.records(of: plan)
        let found = Staleness.find(plan, records, codeVersion: CodeVersion.current, data: DatasetOpener())
        let labels = Dictionary(plan.cells.map { ($0.cellID, $0.label) }, uniquingKeysWith: { first, _ in first })
        for record in records {
            guard let reasons = found[record.trial.trialID] else { continue }
            let name = "\(labels[record.trial.cellID] ?? "?") seed \(record.trial.seed)"
            for reason in reasons { print("\(record.trial.trialID.prefix(10))  \(name): \(reason)") }
        }
        let finished = records.count { $0.state.isFinished }
        print("\(found.count) of \(finished) results are stale")
        if !found.isEmpty { throw ExitCode(1) }
    }
}
