import ArgumentParser
import Foundation
import Results

/// `ablate reindex`: rebuilds the database from the trials' folders.
struct ReindexCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reindex",
        abstract: "Rebuilds results/ablate.sqlite from the plans and trials in the folders.",
        discussion: """
            A damaged database is moved aside first. What cannot be read is listed and left out; then the exit code is 1.

            EXAMPLES:
              ablate reindex
              ablate reindex --results /scratch/results
            """)

    @Option(help: "Folder of the results.", completion: .directory)
    var results = "results"

    func run() throws {
        let inventory = try ResultStore.reindex(URL(fileURLWithPath: results)).inventory
        if let damaged = inventory.damagedDatabase {
            print("The damaged database is now \(damaged.path).")
        }
        print("\(inventory.plans) plans, \(inventory.trials) trials, \(inventory.attempts) finished attempts")
        for problem in inventory.problems {
            FileHandle.standardError.write(Data("\(problem)\n".utf8))
        }
        if !inventory.problems.isEmpty { throw ExitCode(1) }
    }
}
