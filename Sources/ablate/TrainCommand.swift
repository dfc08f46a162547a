import ArgumentParser
import Experiments
import Training

/// `ablate train`: one training without a manifest.
struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Trains one detector: a sweep of one cell.",
        discussion: """
            Everything that is not said has Ultralytics' default; `ablate train --keys` lists the keys. The training lands \
            in the folder `train` of the results and is resumed, or found finished, when the same words are given again.

            EXAMPLES:
              ablate train data=shapes backbone=v2 dfc=both epochs=20 imgsz=128
              ablate train data=path/to/data.yaml backbone=v1 scale=s seeds=0,1,2
            """)

    @Argument(help: "key=value, such as epochs=20; seeds=0,1,2 trains several times.")
    var words: [String] = []

    @Option(help: "The folder under the results.")
    var name = "train"

    @Flag(help: "List all keys with their defaults, and train nothing.")
    var keys = false

    @OptionGroup var execution: ExecutionArguments
    @OptionGroup var results: ResultsArguments

    func validate() throws {
        let isPlain = name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) }
        if name.isEmpty || name.hasPrefix(".") || !isPlain {
            throw ValidationError("--name names a folder, expected letters, digits, \".\", \"_\" and \"-\"")
        }
    }

    func run() throws {
        if keys {
            listKeys()
        } else {
            try runSweep(try Plan.make(Manifest(words: words, name: name)), results: results.url, execution)
        }
    }

    private func listKeys() {
        for section in ConfigurationKey.Section.allCases {
            print("\n\(section.rawValue)")
            for key in ConfigurationKey.all where key.section == section {
                let assignment = "\(key.name) = \(key.defaultValue.canonicalJSON)"
                print("  \(assignment)".padded(to: 34) + "\(key.summary) (\(key.domain.expected))")
                if let condition = key.readingCondition { print("".padded(to: 34) + "read only \(condition)") }
            }
        }
    }
}

extension String {
    /// The text with spaces up to a width, and one at least.
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(1, width - count))
    }
}
