/// Which images stand in which batch, and in what frame: a pure function of source, options and position.
struct LoadingPlan: Sendable {
    /// The images of one batch and the size they are brought to.
    struct Entry: Equatable {
        var indices: [Int]
        /// In training, the images that each one's mosaic may take beside it.
        var partners: [[Int]]
        var frame: ImageSize
    }

    let options: LoaderOptions
    let imageCount: Int
    private let order: [Int]
    private let frames: [ImageSize]

    init(_ source: any DetectionSource, _ options: LoaderOptions) {
        precondition(options.batchSize > 0 && options.imageSize > 0, "batch and image size are positive")
        self.options = options
        imageCount = source.count
        let square = ImageSize(height: options.imageSize, width: options.imageSize)
        guard case .rectangularEvaluation = options.mode else {
            order = Array(0..<source.count)
            frames = [square]
            return
        }
        let ratios = (0..<source.count).map { index in
            let size = source.size(at: index)
            return Double(size.height) / Double(size.width)
        }
        let sorted = (0..<source.count).sorted { (ratios[$0], $0) < (ratios[$1], $1) }
        order = sorted
        frames = stride(from: 0, to: source.count, by: options.batchSize).map { start in
            let batch = sorted[start..<min(start + options.batchSize, source.count)].map { ratios[$0] }
            return Self.frame(of: batch, imageSize: options.imageSize, minimumSide: options.minimumSide)
        }
    }

    /// The sizes that images are brought to, each once, in no order.
    var distinctFrames: Set<ImageSize> { Set(frames) }

    /// Number of batches of an epoch.
    var batchCount: Int { (imageCount + options.batchSize - 1) / options.batchSize }

    /// The most samples a batch can have.
    var largestBatch: Int {
        min(options.batchSize, imageCount) * 3 * (frames.map { $0.height * $0.width }.max() ?? 0)
    }

    /// The batch at a position; in training its images come in the epoch's order.
    func entry(_ batch: Int, of epoch: TrainingOrder.Epoch?) -> Entry {
        let range = (batch * options.batchSize)..<min((batch + 1) * options.batchSize, imageCount)
        let indices = Array((epoch?.indices ?? order)[range])
        let partners = epoch.map { epoch in range.map { Array(epoch.partners(at: $0)) } } ?? []
        return Entry(indices: indices, partners: partners, frame: frames.count == 1 ? frames[0] : frames[batch])
    }

    /// The frame of a batch of images with the given heights over widths.
    ///
    /// All below 1: (largest, 1); all above 1: (1, 1/smallest); else square, in units of the image size; each side becomes
    /// ⌈side/32 + ½⌉·32.
    static func frame(of ratios: [Double], imageSize: Int, minimumSide: Int = 32) -> ImageSize {
        let (smallest, largest) = (ratios.min() ?? 1, ratios.max() ?? 1)
        var (height, width) = (1.0, 1.0)
        if largest < 1 { height = largest } else if smallest > 1 { width = 1 / smallest }
        func side(_ share: Double) -> Int {
            max(Int((share * Double(imageSize) / 32 + 0.5).rounded(.up)) * 32, minimumSide)
        }
        return ImageSize(height: side(height), width: side(width))
    }
}
