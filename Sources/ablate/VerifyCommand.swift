import ArgumentParser
import Experiments
import Foundation
import Results

/// `ablate verify`: trains a trial again and compares what comes out.
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Trains a finished trial again in a folder of its own and compares weights, curves and metrics.",
        discussion: """
            Equal means equal to the bit; only clocks may differ. The first difference of each kind is shown, with what \
            may explain it. The results are not touched. Exits with 0 where all is equal, with 1 where not.

            EXAMPLES:
              ablate verify 3f2a91
              ablate verify v2-both-n-s0 --keep /tmp/again
            """)

    @Argument(help: "The beginning of the trial's ID, or of the name of its folder.")
    var id: String

    @Option(help: "Keep the second training in this folder.", completion: .directory)
    var keep: String?

    @OptionGroup var results: ResultsArguments

    func run() throws {
        let trial = try TrialLookup(results.url).trial(id)
        let verification = try Verification(trial)
        let scratch =
            keep.map { URL(fileURLWithPath: $0, isDirectory: true) }
            ?? FileManager.default.temporaryDirectory.appendingPathComponent("ablate-verify-\(UUID().uuidString)")
        defer { if keep == nil { try? FileManager.default.removeItem(at: scratch) } }
        StopSignals.startCounting()
        guard let kind = ExecutorKind.all.first else { preconditionFailure("There is an executor.") }
        standardError("training \(trial.url.lastPathComponent) again in \(scratch.path)")
        let finding = try verification.run(
            in: scratch, data: DatasetOpener(), executor: kind.make(CodeVersion.program, 1)
        ) { event in
            if case .progress(_, .epoch(let row)) = event { standardError("epoch \(row.epoch)") }
        }
        guard let finding else {
            standardError("interrupted")
            throw ExitCode(75)
        }
        for (name, hash) in finding.hashes.sorted(by: { $0.key < $1.key }) { print("\(name)  \(hash)") }
        if finding.isEqual {
            print("equal to the bit: weights, curves, metrics")
            return
        }
        for difference in finding.differences { print("differs: \(difference)") }
        for circumstance in finding.circumstances { print("note: \(circumstance)") }
        throw ExitCode(1)
    }
}
