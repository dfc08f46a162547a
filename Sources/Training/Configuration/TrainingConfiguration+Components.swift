import Digests
public import Datasets
public import Models

extension TrainingConfiguration {
    /// Opens the data, of which only the selected part is there.
    /// - Throws: `DatasetError`.
    public func openData() throws -> DetectionData {
        try Datasets.open(spec: data, relativeTo: nil).selecting(selection)
    }

    /// Weights of the three loss terms.
    public var lossGains: DetectionLoss.Gains {
        DetectionLoss.Gains(box: Float(boxGain), cls: Float(clsGain), dfl: Float(dflGain))
    }

    /// Augmentation of each epoch: mosaic and mixup end `closeMosaic` epochs before the last, unless the training is
    /// shorter than that.
    public var augmentation: AugmentationSchedule {
        var augmentation = AugmentationConfiguration()
        augmentation.hsvH = hsvHue
        augmentation.hsvS = hsvSaturation
        augmentation.hsvV = hsvValue
        augmentation.degrees = degrees
        augmentation.translate = translate
        augmentation.scale = augmentScale
        augmentation.shear = shear
        augmentation.perspective = perspective
        augmentation.flipud = flipUpDown
        augmentation.fliplr = flipLeftRight
        augmentation.mosaic = mosaic
        augmentation.mixup = mixup
        return AugmentationSchedule(
            augmentation, closingEpoch: closeMosaic <= epochs ? epochs - closeMosaic : nil)
    }

    /// The network for data with this many classes; frozen rows are marked in its graph.
    /// - Throws: `ModelError`.
    public func network(classCount: Int) throws(ModelError) -> Network {
        var options = ModelOptions(
            scale: scale.rawValue, classCount: classCount, imageHeight: imageSize, imageWidth: imageSize)
        let keys = Set(entries.map(\.key.name))
        func set(_ key: String, _ text: String) throws(ModelError) {
            if keys.contains(key) { try options.backbone.set(key, to: text) }
        }
        try set("dfc", dfc.rawValue)
        try set("dfc_blocks", dfcBlocks.map(String.init).joined(separator: ","))
        try set("dfc_kernel", dfcKernel.description)
        try set("dfc_pool", dfcPool.rawValue)
        try set("dfc_upsample", dfcUpsample.rawValue)
        try set("dfc_gate", dfcGate.rawValue)
        try set("width", "\(width)")
        try set("tail", hasTail ? "true" : "false")
        try set("stage_dropout", "\(stageDropout)")
        let description = try ModelDescription.load(backbone.modelWord)
        // A file with fixed multiples has one size, whatever the scale.
        if case .file = backbone, description.scales.isEmpty { options.scale = nil }
        return try Network(description: description, options: options).freezing(rows: freeze)
    }
}

extension TrainingConfiguration {
    /// What stands for a network file in an identity: SHA-256 of its parsed rows, so that a file that was moved or
    /// reformatted is the same; nil for the networks that are built in.
    public func descriptionDigest(of network: Network) -> String? {
        guard case .file = backbone else { return nil }
        return ContentDigest.hexadecimal(of: network.description.canonicalText)
    }
}

extension TrainingConfiguration.Backbone {
    /// What the network catalogue knows it by: an alias or a path.
    public var modelWord: String {
        switch self {
        case .baseline: "baseline"
        case .ghostNetV1: "ghostnetv1"
        case .ghostNetV2: "ghostnetv2"
        case .file(let path): path
        }
    }
}
