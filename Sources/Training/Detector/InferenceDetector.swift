import Datasets
public import Engine
public import Models

/// A network that predicts: running statistics, batch norm folded, no gradients.
public final class InferenceDetector {
    public let network: Network
    public let executor: Executor
    private let levels: [LevelMap]
    private let decoding: BoxDecoding
    private let loss: DetectionLoss
    private let workspace: DetectionLossWorkspace

    /// - Parameters:
    ///   - capacity: the largest batch.
    ///   - parameters: weights and running statistics that are read in place at every call.
    ///   - memory: a block for feature maps to share with detectors that run at other times.
    ///   - workspace: scratch memory of the loss, to share in the same way.
    public init(
        _ network: Network, parameters: ParameterStore, capacity: Int, pool: ThreadPool,
        gains: DetectionLoss.Gains = DetectionLoss.Gains(), memory: FeatureMemory? = nil,
        workspace: DetectionLossWorkspace? = nil
    ) {
        self.network = network
        executor = Executor(
            network.graph, mode: .inference, capacity: capacity, parameters: parameters, pool: pool, memory: memory)
        let executor = self.executor
        levels = network.graph.outputs.indices.map { LevelMap(executor.output($0)) }
        decoding = BoxDecoding(classCount: network.classCount, strides: network.strides)
        loss = DetectionLoss(classCount: network.classCount, strides: network.strides, gains: gains)
        self.workspace =
            workspace
            ?? DetectionLossWorkspace(
                images: capacity, anchors: levels.reduce(0) { $0 + $1.anchorCount }, targets: 16 * capacity)
    }

    /// The images, NHWC in 0…1.
    public var input: TensorView { executor.input(0) }

    /// Copies a batch's images into `input`.
    func fill(_ batch: Batch) {
        batch.withImages { images in
            _ = UnsafeMutableBufferPointer(start: input.base, count: images.count).update(fromContentsOf: images)
        }
    }

    /// Cells of all levels.
    public var anchorCount: Int { levels.reduce(0) { $0 + $1.anchorCount } }

    /// Runs the network on the first `images` images of `input`.
    public func forward(images: Int) { executor.forward(images: images) }

    /// After `forward`: the head's predictions of an image, channels × anchors: centre x, centre y, width, height in
    /// input pixels, then one score a class.
    public func predictions(image: Int) -> [Float] {
        let count = (4 + network.classCount) * anchorCount
        return [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
            guard let base = buffer.baseAddress else { return }
            decoding.decode(levels: levels, image: image, into: base)
            initialized = count
        }
    }

    /// After `forward`: what survives suppression for each image, in input pixels, by falling score.
    public func detections(images: Int, _ suppression: NonMaximumSuppression) -> [[DetectedBox]] {
        let results = DetectionResults(count: images)
        let (levels, decoding) = (levels, decoding)
        executor.parallel(images) { image in
            results.set(image, suppression.detections(levels: levels, image: image, decoding: decoding))
        }
        return results.lists
    }

    /// After `forward`: the detection loss of these predictions.
    public func loss(images: Int, targets: [DetectionTarget]) -> DetectionLoss.Items {
        loss.run(
            levels: levels, imageCount: images, imageHeight: input.shape.height, imageWidth: input.shape.width,
            targets: targets, workspace: workspace
        ) { count, body in
            withoutActuallyEscaping(body) { executor.parallel(count, $0) }
        }
    }
}

/// One list for each image, each written once by one thread.
private final class DetectionResults: @unchecked Sendable {
    // Every index is written by exactly one piece of a parallel phase and read after it.
    private let storage: UnsafeMutableBufferPointer<[DetectedBox]>

    init(count: Int) {
        storage = .allocate(capacity: count)
        storage.initialize(repeating: [])
    }

    deinit {
        storage.deinitialize()
        storage.deallocate()
    }

    func set(_ index: Int, _ value: [DetectedBox]) { storage[index] = value }

    var lists: [[DetectedBox]] { Array(storage) }
}
