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
    /// The program itself with its libraries, and what threads and the heap keep.
    ///
    /// This and `detection` are chosen by eight measured trainings; with six others (159 MB to 2.5 GB, 8 to 400 validation
    /// images, 64 to 320 px) all fourteen stay 2 to 13 % below their plan.
    public static let program = 42 << 20
    /// A detection of the validation in all its forms: boxes, what both metrics match at ten overlaps, what is written.
    public static let detection = 1350

    public var total: Int { training + validation + parameters + images + detections + Self.program }

    /// - Parameters:
    ///   - trainImages: images of the training split; a smaller batch is trained where there are fewer.
    ///   - validationRatios: least and largest height over width of the validation images, which decide their frames.
    public init(
        _ network: Network, _ configuration: TrainingConfiguration, trainImages: Int, validationImages: Int,
        validationRatios: ClosedRange<Double> = 1...1
    ) {
        let batch = max(1, min(configuration.batch, trainImages))
        training = MemoryPlan(network.graph, capacity: batch, isTraining: true).byteCount
        let size = configuration.imageSize
        let frame = LoaderOptions(
            mode: configuration.validatesInRectangles ? .rectangularEvaluation : .evaluation, batchSize: batch,
            imageSize: size
        ).largestFrame(ratios: validationRatios)
        let framePixels = frame.height * frame.width
        let validationBatch = max(1, min(2 * configuration.batch, validationImages))
        // Feature maps grow with the frame; to trace the network once more would take longer than all the rest.
        let square = MemoryPlan(network.graph, capacity: validationBatch, isTraining: false).byteCount
        validation = Int(Double(square) * Double(framePixels) / Double(size * size))
        let copies = configuration.optimizer == .sgd ? 4 : 5
        parameters = network.graph.parameters.reduce(0) { $0 + ($1.elementCount + 15) / 16 * 16 } * 4 * copies
        let options = LoaderOptions(mode: .evaluation, batchSize: batch, imageSize: size)
        func loader(_ batch: Int, _ images: Int, _ pixels: Int) -> Int {
            // One batch is trained on, some wait, each thread makes one.
            let batches = min(1 + options.prefetch + options.threads, (images + batch - 1) / max(batch, 1) + 1)
            return 3 * (batches * batch * pixels * 4 + min(options.cacheBytes / 3, images * pixels))
        }
        images = loader(batch, trainImages, size * size) + loader(validationBatch, validationImages, framePixels)
        detections = validationImages * configuration.maxDetections * Self.detection
    }
}
