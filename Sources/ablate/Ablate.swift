import ArgumentParser

@main
struct Ablate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ablate",
        abstract: "Compares object detectors honestly: sweeps, training, statistics, reports.",
        subcommands: [
            ProfileCommand.self, ListCommand.self, StepCommand.self, BenchCommand.self, CocoEvalCommand.self,
        ])
}
