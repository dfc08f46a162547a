import ArgumentParser
import Foundation

/// `ablate`: the command line. Each command is one file beside this one.
@main
struct Ablate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ablate",
        abstract: "Compares object detectors honestly: sweeps, training, statistics, reports.",
        groupedSubcommands: [
            CommandGroup(name: "Networks:", subcommands: [ProfileCommand.self, ListCommand.self]),
            CommandGroup(
                name: "Checks from outside:", subcommands: [StepCommand.self, CocoEvalCommand.self, BenchCommand.self]),
        ])

    /// Runs the command; a wrong command line ends with 2.
    static func main() async {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            let code = exitCode(for: error)
            guard code == .validationFailure else { exit(withError: error) }
            FileHandle.standardError.write(Data((fullMessage(for: error) + "\n").utf8))
            exit(withError: ExitCode(2))
        }
    }
}
