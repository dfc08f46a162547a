/// What a loader makes of its images.
public struct LoaderOptions: Sendable {
    /// What the batches are for.
    public enum Mode: Sendable {
        /// Square images in an order shuffled anew each epoch, augmented.
        case training(AugmentationSchedule)
        /// Each image once, whole, in the source's order, letterboxed to a square.
        case evaluation
        /// Each image once, whole, ordered by height over width, each batch in a frame that just holds its images plus
        /// half a stride of padding, as Ultralytics validates.
        case rectangularEvaluation
    }

    /// What the batches are for.
    public var mode: Mode
    /// Images a batch; the last one of an epoch may have fewer.
    public var batchSize: Int
    /// Side of the network's input in pixels.
    public var imageSize: Int
    /// The shortest side that a frame of `rectangularEvaluation` may have in pixels, a multiple of 32.
    public var minimumSide = 32
    /// Key of all random numbers.
    public var seed: UInt64
    /// Background threads; with 0 a batch is made when it is asked for.
    public var threads = 1
    /// Batches made ahead of the one that is asked for next.
    public var prefetch = 2
    /// Memory for decoded and scaled images that are kept for later epochs, in bytes.
    public var cacheBytes = 512 << 20

    /// Options with one thread, two batches of look-ahead and half a gibibyte of cache.
    public init(mode: Mode, batchSize: Int, imageSize: Int, seed: UInt64 = 0) {
        self.mode = mode
        self.batchSize = batchSize
        self.imageSize = imageSize
        self.seed = seed
    }

    /// A frame that no batch exceeds, of images whose heights over widths are in a range.
    public func largestFrame(ratios: ClosedRange<Double>) -> ImageSize {
        guard case .rectangularEvaluation = mode else { return ImageSize(height: imageSize, width: imageSize) }
        return LoadingPlan.frame(
            of: [ratios.lowerBound, ratios.upperBound], imageSize: imageSize, minimumSide: minimumSide)
    }
}

/// Augmentation over the epochs of a training: from `closingEpoch` on there is no mosaic and no mixup.
public struct AugmentationSchedule: Hashable, Sendable {
    /// Strengths before `closingEpoch`.
    public var configuration: AugmentationConfiguration
    /// First epoch without mosaic, counted from 0; nil for never.
    public var closingEpoch: Int?

    public init(_ configuration: AugmentationConfiguration, closingEpoch: Int? = nil) {
        self.configuration = configuration
        self.closingEpoch = closingEpoch
    }

    /// What holds in one epoch.
    public func configuration(inEpoch epoch: Int) -> AugmentationConfiguration {
        if let closingEpoch, epoch >= closingEpoch { return configuration.withoutMosaic }
        return configuration
    }
}
