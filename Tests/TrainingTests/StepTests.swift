import Engine
import Models
import Testing
import Training

/// Five training steps of whole networks against PyTorch: predictions, losses, every gradient, every change.
@Suite(.serialized) struct StepTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var arm: String
        var size: Int

        var testDescription: String { "\(arm), size \(size)" }

        static let all = StepGolden.arms.flatMap { arm in [0, 1].map { Case(arm: arm, size: $0) } }
    }

    private func network(_ golden: StepGolden, _ size: StepGolden.Case) throws -> Network {
        var options = ModelOptions(
            scale: "n", classCount: size.classes, imageHeight: size.height, imageWidth: size.width)
        if golden.backbone == "ghostnetv2" { try options.backbone.set("dfc", to: golden.dfc) }
        return try Network(description: try ModelDescription.load(golden.backbone), options: options)
    }

    /// The script's initial values; every tensor of the network has one, and no other.
    private func weights(_ golden: StepGolden, _ network: Network) throws -> ParameterStore {
        let store = ParameterStore(network.graph.parameters)
        store.initialize(seed: 0)
        let state = network.graph.parameters.filter { $0.role != .constant }
        #expect(Set(state.map(\.name)) == Set(golden.tensors.map(\.name)))
        for tensor in golden.tensors {
            let index = try #require(store.index(of: tensor.name), "the network has no \(tensor.name)")
            #expect(network.graph.parameters[index].dimensions == tensor.shape)
            store.set(index, tensor.initialValues)
        }
        return store
    }

    @Test(arguments: Case.all)
    func fiveStepsAgreeWithPyTorch(_ test: Case) throws {
        let golden = try StepGolden(arm: test.arm)
        let size = golden.cases[test.size]
        let network = try network(golden, size)
        let start = try weights(golden, network)
        let targets = try golden.targets(size).map {
            DetectionTarget(image: Int($0[0]), classIndex: Int($0[1]), cx: $0[2], cy: $0[3], w: $0[4], h: $0[5])
        }
        let replay = StepReplay(network: network, learningRate: size.learningRate, momentum: size.momentum)
        let outcome = replay.run(
            weights: start,
            batch: StepReplay.Batch(
                count: size.images, height: size.height, width: size.width, images: size.image, targets: targets),
            steps: 5, pool: ThreadPool(threads: 1))

        try expectPredictions(outcome.predictions, golden, size)
        try expectLosses(outcome.losses, golden, size)

        // Two implementations in single precision differ by about as much as one of them from the exact result.
        let gradients = try golden.gradients(size)
        var compared = 0
        for (index, parameter) in network.graph.parameters.enumerated() where parameter.isTrainable {
            let expected = try #require(gradients[parameter.name], "PyTorch has no gradient of \(parameter.name)")
            let found = StepGolden.Digest(of: outcome.gradients.values(index), name: parameter.name)
            let distance = expected.distance(to: found)
            #expect(
                distance <= 1e-3 + 4 * expected.noise,
                "the gradient of \(parameter.name) is off by \(distance), PyTorch's own by \(expected.noise)")
            compared += 1
        }
        #expect(compared == gradients.count)

        let changes = try golden.changes(size)
        compared = 0
        for tensor in golden.tensors {
            let index = try #require(start.index(of: tensor.name))
            let change = zip(outcome.weights.values(index), start.values(index)).map { $0 - $1 }
            let expected = try #require(changes[tensor.name])
            let distance = expected.distance(to: StepGolden.Digest(of: change, name: tensor.name))
            #expect(
                distance <= 1e-2 + 4 * expected.noise,
                "the change of \(tensor.name) is off by \(distance), PyTorch's own by \(expected.noise)")
            compared += 1
        }
        #expect(compared == changes.count)
    }

    private func expectPredictions(
        _ predictions: [[Float]], _ golden: StepGolden, _ size: StepGolden.Case
    ) throws {
        let expected = try golden.predictions(size)
        let found = predictions.flatMap { $0 }
        try #require(found.count == expected.count)
        let anchors = expected.count / size.images / (4 + size.classes)
        for (index, (a, b)) in zip(found, expected).enumerated() {
            // Pixels, or a probability.
            let isBox = index / anchors % (4 + size.classes) < 4
            let bound: Float = isBox ? 1e-4 * max(1, abs(b)) : 1e-4 * max(0.01, b)
            guard !(abs(a - b) <= bound) else { continue }
            Issue.record("prediction \(index) is \(a), expected \(b)")
            return
        }
    }

    private func expectLosses(
        _ losses: [DetectionLoss.Items], _ golden: StepGolden, _ size: StepGolden.Case
    ) throws {
        let expected = try golden.losses(size)
        let noise = try golden.lossNoise(size)
        try #require(losses.count == expected.count)
        for (step, items) in losses.enumerated() {
            for (part, value) in [items.box, items.cls, items.dfl].enumerated() {
                let wanted = Double(expected[step][part])
                let bound = step == 0 ? 1e-4 : 1e-3 + 4 * Double(noise[step][part])
                #expect(
                    abs(value - wanted) <= bound * wanted, "loss \(part) of step \(step): \(value), expected \(wanted)")
            }
        }
    }
}
