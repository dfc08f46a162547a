import Engine

/// One run of a case: fills everything with random numbers, runs forward and backward with a random objective.
final class Trace {
    let graph: Graph
    let executor: Executor
    let images: Int
    /// Weights of the objective Σ output · direction.
    private var directions: [[Float]] = []

    init(
        _ graph: Graph, mode: Executor.Mode = .training, images: Int = 3, capacity: Int = 4, threads: Int = 1,
        seed: UInt64 = 1
    ) {
        self.graph = graph
        self.images = images
        let store = ParameterStore(graph.parameters)
        store.initialize(seed: seed)
        for (index, parameter) in graph.parameters.enumerated() {
            let random = CounterRandom(seed: seed, stream: .initialization, 77, UInt64(index))
            for i in store[index].indices {
                let u = random.uniform(UInt64(i))
                switch parameter.role {
                case .normalizationWeight, .runningVariance: store[index][i] = 0.7 + 0.6 * u
                case .bias, .runningMean: store[index][i] = 0.4 * u - 0.2
                case .weight, .constant: break
                }
            }
        }
        executor = Executor(
            graph, mode: mode, capacity: capacity, parameters: store, pool: ThreadPool(threads: threads),
            inputsNeedGradients: true)
        executor.setRandomState(seed: 5, step: 9)
        for index in graph.inputs.indices {
            let view = executor.input(index)
            let random = CounterRandom(seed: seed, stream: .initialization, 99, UInt64(index))
            for i in 0..<images * view.shape.elementCount {
                view.base[i] = random.uniform(UInt64(i)) * 3 - 1.5
            }
        }
        for (index, output) in graph.outputs.enumerated() {
            let random = CounterRandom(seed: seed, stream: .initialization, 55, UInt64(index))
            directions.append((0..<images * output.shape.elementCount).map { random.uniform(UInt64($0)) * 2 - 1 })
        }
    }

    /// Runs forward and returns the objective.
    func objective() -> Double {
        executor.forward(images: images)
        var total = 0.0
        for index in graph.outputs.indices {
            for (i, value) in outputs(index).enumerated() { total += Double(value) * Double(directions[index][i]) }
        }
        return total
    }

    func outputs(_ index: Int) -> [Float] {
        (0..<images).flatMap { executor.output(index).copyImage($0) }
    }

    /// After `objective`: gradients of the objective in `executor`.
    func backward(addsToGradients: Bool = false) {
        if !addsToGradients { executor.gradients?.clear() }
        for index in graph.outputs.indices {
            let view = executor.outputGradient(index)
            for image in 0..<images {
                for pixel in 0..<view.shape.pixelCount {
                    for channel in 0..<view.shape.channels {
                        let position = (image * view.shape.pixelCount + pixel) * view.shape.channels + channel
                        view.image(image)[pixel * view.pixelStride + channel] = directions[index][position]
                    }
                }
            }
        }
        executor.backward()
    }

    func inputGradient(_ index: Int) -> [Float] {
        guard let view = executor.inputGradient(index) else { return [] }
        return (0..<images).flatMap { view.copyImage($0) }
    }
}
