import Datasets
import Dispatch
public import Engine
public import Models

/// A network with its loss, ready to train: fill `input`, call `step`, read `gradients`.
public final class TrainableDetector {
    public let network: Network
    public let executor: Executor
    private let loss: DetectionLoss
    private let workspace: DetectionLossWorkspace
    private let levels: [LevelMap]
    /// The two parallel parts of the loss, made once: a step takes nothing from the heap.
    private let assign: (Int) -> Void
    private let accumulate: (Int) -> Void
    /// What the loss of the last step took.
    private(set) var lossSeconds = 0.0

    /// - Parameters:
    ///   - capacity: the largest batch.
    ///   - parameters: weights that are read in place; running statistics are written.
    public init(
        _ network: Network, parameters: ParameterStore, capacity: Int, pool: ThreadPool,
        gains: DetectionLoss.Gains = DetectionLoss.Gains()
    ) {
        self.network = network
        executor = Executor(network.graph, mode: .training, capacity: capacity, parameters: parameters, pool: pool)
        loss = DetectionLoss(classCount: network.classCount, strides: network.strides, gains: gains)
        let executor = self.executor
        levels = network.graph.outputs.indices.map { index in
            LevelMap(executor.output(index), gradient: executor.outputGradient(index).base)
        }
        workspace = DetectionLossWorkspace(
            images: capacity, anchors: levels.reduce(0) { $0 + $1.anchorCount }, targets: 16 * capacity)
        let (loss, levels, workspace) = (self.loss, self.levels, self.workspace)
        assign = { loss.assign(image: $0, levels: levels, workspace: workspace) }
        accumulate = { loss.accumulate(image: $0, levels: levels, workspace: workspace) }
    }

    /// The images, NHWC in 0…1.
    public var input: TensorView { executor.input(0) }

    /// Copies a batch's images into `input`.
    func fill(_ batch: Batch) {
        batch.withImages { images in
            _ = UnsafeMutableBufferPointer(start: input.base, count: images.count).update(fromContentsOf: images)
        }
    }

    /// Forward, loss and backward for the first `images` images of `input`; adds to `executor.gradients`.
    /// - Returns: the loss items of the batch.
    public func step(images: Int, targets: [DetectionTarget]) -> DetectionLoss.Items {
        executor.forward(images: images)
        let start = DispatchTime.now().uptimeNanoseconds
        loss.prepare(
            levels: levels, imageCount: images, imageHeight: input.shape.height, imageWidth: input.shape.width,
            targets: targets, workspace: workspace)
        executor.parallel(images, assign)
        loss.normalise(workspace)
        executor.parallel(images, accumulate)
        let items = loss.total(workspace)
        lossSeconds = Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9
        executor.backward()
        return items
    }
}

extension LevelMap {
    /// A head's output map as the loss and the decoder read it.
    init(_ view: TensorView, gradient: UnsafeMutablePointer<Float>? = nil) {
        self.init(
            pointer: UnsafePointer(view.base), gradient: gradient, height: view.shape.height, width: view.shape.width,
            pixelStride: view.pixelStride, imageStride: view.imageStride)
    }
}
