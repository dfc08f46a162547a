import ArgumentParser
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
        let trial = try find()
        guard let attempt = try trial.attempts().last else {
            standardError("\(trial.url.lastPathComponent) has not begun")
            throw ExitCode(2)
        }
        var position: UInt64 = 0
        repeat {
            // Asked before reading: what the worker wrote last is not missed.
            let isOver = !trial.isOwned
            if let handle = try? FileHandle(forReadingFrom: attempt.logURL) {
                defer { try? handle.close() }
                try handle.seek(toOffset: position)
                let data = try handle.readToEnd() ?? Data()
                position += UInt64(data.count)
                FileHandle.standardOutput.write(data)
            }
            if !follow || isOver { return }
            usleep(300_000)
        } while true
    }

    /// The one trial that the ID means; prints what else it could mean and exits with 2.
    private func find() throws -> TrialDirectory {
        let files = FileManager.default
        var found: [TrialDirectory] = []
        let sweeps = (try? files.contentsOfDirectory(at: results.url, includingPropertiesForKeys: nil)) ?? []
        for sweep in sweeps {
            let folders = (try? files.contentsOfDirectory(at: sweep, includingPropertiesForKeys: nil)) ?? []
            for folder in folders where files.fileExists(atPath: folder.appendingPathComponent("trial.json").path) {
                let name = folder.lastPathComponent
                let digits = name.split(separator: "-").last ?? ""
                guard name.hasPrefix(id) || id.hasPrefix(digits) || digits.hasPrefix(id) else { continue }
                let trial = try TrialDirectory(opening: folder)
                if name.hasPrefix(id) || trial.identity.id.hasPrefix(id) { found.append(trial) }
            }
        }
        if let only = found.first, found.count == 1 { return only }
        if found.isEmpty {
            standardError("no trial under \(results.results) has an ID or a name that begins with \(id)")
        } else {
            standardError("\(id) could mean:")
            for trial in found { standardError("  \(trial.identity.shortID)  \(trial.url.lastPathComponent)") }
        }
        throw ExitCode(2)
    }
}
