import ArgumentParser
import Foundation
import Reports
import Results

/// `ablate status`: where the trials of a sweep stand.
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Shows where every trial of a run stands: state, epoch, last mAP, time.",
        discussion: """
            A trial is running if a living process holds its lock, and interrupted if it was begun, has not finished and \
            nobody works on it: the next run resumes it.

            EXAMPLES:
              ablate status
              ablate status ghost -w
            """)

    @Argument(help: "A sweep's name or its manifest; without one, the last run.")
    var sweep: String?

    @Option(help: "Folder of the results.", completion: .directory)
    var results = "results"

    @Flag(help: "Print JSON.")
    var json = false

    @Flag(name: .shortAndLong, help: "Print again every two seconds, until interrupted or nothing is left to do.")
    var watch = false

    func run() throws {
        let store = try ResultStore(URL(fileURLWithPath: results), .reading)
        while true {
            let plan = try store.plan(named: sweep)
            let status = try StatusSummary(plan: plan, records: store.records(of: plan))
            if watch, isatty(STDOUT_FILENO) == 1 {
                // Clear the screen, cursor to its first place.
                print("\u{1B}[2J\u{1B}[H", terminator: "")
            }
            print(json ? status.json : status.text, terminator: "")
            let isOver = status.rows.allSatisfy { $0.record.state.isFinished || $0.record.state == .failed }
            guard watch, !isOver else { return }
            fflush(nil)
            Thread.sleep(forTimeInterval: 2)
        }
    }
}
