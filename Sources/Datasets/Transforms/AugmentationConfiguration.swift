/// The strengths of all augmentations, under Ultralytics' names and with its defaults.
public struct AugmentationConfiguration: Hashable, Sendable, Codable {
    /// Hue changes by up to this share either way.
    public var hsvH = 0.015
    /// Saturation changes by up to this share either way.
    public var hsvS = 0.7
    /// Value changes by up to this share either way.
    public var hsvV = 0.4
    /// Largest turn either way, in degrees.
    public var degrees = 0.0
    /// Largest shift either way, as a share of the side.
    public var translate = 0.1
    /// Largest change of scale either way.
    public var scale = 0.5
    /// Largest shear either way, in degrees.
    public var shear = 0.0
    /// Largest tilt either way: entries of the third row of the matrix.
    public var perspective = 0.0
    /// Probability of mirroring top to bottom.
    public var flipud = 0.0
    /// Probability of mirroring left to right.
    public var fliplr = 0.5
    /// Probability of a mosaic.
    public var mosaic = 1.0
    /// Probability of blending in a second image.
    public var mixup = 0.0

    /// The defaults.
    public init() {}

    /// Nothing but letterboxing.
    public static var none: AugmentationConfiguration {
        var none = AugmentationConfiguration()
        for setting in settings { none[keyPath: setting.path] = 0 }
        return none
    }

    /// The same with mosaic and mixup off, as in the last epochs of a training.
    public var withoutMosaic: AugmentationConfiguration {
        var closed = self
        closed.mosaic = 0
        closed.mixup = 0
        return closed
    }

    /// One number of the configuration.
    public struct Setting: Sendable {
        /// The name in manifests and in Ultralytics' settings.
        public let name: String
        /// What it may be.
        public let range: ClosedRange<Double>
        /// Where the configuration keeps it.
        public let path: any WritableKeyPath<AugmentationConfiguration, Double> & Sendable
    }

    /// Every setting.
    public static let settings: [Setting] = [
        Setting(name: "hsv_h", range: 0...1, path: \.hsvH),
        Setting(name: "hsv_s", range: 0...1, path: \.hsvS),
        Setting(name: "hsv_v", range: 0...1, path: \.hsvV),
        Setting(name: "degrees", range: 0...180, path: \.degrees),
        Setting(name: "translate", range: 0...1, path: \.translate),
        Setting(name: "scale", range: 0...0.99, path: \.scale),
        Setting(name: "shear", range: 0...80, path: \.shear),
        Setting(name: "perspective", range: 0...0.001, path: \.perspective),
        Setting(name: "flipud", range: 0...1, path: \.flipud),
        Setting(name: "fliplr", range: 0...1, path: \.fliplr),
        Setting(name: "mosaic", range: 0...1, path: \.mosaic),
        Setting(name: "mixup", range: 0...1, path: \.mixup),
    ]

    /// Throws `DatasetError` naming every setting that is out of range.
    public func validate() throws {
        var problems = ProblemList()
        for setting in Self.settings where !setting.range.contains(self[keyPath: setting.path]) {
            problems.add(
                "\(setting.name) is \(self[keyPath: setting.path]), expected "
                    + "\(setting.range.lowerBound) to \(setting.range.upperBound)")
        }
        try problems.throwIfAny()
    }
}

/// An augmentation as an entry of the catalogue.
public struct Augmentation: Sendable {
    /// Name in listings.
    public let name: String

    /// What it does, in one sentence.
    public let summary: String

    /// Where it comes from.
    public let reference: String

    /// The step it takes under a configuration, or nil if it is switched off.
    public let make: @Sendable (AugmentationConfiguration) -> (any Transform)?

    /// Every augmentation, in the order in which a training image passes them.
    public static let all: [Augmentation] = [
        Augmentation(
            name: "mosaic", summary: "Four images around a random point of a larger canvas",
            reference: "arXiv 2004.10934",
            make: { Mosaic(probability: $0.mosaic) }),
        Augmentation(
            name: "perspective", summary: "Turns, scales, shears, tilts and moves the image",
            reference: "https://github.com/ultralytics/yolov5",
            make: { settings in
                RandomPerspective(
                    degrees: settings.degrees, translate: settings.translate, scale: settings.scale,
                    shear: settings.shear, perspective: settings.perspective)
            }),
        Augmentation(
            name: "mixup", summary: "Blends a second training image into the first", reference: "arXiv 1710.09412",
            make: { settings in
                if settings.mixup == 0 { return nil }
                // The partner goes through mosaic and perspective too.
                let preparation = Self.all.prefix(2).compactMap { $0.make(settings) }
                return MixUp(probability: settings.mixup, preparation: preparation)
            }),
        Augmentation(
            name: "hsv", summary: "Multiplies hue, saturation and value", reference: "arXiv 1506.02640",
            make: { settings in
                HSVJitter(hue: settings.hsvH, saturation: settings.hsvS, value: settings.hsvV)
            }),
        Augmentation(
            name: "flipud", summary: "Mirrors the image top to bottom",
            reference: "https://docs.ultralytics.com/guides/yolo-data-augmentation/",
            make: { $0.flipud == 0 ? nil : FlipUpDown(probability: $0.flipud) }),
        Augmentation(
            name: "fliplr", summary: "Mirrors the image left to right",
            reference: "https://docs.ultralytics.com/guides/yolo-data-augmentation/",
            make: { $0.fliplr == 0 ? nil : FlipLeftRight(probability: $0.fliplr) }),
    ]

    /// The steps of a training image under a configuration.
    public static func pipeline(_ configuration: AugmentationConfiguration) -> [any Transform] {
        all.compactMap { $0.make(configuration) }
    }
}
