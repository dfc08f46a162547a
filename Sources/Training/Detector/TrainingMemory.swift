import Datasets
import Engine
public import Models

/// Bytes that a training process holds at its peak, which is while it validates; known before anything is trained.
public struct TrainingMemory: Hashable, Sendable {
    /// Feature maps, gradients and scratch of a training step.
    public let training: Int
    /// The same of the network that validates, with its folded weights.
    public let validation: Int
    /// Weights, their average, gradients and the optimizer's moments.
    public let parameters: Int
    /// Batches that are made ahead, and scaled images that are kept.
    public let images: Int
    /// Detections of the validation images.
    public let detections: Int
    /// The program itself with its libraries, and what threads and the heap keep: 92 MiB, so that four measured trainings
    /// (244 MB to 1.35 GB) stay 2 to 8 % below their plan.
    public static let program = 92 << 20

    public var total: Int { training + validation + parameters + images + detections + Self.program }

    /// - Parameters:
    ///   - trainImages: images of the training split; a smaller batch is trained where there are fewer.
    public init(
        _ network: Network, _ configuration: TrainingConfiguration, trainImages: Int, validationImages: Int
    ) {
        let batch = max(1, min(configuration.batch, trainImages))
        training = MemoryPlan(network.graph, capacity: batch, isTraining: true).byteCount
        validation = MemoryPlan(network.graph, capacity: configuration.batch, isTraining: false).byteCount
        let copies = configuration.optimizer == .sgd ? 4 : 5
        parameters = network.graph.parameters.reduce(0) { $0 + ($1.elementCount + 15) / 16 * 16 } * 4 * copies
        let pixels = configuration.imageSize * configuration.imageSize * 3
        let options = LoaderOptions(mode: .evaluation, batchSize: batch, imageSize: configuration.imageSize)
        func loader(_ batch: Int, _ images: Int) -> Int {
            // One batch is trained on, some wait, each thread makes one.
            let batches = min(1 + options.prefetch + options.threads, (images + batch - 1) / max(batch, 1) + 1)
            return batches * batch * pixels * 4 + min(options.cacheBytes, images * pixels)
        }
        images = loader(batch, trainImages) + loader(configuration.batch, validationImages)
        // A box, a score and indices, once as detected and once sorted for the metric.
        detections = validationImages * configuration.maxDetections * 2 * 56
    }
}
