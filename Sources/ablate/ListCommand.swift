import ArgumentParser
import Datasets
import Engine
import Experiments
import Metrics
import Models
import Results
import Training

/// `ablate list`: what there is to choose from.
struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists a catalogue: \(Catalogue.all.map(\.name).joined(separator: ", ")).",
        discussion: """
            EXAMPLES:
              ablate list keys
              ablate list options --format md
              ablate list manifest --format md > docs/manifest.md
              ablate list commands --format man > ablate.1
            """)

    enum Format: String, CaseIterable, ExpressibleByArgument { case text, md, man }

    @Argument(help: "Which catalogue; without one, the catalogues themselves.")
    var catalogue: String?

    @Option(help: "text, md for Markdown, or man for the manual page of all commands.")
    var format: Format = .text

    func validate() throws {
        if format == .man, catalogue != "commands" {
            throw ValidationError("There is a manual page of commands only: ablate list commands --format man")
        }
        guard let catalogue, Catalogue.named(catalogue) == nil else { return }
        throw ValidationError(
            "There is no catalogue \(catalogue), expected one of \(Catalogue.all.map(\.name).joined(separator: ", "))")
    }

    func run() throws {
        if format == .man {
            print(try ManualPage().text, terminator: "")
            return
        }
        if format == .md, let page = catalogue.flatMap(Catalogue.named)?.page {
            print(page(), terminator: "")
            return
        }
        let entries =
            try catalogue.flatMap(Catalogue.named)?.entries()
            ?? Catalogue.all.map { Catalogue.Entry($0.name, $0.summary) }
        if format == .md {
            print("| name | meaning |\n| --- | --- |")
            for entry in entries { print("| `\(entry.name)` | \(entry.text.replacing("|", with: "\\|")) |") }
            return
        }
        let width = entries.map(\.name.count).max() ?? 0
        for entry in entries {
            let space = String(repeating: " ", count: width - entry.name.count)
            print("\(entry.name)\(space)  \(entry.text)")
        }
    }
}

/// A list of things that manifests, network files or commands can name.
struct Catalogue: Sendable {
    struct Entry {
        var name: String
        var text: String

        /// - Parameters: parts of the description, of which the empty ones are left out.
        init(_ name: String, _ parts: String...) {
            self.name = name
            text = parts.filter { !$0.isEmpty }.joined(separator: " ")
        }
    }

    let name: String
    let summary: String
    let entries: @Sendable () throws -> [Entry]
    /// The catalogue as a page of its own; nil where a table of its entries does.
    let page: (@Sendable () -> String)?

    init(
        name: String, summary: String, page: (@Sendable () -> String)? = nil,
        entries: @escaping @Sendable () throws -> [Entry]
    ) {
        self.name = name
        self.summary = summary
        self.entries = entries
        self.page = page
    }

    static func named(_ name: String) -> Catalogue? { all.first { $0.name == name } }

    static let all: [Catalogue] = [
        Catalogue(name: "networks", summary: "Network files that are part of the program.") {
            BundledNetwork.all.map { network in
                Entry(
                    network.file, network.aliases.isEmpty ? "" : "(\(network.aliases.joined(separator: ", ")))",
                    network.summary + ".")
            }
        },
        Catalogue(name: "modules", summary: "Modules that rows of a network file can name, with their arguments.") {
            Module.all.map { module in
                Entry(module.name, module.argumentSummary, module.summary, module.reference)
            }
        },
        Catalogue(name: "options", summary: "Options of a backbone, for rows, manifests and the command line.") {
            BackboneOption.all.map { option in
                Entry(option.name, "\(option.summary): \(option.values); default \(option.defaultValue).")
            }
        },
        Catalogue(
            name: "manifest", summary: "What may stand at the top of a manifest; as Markdown, the whole reference.",
            page: { ManifestReference.markdown }
        ) {
            ManifestSection.all.map { Entry($0.heading, $0.summary.replacing("`", with: "")) }
        },
        Catalogue(name: "keys", summary: "Keys of a training, for manifests and the command line.") {
            ConfigurationKey.all.map { key in
                Entry(
                    "\(key.name) = \(key.defaultValue.canonicalJSON)", "\(key.summary) (\(key.domain.expected))",
                    key.readingCondition.map { "read only \($0)" } ?? "")
            }
        },
        Catalogue(name: "checks", summary: "What is looked for in plans, and then in their results.") {
            PlanCheck.all.map { Entry($0.name, $0.summary) } + ResultCheck.all.map { Entry($0.name, $0.summary) }
        },
        Catalogue(name: "operations", summary: "Operations that the engine computes, forward and backward.") {
            operations.map { Entry($0.kind, $0.summary) }
        },
        Catalogue(name: "metrics", summary: "Numbers that an evaluation yields.") {
            Metric.all.map { Entry($0.name, $0.summary, $0.reference) }
        },
        Catalogue(name: "datasets", summary: "Kinds of data sets.") {
            DatasetKind.all.map { Entry($0.name, $0.summary, $0.reference) }
        },
        Catalogue(name: "augmentations", summary: "Changes to training images, in their order.") {
            Augmentation.all.map { Entry($0.name, $0.summary + ".", $0.reference) }
        },
        Catalogue(name: "commands", summary: "Commands of this program.") {
            try ManualPage().root.all.dropFirst().map { Entry($0.call, $0.abstract ?? "") }
        },
    ]

    private static let operations: [(kind: String, summary: String)] = [
        (Convolution.kind, "Convolution with batch norm, activation and residual in one node."),
        (Linear.kind, "Fully connected layer."),
        (BatchNorm.kind, "Batch norm that stands alone."),
        (ActivationOperation.kind, "Activation that stands alone: \(activations)."),
        (Add.kind, "Sum of two maps."),
        (Multiply.kind, "Product of two maps, or of a map with one factor for each channel."),
        (Concat.kind, "Joins maps along their channels."),
        (Slice.kind, "Consecutive channels of a map."),
        (Pooling.kind, "Maximum or mean over windows."),
        (GlobalAveragePool.kind, "Mean over all positions."),
        (Upsample.kind, "Nearest or bilinear resize."),
        (MatrixProduct.kind, "Products of matrices inside maps, head by head."),
        (Softmax.kind, "Softmax over channels."),
        (Dropout.kind, "Zeroes a share of the scalars in training."),
    ]

    private static var activations: String { Activation.allCases.map(\.rawValue).joined(separator: ", ") }
}
