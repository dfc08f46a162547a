import ArgumentParser
import Experiments
import Foundation
import Results

/// `ablate logs`: what a trial has to say.
struct LogsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Prints the log of a trial's last attempt.",
        discussion: """
            EXAMPLES:
              ablate logs 3f2a91
              ablate logs v2-both-n-s0 -f
            """)

    @Argument(help: "The beginning of the trial's ID, or the name of its folder.")
    var id: String

    @Flag(name: .shortAndLong, help: "Go on printing while the trial is trained.")
    var follow = false

    @OptionGroup var results: ResultsArguments

    func run() throws {
        let trial = try TrialLookup(results.url).trial(id)
        guard var attempt = try trial.attempts().last else {
            standardError("\(trial.url.lastPathComponent) has not begun")
            throw ExitCode(2)
        }
        var position: UInt64 = 0
        while true {
            // Asked before reading: what the worker wrote last is not missed.
            let isOver = !trial.isOwned
            let last = try trial.attempts().last ?? attempt
            if let handle = try? FileHandle(forReadingFrom: attempt.logURL) {
                defer { try? handle.close() }
                try handle.seek(toOffset: position)
                let data = try handle.readToEnd() ?? Data()
                position += UInt64(data.count)
                FileHandle.standardOutput.write(data)
            }
            if last != attempt {
                (attempt, position) = (last, 0)
                continue
            }
            if !follow || isOver { return }
            usleep(300_000)
        }
    }
}
