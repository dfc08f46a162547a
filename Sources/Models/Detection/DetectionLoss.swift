/// YOLO's detection loss and its gradient: task-aligned assignment, complete IoU, distribution focal loss, binary
/// cross entropy (arXiv 2108.07755, 1911.08287, 2006.04388).
///
/// It works on raw head outputs and knows nothing of the engine. One evaluation has the phases
///
///     prepare(targets) ─► assign(image) ─► normalise() ─► accumulate(image) ─► total()
///                         every image      once           every image         once
///
/// `assign` and `accumulate` may run for different images at the same time. Images are summed in their order and
/// inside an image in the order of its anchors, so the result does not depend on the number of threads.
public struct DetectionLoss: Sendable {
    /// The three parts of the loss.
    public struct Items: Sendable, Equatable {
        /// Complete IoU part.
        public var box: Double
        /// Classification part.
        public var cls: Double
        /// Distribution focal part.
        public var dfl: Double

        /// Items of given parts.
        public init(box: Double, cls: Double, dfl: Double) {
            self.box = box
            self.cls = cls
            self.dfl = dfl
        }

        /// Sum of the three parts: what is back-propagated, times the number of images.
        public var sum: Double { box + cls + dfl }

        /// Nothing lost.
        public static let zero = Items(box: 0, cls: 0, dfl: 0)

        /// Adds each part to its like.
        public static func += (sum: inout Items, other: Items) {
            sum = Items(box: sum.box + other.box, cls: sum.cls + other.cls, dfl: sum.dfl + other.dfl)
        }

        /// Each part divided by a number, as for the mean over batches.
        public static func / (items: Items, divisor: Double) -> Items {
            Items(box: items.box / divisor, cls: items.cls / divisor, dfl: items.dfl / divisor)
        }
    }

    /// Factors of the three parts.
    public struct Gains: Sendable, Equatable {
        /// Factor of the complete IoU part.
        public var box: Float
        /// Factor of the classification part.
        public var cls: Float
        /// Factor of the distribution focal part.
        public var dfl: Float

        /// Gains of given factors.
        public init(box: Float = 7.5, cls: Float = 0.5, dfl: Float = 1.5) {
            self.box = box
            self.cls = cls
            self.dfl = dfl
        }
    }

    /// Number of classes, the channels after the 64 box channels.
    public let classCount: Int
    /// Pixels a cell of each level is wide and high.
    public let strides: [Int]
    /// Factors of the three parts.
    public let gains: Gains
    /// Anchors that a target may propose for itself.
    public let topK: Int
    /// Exponent of the class score in the assigner's metric.
    public let alpha: Float
    /// Exponent of the overlap in the assigner's metric.
    public let beta: Float

    /// A loss for a head with these classes and strides.
    public init(
        classCount: Int, strides: [Int] = [8, 16, 32], gains: Gains = Gains(), topK: Int = 10, alpha: Float = 0.5,
        beta: Float = 6
    ) {
        precondition(classCount > 0, "a detection loss needs at least one class")
        precondition(!strides.isEmpty && strides.allSatisfy { $0 > 0 }, "strides are positive numbers of pixels")
        precondition(topK > 0, "a target proposes at least one anchor")
        self.classCount = classCount
        self.strides = strides
        self.gains = gains
        self.topK = topK
        self.alpha = alpha
        self.beta = beta
    }

    /// Computes the loss of a batch and, into every level that has a gradient pointer, the gradient of the items' sum
    /// times the number of images. Gradients are written, not added to what was there.
    ///
    /// - Parameters:
    ///   - levels: one map a stride, in the order of `strides`.
    ///   - imageCount: images in the batch.
    ///   - imageHeight: height in pixels of the network's input.
    ///   - imageWidth: width in pixels of the network's input.
    ///   - targets: objects of all images, in any order of images.
    ///   - workspace: scratch memory; it grows when a batch is larger than any before it.
    ///   - parallel: calls its body once for each number below the given count, on any threads, and waits for all.
    /// - Returns: the items with their gains applied, not multiplied by the number of images.
    public func run(
        levels: [LevelMap], imageCount: Int, imageHeight: Int, imageWidth: Int, targets: [DetectionTarget],
        workspace: DetectionLossWorkspace, parallel: (_ count: Int, _ body: @Sendable (Int) -> Void) -> Void
    ) -> Items {
        prepare(
            levels: levels, imageCount: imageCount, imageHeight: imageHeight, imageWidth: imageWidth, targets: targets,
            workspace: workspace)
        parallel(imageCount) { assign(image: $0, levels: levels, workspace: workspace) }
        normalise(workspace)
        parallel(imageCount) { accumulate(image: $0, levels: levels, workspace: workspace) }
        return total(workspace)
    }

    /// The same on the calling thread.
    public func run(
        levels: [LevelMap], imageCount: Int, imageHeight: Int, imageWidth: Int, targets: [DetectionTarget],
        workspace: DetectionLossWorkspace
    ) -> Items {
        run(
            levels: levels, imageCount: imageCount, imageHeight: imageHeight, imageWidth: imageWidth, targets: targets,
            workspace: workspace
        ) { count, body in
            for image in 0..<count { body(image) }
        }
    }

    /// Sorts the targets by image and turns them into pixels.
    package func prepare(
        levels: [LevelMap], imageCount: Int, imageHeight: Int, imageWidth: Int, targets: [DetectionTarget],
        workspace: DetectionLossWorkspace
    ) {
        precondition(levels.count == strides.count, "a detection loss needs one map for each stride")
        var anchorCount = 0
        for level in levels {
            precondition(
                level.pixelStride >= LevelMap.boxChannels + classCount,
                "a level's pixels are too narrow for 64 box channels and the classes")
            anchorCount += level.anchorCount
        }
        workspace.reserve(images: imageCount, anchors: anchorCount, targets: targets.count, topK: topK)
        workspace.sort(targets, classCount: classCount, imageHeight: imageHeight, imageWidth: imageWidth)
    }

    /// Sets the normaliser S = max(sum of all targets, 1).
    package func normalise(_ workspace: DetectionLossWorkspace) {
        var sum = 0.0
        for image in 0..<workspace.imageCount { sum += workspace.partial[image].targetSum }
        workspace.normaliser = max(Float(sum), 1)
    }

    /// Adds the images' parts in order and applies the gains.
    package func total(_ workspace: DetectionLossWorkspace) -> Items {
        var items = Items.zero
        for image in 0..<workspace.imageCount {
            let partial = workspace.partial[image].items
            items.box += partial.box
            items.cls += partial.cls
            items.dfl += partial.dfl
        }
        let normaliser = Double(workspace.normaliser)
        return Items(
            box: items.box / normaliser * Double(gains.box), cls: items.cls / normaliser * Double(gains.cls),
            dfl: items.dfl / normaliser * Double(gains.dfl))
    }
}
