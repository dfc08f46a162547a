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
    }

    /// The images, NHWC in 0…1.
    public var input: TensorView { executor.input(0) }

    /// Forward, loss and backward for the first `images` images of `input`; adds to `executor.gradients`.
    /// - Returns: the loss items of the batch.
    public func step(images: Int, targets: [DetectionTarget]) -> DetectionLoss.Items {
        executor.forward(images: images)
        let start = DispatchTime.now().uptimeNanoseconds
        let items = loss.run(
            levels: levels, imageCount: images, imageHeight: input.shape.height, imageWidth: input.shape.width,
            targets: targets, workspace: workspace
        ) { count, body in
            withoutActuallyEscaping(body) { executor.parallel(count, $0) }
        }
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
