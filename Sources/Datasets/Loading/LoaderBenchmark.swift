import Foundation

/// Measures how many images a second the loader makes on one thread, without a network waiting for them.
public struct LoaderBenchmark: Sendable {
    /// One way of loading.
    public struct Measurement: Sendable {
        /// Whether images are augmented, or letterboxed only.
        public let isAugmented: Bool
        /// Whether they were in memory already.
        public let isCached: Bool
        public let images: Int
        public let seconds: Double

        public var imagesPerSecond: Double { Double(images) / seconds }
    }

    public var batch: Int
    public var imageSize: Int
    public var augmentation: AugmentationConfiguration
    /// How long each way of loading is measured at most; a pass over the data set may end it before.
    public var seconds: Double

    public init(
        batch: Int = 16, imageSize: Int = 640, augmentation: AugmentationConfiguration = .init(), seconds: Double = 5
    ) {
        precondition(batch > 0 && imageSize > 0, "batch and image size are positive")
        self.batch = batch
        self.imageSize = imageSize
        self.augmentation = augmentation
        self.seconds = seconds
    }

    /// Loads without and with augmentation, first from files and then, where a pass over the data set fitted into the
    /// time, from memory as far as the loader keeps it.
    ///
    /// - Throws: `DatasetError` for an image that cannot be read.
    public func run(
        _ source: any DetectionSource, progress: (_ measurement: Measurement) -> Void = { _ in }
    ) throws -> [Measurement] {
        var results: [Measurement] = []
        for isAugmented in [false, true] {
            let mode: LoaderOptions.Mode =
                isAugmented ? .training(AugmentationSchedule(augmentation)) : .evaluation
            var options = LoaderOptions(mode: mode, batchSize: batch, imageSize: imageSize)
            options.threads = 0
            let loader = try DataLoader(source, options)
            for isCached in [false, true] {
                let (images, seconds, isWhole) = try pass(loader)
                let measurement = Measurement(
                    isAugmented: isAugmented, isCached: isCached, images: images, seconds: seconds)
                results.append(measurement)
                progress(measurement)
                if !isWhole { break }
            }
        }
        return results
    }

    /// Loads until the end of an epoch or of the time.
    private func pass(_ loader: DataLoader) throws -> (images: Int, seconds: Double, isWhole: Bool) {
        let start = DispatchTime.now().uptimeNanoseconds
        var images = 0
        var elapsed = 0.0
        while let batch = try loader.next() {
            images += batch.count
            elapsed = Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9
            if elapsed > seconds { return (images, elapsed, false) }
        }
        return (images, elapsed, true)
    }
}
