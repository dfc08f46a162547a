import ArgumentParser
import Models

/// The options that choose a network and how it is built; shared by the commands that build one.
struct ModelArguments: ParsableArguments {
    @Option(help: "Network: \(Self.names), or the path of a YAML file; yolo11n.yaml is yolo11.yaml at scale n.")
    var model: String?

    @Option(help: "Scale of the network: n, s, m, l or x.")
    var scale: String?

    @Option(help: "Number of classes; without it the network file's.")
    var nc: Int?

    @Option(help: "Image size in pixels, one side or height x width as in 320x640; multiples of 32 for detectors.")
    var imgsz: ImageSize?

    @OptionGroup(title: "Backbone options")
    var backbone: BackboneArguments

    private static var names: String {
        BundledNetwork.all.map { $0.aliases.first ?? String($0.file.dropLast(5)) }.joined(separator: ", ")
    }

    /// Builds the network.
    /// - Parameter defaultModel: what to build without `--model`; with `nil` that is an error.
    func network(defaultModel: String? = nil) throws -> Network {
        guard let word = model ?? defaultModel else {
            throw ValidationError("Missing --model: one of \(Self.names), or the path of a YAML file")
        }
        return try network(of: try ModelDescription.load(word))
    }

    /// Builds a description with these options: 640 px where no size is given, 224 for classifiers.
    func network(of description: ModelDescription) throws -> Network {
        let size = imgsz ?? ImageSize(side: description.isDetector ? 640 : 224)
        return try Network(
            description: description,
            options: ModelOptions(
                scale: scale, classCount: nc, imageHeight: size.height, imageWidth: size.width,
                backbone: try backbone.options()))
    }
}

/// The options of a backbone, one flag for each entry of `BackboneOption.all`.
struct BackboneArguments: ParsableArguments {
    @Option(help: Self.help("dfc"))
    var dfc: String?

    @Option(name: [.long, .customLong("dfc_blocks")], help: Self.help("dfc_blocks"))
    var dfcBlocks: String?

    @Option(name: [.long, .customLong("dfc_kernel")], help: Self.help("dfc_kernel"))
    var dfcKernel: String?

    @Option(name: [.long, .customLong("dfc_pool")], help: Self.help("dfc_pool"))
    var dfcPool: String?

    @Option(name: [.long, .customLong("dfc_upsample")], help: Self.help("dfc_upsample"))
    var dfcUpsample: String?

    @Option(name: [.long, .customLong("dfc_gate")], help: Self.help("dfc_gate"))
    var dfcGate: String?

    @Option(help: Self.help("width"))
    var width: String?

    @Option(help: Self.help("tail"))
    var tail: String?

    @Option(name: [.long, .customLong("stage_dropout")], help: Self.help("stage_dropout"))
    var stageDropout: String?

    /// The options that were given.
    /// - Throws: `ModelError` with all values that do not fit.
    func options() throws -> BackboneOptions {
        let given = [
            ("dfc", dfc), ("dfc_blocks", dfcBlocks), ("dfc_kernel", dfcKernel), ("dfc_pool", dfcPool),
            ("dfc_upsample", dfcUpsample), ("dfc_gate", dfcGate), ("width", width), ("tail", tail),
            ("stage_dropout", stageDropout),
        ]
        var options = BackboneOptions()
        var problems: [ModelProblem] = []
        for case (let name, let value?) in given {
            do throws(ModelError) {
                try options.set(name, to: value)
            } catch {
                problems += error.problems
            }
        }
        guard problems.isEmpty else { throw ModelError(problems) }
        return options
    }

    private static func help(_ name: String) -> ArgumentHelp {
        guard let option = BackboneOption.all.first(where: { $0.name == name }) else {
            preconditionFailure("the catalogue has no option \(name)")
        }
        return
            "\(option.summary.prefix(1).uppercased() + option.summary.dropFirst()): \(option.values) (\(option.defaultValue))."
    }
}

/// Height and width of an image in pixels, written `640` or `320x640`.
struct ImageSize: ExpressibleByArgument, Hashable {
    var height: Int
    var width: Int

    init(side: Int) {
        height = side
        width = side
    }

    init?(argument: String) {
        let sides = argument.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
        guard sides.count <= 2, let height = sides[0], let width = sides[sides.count - 1], height > 0, width > 0 else {
            return nil
        }
        self.height = height
        self.width = width
    }
}
