public import Engine
public import Foundation
import HDF5
public import Models

/// Repeats recorded training steps: reads weights and a batch, trains, and writes what the network made of them, so that
/// anyone can hold the engine against another implementation.
///
/// The file has `weights/<name>`, `batch/img` (N×3×H×W in 0…1), `batch/batch_idx`, `batch/cls`, `batch/bboxes`
/// (normalised centre and size), and attributes `lr`, `momentum`. The output has, at its root, `eval/predictions`
/// (N × 4 + classes × anchors, before any step), `gradients/<name>` of the first step, `losses` (steps × box, class,
/// dfl) and `weights/<name>` after the last step.
public struct StepReplay {
    /// One recorded batch, images in NHWC.
    public struct Batch {
        public var count: Int
        public var height: Int
        public var width: Int
        public var images: [Float]
        public var targets: [DetectionTarget]

        public init(count: Int, height: Int, width: Int, images: [Float], targets: [DetectionTarget]) {
            precondition(images.count == count * height * width * 3, "a batch has count × height × width × 3 numbers")
            self.count = count
            self.height = height
            self.width = width
            self.images = images
            self.targets = targets
        }
    }

    public struct Outcome {
        /// One list a recorded image: channels × anchors.
        public var predictions: [[Float]]
        public var losses: [DetectionLoss.Items]
        /// Gradients of the first step.
        public var gradients: ParameterStore
        /// Weights and running statistics after the last step.
        public var weights: ParameterStore
    }

    /// What a file says about its network; nil where it says nothing.
    public struct Recorded {
        public var backbone: String?
        public var scale: String?
        public var dfc: String?
        public var classCount: Int?
        public var width: Double?
        public var learningRate: Double?
        public var momentum: Double?
        public var height: Int
        public var imageWidth: Int

        public init(reading url: URL) throws {
            self = try HDF5File.read(url) { file in
                let attributes = try file.attributes()
                let dimensions = try file.dimensions(of: "batch/img")
                guard dimensions.count == 4 else {
                    throw HDF5Error(
                        file: file.path, object: "batch/img", attempt: "read the batch",
                        cause: "it has dimensions \(dimensions), expected images × 3 × height × width")
                }
                return Recorded(attributes, dimensions)
            }
        }

        private init(_ attributes: [String: HDF5Attribute], _ dimensions: [Int]) {
            func text(_ name: String) -> String? { attributes[name]?.string.flatMap { $0.isEmpty ? nil : $0 } }
            backbone = text("backbone")
            scale = text("scale")
            dfc = text("dfc")
            classCount = attributes["nc"]?.int
            width = attributes["width"]?.double
            learningRate = attributes["lr"]?.double
            momentum = attributes["momentum"]?.double
            height = dimensions[2]
            imageWidth = dimensions[3]
        }
    }

    public let network: Network
    public let learningRate: Double
    public let momentum: Double

    public init(network: Network, learningRate: Double, momentum: Double) {
        self.network = network
        self.learningRate = learningRate
        self.momentum = momentum
    }

    /// Trains `steps` steps of Nesterov SGD without weight decay or clipping on one batch, from `weights`.
    public func run(weights: ParameterStore, batch: Batch, steps: Int, pool: ThreadPool) -> Outcome {
        let store = ParameterStore(network.graph.parameters)
        store.copy(from: weights)
        let inference = InferenceDetector(network, parameters: store, capacity: batch.count, pool: pool)
        fill(inference.input, batch)
        inference.forward(images: batch.count)
        let predictions = (0..<batch.count).map { inference.predictions(image: $0) }

        let detector = TrainableDetector(network, parameters: store, capacity: batch.count, pool: pool)
        guard let gradients = detector.executor.gradients else { preconditionFailure("training has gradients") }
        let first = ParameterStore(network.graph.parameters)
        let optimizer = Optimizer(
            .sgd(momentum: Float(momentum), nesterov: true),
            groups: ParameterGroup.detectorGroups(
                store.parameters, learningRate: Float(learningRate), weightDecay: 0),
            parameters: store, gradients: gradients, pool: pool)
        var losses: [DetectionLoss.Items] = []
        for step in 0..<steps {
            fill(detector.input, batch)
            gradients.clear()
            losses.append(detector.step(images: batch.count, targets: batch.targets))
            if step == 0 { first.copy(from: gradients) }
            optimizer.step()
        }
        return Outcome(predictions: predictions, losses: losses, gradients: first, weights: store)
    }

    private func fill(_ view: TensorView, _ batch: Batch) {
        view.base.update(from: batch.images, count: batch.images.count)
    }

    // MARK: Files

    /// Weights and batch of a recorded file.
    /// - Throws: `HDF5Error`, `WeightFile.Mismatch`.
    public func read(_ url: URL) throws -> (weights: ParameterStore, batch: Batch) {
        let store = ParameterStore(network.graph.parameters)
        store.initialize(seed: 0)
        let batch = try HDF5File.read(url) { file in
            try WeightFile.read(file, group: WeightFile.group, into: store)
            let image = try file.read(Float.self, from: "batch/img")
            let (n, h, w) = (image.dimensions[0], image.dimensions[2], image.dimensions[3])
            var pixels = [Float](repeating: 0, count: image.values.count)
            for i in 0..<n {
                for c in 0..<3 {
                    for p in 0..<h * w { pixels[(i * h * w + p) * 3 + c] = image.values[(i * 3 + c) * h * w + p] }
                }
            }
            let index = try file.read(Float.self, from: "batch/batch_idx").values
            let classes = try file.read(Float.self, from: "batch/cls").values
            let boxes = try file.read(Float.self, from: "batch/bboxes").values
            guard classes.count == index.count, boxes.count == 4 * index.count else {
                throw HDF5Error(
                    file: file.path, object: "batch", attempt: "read the targets",
                    cause: "\(index.count) indices, \(classes.count) classes and \(boxes.count / 4) boxes do not agree")
            }
            let targets = index.indices.map { i in
                DetectionTarget(
                    image: Int(index[i]), classIndex: Int(classes[i]), cx: boxes[4 * i], cy: boxes[4 * i + 1],
                    w: boxes[4 * i + 2], h: boxes[4 * i + 3])
            }
            return Batch(count: n, height: h, width: w, images: pixels, targets: targets)
        }
        return (store, batch)
    }

    /// Writes an outcome under the names that a recorded file has below `expected/`.
    /// - Throws: `HDF5Error`.
    public func write(_ outcome: Outcome, to url: URL) throws {
        try HDF5File.write(to: url) { file in
            let channels = 4 + network.classCount
            let anchors = (outcome.predictions.first?.count ?? 0) / channels
            try file.write(
                outcome.predictions.flatMap { $0 }, dimensions: [outcome.predictions.count, channels, anchors],
                to: "eval/predictions")
            try file.write(
                outcome.losses.flatMap { [$0.box, $0.cls, $0.dfl] }, dimensions: [outcome.losses.count, 3],
                to: "losses")
            for (index, parameter) in outcome.gradients.parameters.enumerated() where parameter.isTrainable {
                try file.write(
                    outcome.gradients.values(index), dimensions: parameter.dimensions, to: "gradients/\(parameter.name)"
                )
            }
            try WeightFile.write(outcome.weights, into: file, group: WeightFile.group)
        }
    }
}
