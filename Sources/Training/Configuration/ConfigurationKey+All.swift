import Datasets
import Models

extension ConfigurationKey {
    /// Every key of a training, in the order in which files list them.
    public static let all: [ConfigurationKey] =
        data + network + ghost + attention + start + optimization + loss + augmentation + validation + replication

    /// The key with this name or alias.
    public static func named(_ name: String) -> ConfigurationKey? { byName[name] }

    private static let byName = Dictionary(
        all.flatMap { key in ([key.name] + key.aliases).map { ($0, key) } }, uniquingKeysWith: { first, _ in first })

    private typealias Condition = (sentence: String, reads: @Sendable (TrainingConfiguration) -> Bool)

    // MARK: The keys

    private static let data: [ConfigurationKey] = [
        ConfigurationKey(
            "data", .data,
            .text(
                expected: "the name of a built-in dataset (shapes), or the path of a data.yaml or of a dataset's folder"
            ),
            summary: "the dataset: a built-in one, or the path of a data.yaml or of a dataset's folder",
            identity: .content,
            get: { .word($0.data) }, set: { $0.data = $1.word ?? $0.data }),
        integer(
            "imgsz", .data, \.imageSize, .integers(32...8192, divisor: 32, remainder: 0),
            "side of the square that images are fitted into, in pixels", aliases: ["image_size", "img_size"]),
        ConfigurationKey(
            "classes", .data, .classes, summary: "classes whose boxes are kept, by index or name; all if empty",
            get: { .list($0.selection.classes.map(ConfigurationValue.init)) },
            set: { $0.selection.classes = $1.choices ?? $0.selection.classes }),
        boolean("single_cls", .data, \.selection.isSingleClass, "make every object one of a single class"),
        number(
            "fraction", .data, \.selection.fraction, .numbers(0...1, isOpenBelow: true),
            "share of the training images that is used, the first ones by path"),
    ]

    private static let network: [ConfigurationKey] = [
        ConfigurationKey(
            "backbone", .network,
            .wordsOrFile(
                ["baseline", "v1", "v2"],
                aliases: [
                    "ghostnetv1": "v1", "ghostnetv2": "v2", "GhostNetV1": "v1", "GhostNetV2": "v2", "V1": "v1",
                    "V2": "v2", "yolo11": "baseline",
                ]),
            summary: "YOLO11's own backbone, GhostNetV1, GhostNetV2, or a YAML file with a whole network",
            identity: .content,
            get: { .word($0.backbone.name) },
            set: { $0.backbone = $1.word.map(TrainingConfiguration.Backbone.init(name:)) ?? $0.backbone }),
        word("scale", .network, \.scale, "compound scale of depth, width and channel limit", aliases: ["model_scale"]),
    ]

    private static let ghost: [ConfigurationKey] = [
        number(
            "width", .network, \.width, .numbers(0...8, isOpenBelow: true),
            "multiplier of the Ghost backbone's channels",
            readOnly: whenGhost),
        boolean(
            "tail", .network, \.hasTail, "keep the Ghost backbone's last 1×1 convolution (960 channels)",
            readOnly: whenGhost),
        number(
            "stage_dropout", .network, \.stageDropout, .numbers(0...0.99),
            "dropout after each stage of the Ghost backbone",
            readOnly: whenGhost),
    ]

    private static let attention: [ConfigurationKey] = [
        word(
            "dfc", .network, \.dfc, "which Ghost modules carry DFC attention",
            aliasesOfWords: ["expressiveness": "expanded", "capacity": "output"],
            readOnly: ("with backbone = \"v2\"", { $0.backbone == .ghostNetV2 })),
        ConfigurationKey(
            "dfc_blocks", .network, .blocks(0...15, standard: Array(2...15)),
            summary: "blocks that carry DFC attention", readOnly: whenAttention,
            get: { .list($0.dfcBlocks.map(ConfigurationValue.integer)) },
            set: { $0.dfcBlocks = $1.integers ?? $0.dfcBlocks }),
        ConfigurationKey(
            "dfc_kernel", .network, .oddSizes(DFCKernel.range, perStride: DFCKernel.strides),
            summary: "length of DFC's one-dimensional kernels, or one length for each stride",
            readOnly: whenAttention,
            get: { configuration in
                let sizes = configuration.dfcKernel.sizes.map(ConfigurationValue.integer)
                return sizes.count == 1 ? sizes[0] : .list(sizes)
            },
            set: { $0.dfcKernel = $1.kernel ?? $0.dfcKernel }),
        word("dfc_pool", .network, \.dfcPool, "how DFC halves its input", readOnly: whenAttention),
        word("dfc_upsample", .network, \.dfcUpsample, "how DFC's gate is enlarged again", readOnly: whenAttention),
        word("dfc_gate", .network, \.dfcGate, "the function that makes DFC's gate", readOnly: whenAttention),
    ]

    private static let start: [ConfigurationKey] = [
        ConfigurationKey(
            "weights", .network, .file(extensions: ["h5", "hdf5"], insteadOf: ["pt", "pth", "safetensors"]),
            summary: "HDF5 file of weights to start from: what fits by name and shape is taken over",
            aliases: ["pretrained"], identity: .content,
            get: { .word($0.weights) }, set: { $0.weights = $1.word ?? $0.weights }),
        boolean(
            "strict", .network, \.isStrict, "demand that all of weights fits the network, and nothing is missing",
            readOnly: ("with weights", { !$0.weights.isEmpty })),
        ConfigurationKey(
            "freeze", .network, .rows,
            summary: "rows of the network that are not trained: the first so many, or a list",
            get: { .list($0.freeze.map(ConfigurationValue.integer)) },
            set: { $0.freeze = $1.integers ?? $0.freeze }),
    ]

    private static let optimization: [ConfigurationKey] = [
        integer("epochs", .optimization, \.epochs, .integers(1...100_000), "passes over the training images"),
        integer(
            "batch", .optimization, \.batch, .integers(1...4096), "images of a training step", aliases: ["batch_size"]),
        word(
            "optimizer", .optimization, \.optimizer, "rule that turns gradients into steps",
            aliasesOfWords: [
                "sgd": "SGD", "adam": "Adam", "adamw": "AdamW", "adamax": "Adamax", "nadam": "NAdam", "radam": "RAdam",
                "rmsprop": "RMSProp",
            ]),
        number(
            "lr0", .optimization, \.lr0, .numbers(0...10, isOpenBelow: true), "learning rate at the start",
            readOnly: whenOptimizerIsNamed),
        number(
            "lrf", .optimization, \.lrf, .numbers(0...1, isOpenBelow: true), "final learning rate as a fraction of lr0"),
        number(
            "momentum", .optimization, \.momentum, .numbers(0...0.9999),
            "momentum of SGD and RMSProp, first beta of Adam and its kin",
            readOnly: whenOptimizerIsNamed),
        number("weight_decay", .optimization, \.weightDecay, .numbers(0...1), "decay of the weights"),
        number("warmup_epochs", .optimization, \.warmupEpochs, .numbers(0...1000), "epochs of the warm-up"),
        number(
            "warmup_momentum", .optimization, \.warmupMomentum, .numbers(0...0.9999),
            "momentum at the start of the warm-up",
            readOnly: (
                "with optimizer = \"SGD\" and a warm-up",
                { $0.warmupEpochs > 0 && ($0.optimizer == .sgd || $0.optimizer == .auto) }
            )),
        number(
            "warmup_bias_lr", .optimization, \.warmupBiasLR, .numbers(0...10),
            "learning rate of the biases at the start of the warm-up",
            readOnly: ("with a warm-up and a named optimizer", { $0.warmupEpochs > 0 && $0.optimizer != .auto })),
        boolean("cos_lr", .optimization, \.hasCosineSchedule, "cosine instead of linear fall of the learning rate"),
        integer(
            "nbs", .optimization, \.nominalBatch, .integers(1...65536), "batch that gradients are accumulated up to"),
    ]

    private static let loss: [ConfigurationKey] = [
        number("box", .loss, \.boxGain, .numbers(0...1000), "gain of the box loss"),
        number("cls", .loss, \.clsGain, .numbers(0...1000), "gain of the class loss"),
        number("dfl", .loss, \.dflGain, .numbers(0...1000), "gain of the distribution focal loss"),
    ]

    private static let augmentation: [ConfigurationKey] = [
        number("hsv_h", .augmentation, \.hsvHue, .numbers(0...1), "largest relative change of the hue"),
        number("hsv_s", .augmentation, \.hsvSaturation, .numbers(0...1), "largest relative change of the saturation"),
        number("hsv_v", .augmentation, \.hsvValue, .numbers(0...1), "largest relative change of the brightness"),
        number("degrees", .augmentation, \.degrees, .numbers(0...180), "largest rotation, in degrees"),
        number("translate", .augmentation, \.translate, .numbers(0...1), "largest shift, as a fraction of the side"),
        number(
            "augment_scale", .augmentation, \.augmentScale, .numbers(0...0.99),
            "largest relative change of size (Ultralytics' scale)"),
        number("shear", .augmentation, \.shear, .numbers(0...89), "largest shear, in degrees"),
        number("perspective", .augmentation, \.perspective, .numbers(0...0.001), "largest perspective coefficient"),
        number("flipud", .augmentation, \.flipUpDown, .numbers(0...1), "probability of a flip up-down"),
        number("fliplr", .augmentation, \.flipLeftRight, .numbers(0...1), "probability of a flip left-right"),
        number("mosaic", .augmentation, \.mosaic, .numbers(0...1), "probability of a mosaic of four images"),
        number("mixup", .augmentation, \.mixup, .numbers(0...1), "probability of blending two images"),
        integer(
            "close_mosaic", .augmentation, \.closeMosaic, .integers(0...100_000),
            "last epochs without mosaic and mixup",
            readOnly: ("with mosaic or mixup above 0", { $0.mosaic > 0 || $0.mixup > 0 })),
    ]

    private static let validation: [ConfigurationKey] = [
        word("select", .validation, \.select, "checkpoint that is reported"),
        number("conf", .validation, \.confidence, .numbers(0...1), "lowest score of a detection"),
        number("iou", .validation, \.iou, .numbers(0...1), "overlap above which the weaker of two boxes is dropped"),
        integer("max_det", .validation, \.maxDetections, .integers(1...30_000), "detections of an image"),
        boolean(
            "val_rect", .validation, \.validatesInRectangles,
            "validate in rectangles that fit images of like shape, as Ultralytics does, or else in squares of imgsz"),
        integer(
            "val_interval", .validation, \.validationInterval, .integers(1...100_000), "epochs between validations"),
    ]

    private static let replication: [ConfigurationKey] = [
        ConfigurationKey(
            "seed", .replication, .integers(0...Int(UInt32.max)), summary: "seed of every random stream",
            identity: .replicate,
            get: { .integer($0.seed) }, set: { $0.seed = $1.integer ?? $0.seed })
    ]

    // MARK: When keys are read

    private static let whenGhost: Condition = (
        "with backbone = \"v1\" or \"v2\"", { $0.backbone == .ghostNetV1 || $0.backbone == .ghostNetV2 }
    )
    private static let whenAttention: Condition = (
        "with backbone = \"v2\" and dfc other than \"none\"", { $0.backbone == .ghostNetV2 && $0.dfc != .none }
    )
    private static let whenOptimizerIsNamed: Condition = (
        "with a named optimizer (\"auto\" ignores it)", { $0.optimizer != .auto }
    )

    // MARK: Kinds of keys

    private static func integer(
        _ name: String, _ section: Section, _ path: any WritableKeyPath<TrainingConfiguration, Int> & Sendable,
        _ domain: Domain, _ summary: String, aliases: [String] = [], readOnly condition: Condition? = nil
    ) -> ConfigurationKey {
        ConfigurationKey(
            name, section, domain, summary: summary, aliases: aliases, readOnly: condition,
            get: { .integer($0[keyPath: path]) },
            set: { $0[keyPath: path] = $1.integer ?? $0[keyPath: path] })
    }

    private static func number(
        _ name: String, _ section: Section, _ path: any WritableKeyPath<TrainingConfiguration, Double> & Sendable,
        _ domain: Domain, _ summary: String, readOnly condition: Condition? = nil
    ) -> ConfigurationKey {
        ConfigurationKey(
            name, section, domain, summary: summary, readOnly: condition,
            get: { .number($0[keyPath: path]) },
            set: { $0[keyPath: path] = $1.number ?? $0[keyPath: path] })
    }

    private static func boolean(
        _ name: String, _ section: Section, _ path: any WritableKeyPath<TrainingConfiguration, Bool> & Sendable,
        _ summary: String, readOnly condition: Condition? = nil
    ) -> ConfigurationKey {
        ConfigurationKey(
            name, section, .boolean, summary: summary, readOnly: condition,
            get: { .boolean($0[keyPath: path]) },
            set: { $0[keyPath: path] = $1.boolean ?? $0[keyPath: path] })
    }

    private static func word<Word: RawRepresentable & CaseIterable & SendableMetatype>(
        _ name: String, _ section: Section, _ path: any WritableKeyPath<TrainingConfiguration, Word> & Sendable,
        _ summary: String, aliases: [String] = [], aliasesOfWords: [String: String] = [:],
        readOnly condition: Condition? = nil
    ) -> ConfigurationKey where Word.RawValue == String {
        ConfigurationKey(
            name, section, .words(Word.allCases.map(\.rawValue), aliases: aliasesOfWords), summary: summary,
            aliases: aliases, readOnly: condition,
            get: { .word($0[keyPath: path].rawValue) },
            set: { $0[keyPath: path] = $1.word.flatMap(Word.init(rawValue:)) ?? $0[keyPath: path] })
    }
}

// A key writes only what its domain has resolved, so these are never nil where a key asks for them.
extension ConfigurationValue {
    fileprivate var integer: Int? { if case .integer(let value) = self { value } else { nil } }
    fileprivate var number: Double? { if case .number(let value) = self { value } else { nil } }
    fileprivate var boolean: Bool? { if case .boolean(let value) = self { value } else { nil } }
    fileprivate var word: String? { if case .word(let value) = self { value } else { nil } }
    fileprivate var kernel: DFCKernel? {
        DFCKernel((integers ?? integer.map { [$0] } ?? []).map(String.init).joined(separator: ","))
    }
    fileprivate var choices: [DataSelection.Choice]? {
        guard case .list(let values) = self else { return nil }
        return values.compactMap { value in
            switch value {
            case .integer(let index): .index(index)
            case .word(let name): .name(name)
            default: nil
            }
        }
    }
    fileprivate var integers: [Int]? {
        if case .list(let values) = self { values.compactMap(\.integer) } else { nil }
    }
}

extension ConfigurationValue {
    /// A class as a manifest writes it.
    fileprivate init(_ choice: DataSelection.Choice) {
        switch choice {
        case .index(let index): self = .integer(index)
        case .name(let name): self = .word(name)
        }
    }
}
