import ArgumentParser
import Experiments

/// `ablate run`: makes a manifest true.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Trains what a manifest asks for and is not there yet.",
        discussion: """
            Finished trials are kept, interrupted ones resumed, failed ones left alone unless --retry failed. Trials run \
            seed by seed, so that partial tables stay balanced. Ctrl-C once saves checkpoints and prints the command that \
            resumes; twice kills the workers.

            Results that another version of this program has given are kept and marked; --refresh stale trains them \
            again. --json prints what happens as lines of JSON.

            Exit status: 0 all well, 1 some trial failed, 2 something is wrong with the manifest, 75 interrupted.

            EXAMPLES:
              ablate run sweeps/ghost.toml -j 2
              ablate run ghost --retry failed
              ablate run ghost scale=n,s seeds=0 epochs=2
            """)

    @OptionGroup var manifest: ManifestArguments
    @OptionGroup var execution: ExecutionArguments
    @OptionGroup var results: ResultsArguments

    func run() throws {
        try runSweep(try Plan.make(try manifest.read()), results: results.url, execution)
    }
}
