import CAllocationCounter
import Engine
import Models
import Testing
import Training

@Suite struct AllocationTests {
    @Test(
        "A training step takes nothing from the heap once it runs",
        .enabled(if: abl_counts_allocations(), "this C library's allocator cannot be counted"),
        arguments: ["baseline", "ghostnetv2"], [1, 2])
    func steadyStep(model: String, threads: Int) throws {
        // The counter works.
        let before = abl_allocation_count()
        let block = UnsafeMutablePointer<Int>.allocate(capacity: 100)
        block.initialize(repeating: 1, count: 100)
        #expect(block[99] == 1 && abl_allocation_count() > before)
        block.deallocate()

        let options = ModelOptions(scale: "n", classCount: 5, imageHeight: 64, imageWidth: 64)
        let network = try Network(description: .load(model), options: options)
        let store = ParameterStore(network.graph.parameters)
        store.initialize(seed: 1)
        let pool = ThreadPool(threads: threads)
        let detector = TrainableDetector(network, parameters: store, capacity: 4, pool: pool)
        let gradients = try #require(detector.executor.gradients)
        let optimizer = Optimizer(
            .sgd(momentum: 0.9, nesterov: true),
            groups: ParameterGroup.detectorGroups(store.parameters, learningRate: 1e-3, weightDecay: 1e-4),
            parameters: store, gradients: gradients, pool: pool)
        let random = CounterRandom(seed: 1, stream: .benchmark)
        for i in 0..<4 * detector.input.shape.elementCount { detector.input.base[i] = random.uniform(UInt64(i)) }
        let targets = (0..<12).map {
            DetectionTarget(image: $0 / 3, classIndex: $0 % 5, cx: 0.3 + 0.03 * Float($0), cy: 0.5, w: 0.3, h: 0.4)
        }
        // The test runner's own threads may allocate now and then: most steps see none of it.
        var counts: [Int] = []
        for step in 0..<12 {
            let start = abl_allocation_count()
            detector.executor.setRandomState(seed: 0, step: UInt64(step))
            _ = detector.step(images: 4, targets: targets)
            let norm = optimizer.gradientNorm()
            optimizer.step(gradientScale: Optimizer.clippingScale(norm: norm, limit: 10))
            gradients.clear()
            let used = abl_allocation_count() - start
            if step >= 2 { counts.append(used) }
        }
        #expect(counts.sorted()[counts.count / 2] == 0, "allocations of each step: \(counts)")
    }
}
