import ArgumentParser
import Datasets
import Experiments
import Metrics
import Models
import Training

/// `ablate`: the command line. Each command is one file beside this one.
@main
struct Ablate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ablate",
        abstract: "Compares object detectors honestly: sweeps, training, statistics, reports.",
        groupedSubcommands: [
            CommandGroup(
                name: "Sweeps:",
                subcommands: [
                    PlanCommand.self, RunCommand.self, StatusCommand.self, LogsCommand.self, WhyCommand.self,
                    DiffCommand.self, VerifyCommand.self, ReportCommand.self, ExportCommand.self,
                ]),
            CommandGroup(
                name: "Past one machine:",
                subcommands: [SubmitCommand.self, CollectCommand.self, CancelCommand.self, WorkerCommand.self]),
            CommandGroup(
                name: "Results:", subcommands: [StaleCommand.self, GcCommand.self, ReindexCommand.self]),
            CommandGroup(
                name: "One training:",
                subcommands: [TrainCommand.self, ValCommand.self, PredictCommand.self]),
            CommandGroup(name: "Data:", subcommands: [DataCommand.self]),
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
            // What the user gave wrongly ends with 2, whichever module noticed it.
            guard error.isInput || exitCode(for: error) == .validationFailure else { exit(withError: error) }
            standardError(error.isInput ? "error: \(error)" : fullMessage(for: error))
            exit(withError: ExitCode(2))
        }
    }
}

/// Words or files of the user that do not fit together; noticed when they are opened, and rendered with nothing around it.
struct InputError: Error, Hashable, CustomStringConvertible {
    var description: String

    init(_ description: String) { self.description = description }
}

extension Error {
    /// Whether what the user gave is wrong, so that the same command would end alike.
    var isInput: Bool {
        self is InputError || self is ModelError || self is DatasetError || self is COCOFileError
            || self is LookupError || self is WeightFile.Mismatch
            || self is WeightFile.NothingFits || self is SavedDetectorError || self is StartingWeightsError
    }
}
