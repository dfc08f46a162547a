/// Makes the batches of a plan: a batch depends on source, options and position, and on nothing else.
struct BatchMaker: Sendable {
    let plan: LoadingPlan
    let cache: ImageCache
    let pool: BufferPool
    /// Nil in evaluation.
    private let orders: TrainingOrderCache?

    init(_ source: any DetectionSource, _ options: LoaderOptions) {
        plan = LoadingPlan(source, options)
        if case .training = options.mode {
            let order = TrainingOrder(imageCount: source.count, batchSize: options.batchSize, seed: options.seed)
            orders = TrainingOrderCache(order)
            // Partners, and the images of the batches in the making.
            let recent = order.capacity + (options.prefetch + 1) * options.batchSize
            cache = ImageCache(source, imageSize: options.imageSize, limit: options.cacheBytes, recentCount: recent)
        } else {
            orders = nil
            cache = ImageCache(source, imageSize: options.imageSize, limit: options.cacheBytes, recentCount: 0)
        }
        pool = BufferPool(capacity: plan.largestBatch)
    }

    /// The batch at a position, or nil if `isStopped` becomes true on the way. Throws what decoding throws.
    func batch(at position: LoaderPosition, isStopped: () -> Bool) throws -> Batch? {
        let entry = plan.entry(position.batch, of: orders?.epoch(position.epoch))
        let storage = pool.lend()
        var targets: [Target] = []
        var geometry: [ImageGeometry] = []
        let transforms: [any Transform]
        if case .training(let schedule) = plan.options.mode {
            transforms = Augmentation.pipeline(schedule.configuration(inEpoch: position.epoch))
        } else {
            transforms = []
        }
        for (slot, index) in entry.indices.enumerated() {
            if isStopped() { return nil }
            var sample = try cache.sample(at: index)
            if case .training = plan.options.mode {
                let context = TransformContext(
                    imageSize: plan.options.imageSize, imageCount: plan.imageCount, partners: entry.partners[slot],
                    seed: plan.options.seed, epoch: position.epoch, index: index, load: cache.sample(at:))
                for transform in transforms { sample = try transform.apply(to: sample, in: context) }
            } else {
                let letterbox = Letterbox(frame: entry.frame, scalesUp: false)
                geometry.append(self.geometry(of: index, loaded: sample.image.size, letterbox: letterbox))
                sample = letterbox.apply(to: sample)
            }
            write(sample.image, slot: slot, into: storage.memory)
            targets += sample.boxes.map { Target(image: slot, $0.normalized(in: entry.frame)) }
        }
        return Batch(
            frame: entry.frame, indices: entry.indices, targets: targets, geometry: geometry, position: position,
            storage: storage)
    }

    private func geometry(of index: Int, loaded: ImageSize, letterbox: Letterbox) -> ImageGeometry {
        let original = cache.source.size(at: index)
        let placement = letterbox.placement(of: loaded)
        return ImageGeometry(
            original: original, loaded: placement.inner, gain: Float(placement.inner.height) / Float(original.height),
            left: placement.left, top: placement.top)
    }

    /// Bytes as shares of 255, at an image's place in the batch.
    private func write(_ image: RGBImage, slot: Int, into memory: UnsafeMutableBufferPointer<Float>) {
        image.pixels.withUnsafeBufferPointer { input in
            let start = slot * input.count
            let output = UnsafeMutableBufferPointer(rebasing: memory[start..<(start + input.count)])
            for i in 0..<input.count { output[i] = Float(input[i]) * (1 / 255) }
        }
    }
}
