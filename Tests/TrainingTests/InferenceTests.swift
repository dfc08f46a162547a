import Engine
import Models
import Testing
import Training

/// Networks in evaluation: batch norm folded into the convolutions, and every image on its own.
@Suite(.serialized) struct InferenceTests {
    private static let side = 64

    private func network(_ name: String, dfc: String? = nil) throws -> Network {
        var options = ModelOptions(scale: "n", classCount: 3, imageHeight: Self.side, imageWidth: Self.side)
        if let dfc { try options.backbone.set("dfc", to: dfc) }
        return try Network(description: try ModelDescription.load(name), options: options)
    }

    /// Weights whose batch norms do something.
    private func weights(_ network: Network) -> ParameterStore {
        let store = ParameterStore(network.graph.parameters)
        store.initialize(seed: 7)
        for (index, parameter) in network.graph.parameters.enumerated() {
            let stream = CounterStream("inference/\(parameter.name)")
            let spread: (shift: Float, scale: Float)
            switch parameter.role {
            case .normalizationWeight: spread = (1, 0.3)
            case .bias, .runningMean: spread = (0, 0.2)
            case .runningVariance: spread = (1, 0.4)
            case .weight, .constant: continue
            }
            store.set(index, (0..<parameter.elementCount).map { spread.shift + spread.scale * stream[$0] })
        }
        return store
    }

    private func image(_ number: Int) -> [Float] {
        let stream = CounterStream("inference/image/\(number)")
        return (0..<Self.side * Self.side * 3).map { 0.5 + 0.5 * stream[$0] }
    }

    private func fill(_ view: TensorView, _ images: [Int]) {
        for (place, number) in images.enumerated() {
            view.image(place).update(from: image(number), count: view.shape.elementCount)
        }
    }

    /// What a batch of images gives for the image at `place`.
    private func predictions(_ detector: InferenceDetector, _ images: [Int], at place: Int) -> [Float] {
        fill(detector.input, images)
        detector.forward(images: images.count)
        return detector.predictions(image: place)
    }

    @Test(arguments: ["baseline", "ghostnetv1", "ghostnetv2"])
    func imagesDoNotSeeTheirNeighbours(name: String) throws {
        let network = try network(name)
        let detector = InferenceDetector(
            network, parameters: weights(network), capacity: 5, pool: ThreadPool(threads: 2))
        let first = predictions(detector, [0, 1, 2, 3, 4], at: 2)
        #expect(first.count == 7 * detector.anchorCount && detector.anchorCount == 84)
        #expect(first.allSatisfy { $0.isFinite })
        // Other neighbours in the same places: not a bit moves.
        #expect(predictions(detector, [5, 6, 2, 7, 8], at: 2) == first)
        // Alone, or elsewhere in a smaller batch: up to the rounding of products of another height.
        for (images, place) in [([2], 0), ([9, 2], 1), ([2, 2, 2, 2], 3)] {
            for (a, b) in zip(predictions(detector, images, at: place), first) {
                guard !(abs(a - b) <= 1e-4 * max(1, abs(b))) else { continue }
                Issue.record("\(images): \(a) instead of \(b)")
                break
            }
        }
        #expect(predictions(detector, [0, 1, 3, 3, 4], at: 2) != first)
    }

    /// With running statistics that are just the batch's, folded inference computes what training's forward pass does.
    @Test(arguments: ["baseline", "ghostnetv1", "ghostnetv2"])
    func foldedNetworkIsTheTrainedOne(name: String) throws {
        let network = try network(name, dfc: name == "ghostnetv2" ? "both" : nil)
        let store = weights(network)
        let images = [0, 1, 2, 3]
        let pool = ThreadPool(threads: 1)
        for (index, parameter) in network.graph.parameters.enumerated()
        where parameter.role == .runningMean || parameter.role == .runningVariance {
            store.set(index, [Float](repeating: 0, count: parameter.elementCount))
        }
        let training = TrainableDetector(network, parameters: store, capacity: 4, pool: pool)
        fill(training.input, images)
        _ = training.step(images: 4, targets: [])
        // From zero the running statistics are now momentum · batch's, the variance unbiased.
        var normalizations = 0
        for node in network.graph.nodes {
            let attributes =
                (node.operation as? Convolution)?.normalization ?? (node.operation as? BatchNorm)?.attributes
            guard let attributes else { continue }
            normalizations += 1
            let count = Float(images.count * node.output.shape.pixelCount)
            let mean = try #require(store.index(of: attributes.name + ".running_mean"))
            let variance = try #require(store.index(of: attributes.name + ".running_var"))
            store.set(mean, store.values(mean).map { $0 / attributes.momentum })
            store.set(variance, store.values(variance).map { $0 / attributes.momentum * (count - 1) / count })
        }
        #expect(normalizations > 80)

        let inference = InferenceDetector(network, parameters: store, capacity: 4, pool: pool)
        fill(inference.input, images)
        inference.forward(images: 4)
        for level in network.graph.outputs.indices {
            for place in images.indices {
                let expected = training.executor.output(level).copyImage(place)
                let found = inference.executor.output(level).copyImage(place)
                let size = expected.reduce(0) { max($0, abs($1)) }
                #expect(size > 0.1)
                let wrong = zip(found, expected).filter { !(abs($0 - $1) <= 2e-3 * size) }
                #expect(wrong.isEmpty, "level \(level), image \(place): \(wrong.prefix(3)), of at most \(size)")
            }
        }
    }

    /// A detector reads weights in place: a change shows at the next call, as the moving average needs.
    @Test func weightsAreReadAtEveryCall() throws {
        let network = try network("baseline")
        let store = weights(network)
        let detector = InferenceDetector(network, parameters: store, capacity: 1, pool: ThreadPool(threads: 1))
        let before = predictions(detector, [0], at: 0)
        let other = ParameterStore(network.graph.parameters)
        other.initialize(seed: 8)
        store.copy(from: other)
        let after = predictions(detector, [0], at: 0)
        #expect(after != before)
        let fresh = InferenceDetector(network, parameters: other, capacity: 1, pool: ThreadPool(threads: 1))
        #expect(predictions(fresh, [0], at: 0) == after)
    }

    /// The loss of evaluation is that of the same predictions in training.
    @Test func lossesOfBothDetectorsAgree() throws {
        let network = try network("baseline")
        let store = weights(network)
        let targets = [
            DetectionTarget(image: 0, classIndex: 1, cx: 0.4, cy: 0.5, w: 0.3, h: 0.4),
            DetectionTarget(image: 1, classIndex: 2, cx: 0.6, cy: 0.3, w: 0.5, h: 0.2),
        ]
        let pool = ThreadPool(threads: 1)
        let inference = InferenceDetector(network, parameters: store, capacity: 2, pool: pool)
        fill(inference.input, [0, 1])
        inference.forward(images: 2)
        let items = inference.loss(images: 2, targets: targets)
        #expect(items.sum.isFinite && items.box > 0 && items.cls > 0 && items.dfl > 0)
        // Gains are factors.
        let doubled = InferenceDetector(
            network, parameters: store, capacity: 2, pool: pool,
            gains: DetectionLoss.Gains(box: 15, cls: 0.5, dfl: 3))
        fill(doubled.input, [0, 1])
        doubled.forward(images: 2)
        let more = doubled.loss(images: 2, targets: targets)
        #expect(abs(more.box - 2 * items.box) <= 1e-5 * more.box)
        #expect(more.cls == items.cls)
        #expect(abs(more.dfl - 2 * items.dfl) <= 1e-5 * more.dfl)
        #expect(inference.loss(images: 2, targets: []).box == 0)
    }
}
