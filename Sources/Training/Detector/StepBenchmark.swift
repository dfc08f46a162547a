public import Engine
import Foundation
public import Models

/// Times whole training steps, or whole inference passes, on random images and boxes.
public struct StepBenchmark {
    /// What is timed.
    public enum Work: String, Sendable, CaseIterable {
        /// Forward, loss, backward, clipping, Nesterov SGD.
        case training
        /// Forward in evaluation mode with batch norm folded, and decoding of the boxes.
        case inference
    }

    /// Seconds that one node took, forward and backward, mean over the steps.
    public struct NodeTime: Sendable {
        public let node: Node
        public let forward: Double
        public let backward: Double
    }

    public struct Result: Sendable {
        /// Of each counted step, in order.
        public let seconds: [Double]
        /// Share of the loss in the counted steps; nil for inference.
        public let lossSeconds: [Double]
        /// Bytes of feature maps, gradients and scratch.
        public let plannedBytes: Int
        /// Empty unless asked for.
        public let profile: [NodeTime]

        public var median: Double { Self.median(seconds) }
        public var medianLoss: Double { Self.median(lossSeconds) }

        private static func median(_ list: [Double]) -> Double {
            list.isEmpty ? 0 : list.sorted()[list.count / 2]
        }
    }

    /// Name of the kernels that steps are computed with.
    public static var kernels: String { InstructionSet.selected.name }

    public let network: Network
    public let batch: Int
    public let threads: Int

    public init(network: Network, batch: Int, threads: Int) {
        self.network = network
        self.batch = batch
        self.threads = threads
    }

    /// - Parameters:
    ///   - steps: counted steps.
    ///   - warmup: steps before them that are not counted.
    ///   - isProfiling: also time every node; that slows small networks a little.
    public func run(_ work: Work, steps: Int, warmup: Int = 2, isProfiling: Bool = false) -> Result {
        let store = ParameterStore(network.graph.parameters)
        store.initialize(seed: 0)
        let pool = ThreadPool(threads: threads)
        switch work {
        case .training: return train(store, pool, steps, warmup, isProfiling)
        case .inference: return infer(store, pool, steps, warmup, isProfiling)
        }
    }

    private func train(
        _ store: ParameterStore, _ pool: ThreadPool, _ steps: Int, _ warmup: Int, _ isProfiling: Bool
    ) -> Result {
        let detector = TrainableDetector(network, parameters: store, capacity: batch, pool: pool)
        guard let gradients = detector.executor.gradients else { preconditionFailure("training has gradients") }
        let optimizer = Optimizer(
            .sgd(momentum: 0.9, nesterov: true),
            groups: ParameterGroup.detectorGroups(store.parameters, learningRate: 1e-3, weightDecay: 0),
            parameters: store, gradients: gradients, pool: pool)
        let targets = randomTargets()
        fill(detector.input)
        var seconds: [Double] = []
        var lossSeconds: [Double] = []
        for step in 0..<steps + warmup {
            detector.executor.isProfiling = isProfiling && step >= warmup
            detector.executor.setRandomState(seed: 0, step: UInt64(step))
            let start = DispatchTime.now().uptimeNanoseconds
            _ = detector.step(images: batch, targets: targets)
            let norm = optimizer.gradientNorm()
            optimizer.step(gradientScale: Optimizer.clippingScale(norm: norm, limit: 10))
            gradients.clear()
            let end = DispatchTime.now().uptimeNanoseconds
            guard step >= warmup else { continue }
            seconds.append(Double(end - start) * 1e-9)
            lossSeconds.append(detector.lossSeconds)
        }
        return Result(
            seconds: seconds, lossSeconds: lossSeconds, plannedBytes: detector.executor.plan.byteCount,
            profile: isProfiling ? profile(detector.executor, steps) : [])
    }

    private func infer(
        _ store: ParameterStore, _ pool: ThreadPool, _ steps: Int, _ warmup: Int, _ isProfiling: Bool
    ) -> Result {
        let detector = InferenceDetector(network, parameters: store, capacity: batch, pool: pool)
        fill(detector.input)
        var seconds: [Double] = []
        for step in 0..<steps + warmup {
            detector.executor.isProfiling = isProfiling && step >= warmup
            let start = DispatchTime.now().uptimeNanoseconds
            detector.forward(images: batch)
            for image in 0..<batch { _ = detector.predictions(image: image) }
            let end = DispatchTime.now().uptimeNanoseconds
            if step >= warmup { seconds.append(Double(end - start) * 1e-9) }
        }
        return Result(
            seconds: seconds, lossSeconds: [], plannedBytes: detector.executor.plan.byteCount,
            profile: isProfiling ? profile(detector.executor, steps) : [])
    }

    private func profile(_ executor: Executor, _ steps: Int) -> [NodeTime] {
        zip(network.graph.nodes, executor.profile).map { node, time in
            NodeTime(
                node: node, forward: time.forward / Double(max(steps, 1)),
                backward: time.backward / Double(max(steps, 1)))
        }
    }

    private func fill(_ view: TensorView) {
        let random = CounterRandom(seed: 0, stream: .benchmark)
        for i in 0..<batch * view.shape.elementCount { view.base[i] = random.uniform(UInt64(i)) }
    }

    /// Five boxes an image, with sides of 0.1 to 0.5.
    private func randomTargets() -> [DetectionTarget] {
        let random = CounterRandom(seed: 0, stream: .benchmark, 1)
        var counter: UInt64 = 0
        func next() -> Float {
            counter += 1
            return random.uniform(counter)
        }
        return (0..<batch * 5).map { index in
            let (w, h) = (next() * 0.4 + 0.1, next() * 0.4 + 0.1)
            return DetectionTarget(
                image: index / 5, classIndex: min(Int(next() * Float(network.classCount)), network.classCount - 1),
                cx: w / 2 + next() * (1 - w), cy: h / 2 + next() * (1 - h), w: w, h: h)
        }
    }
}
