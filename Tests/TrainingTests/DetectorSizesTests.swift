import Datasets
import Engine
import Foundation
import Models
import Testing
import Training

/// One network at several sizes in one block of memory.
@Suite struct DetectorSizesTests {
    private let sizes = [
        ImageSize(height: 64, width: 96), ImageSize(height: 96, width: 64), ImageSize(height: 64, width: 64),
    ]

    private func network() throws -> Network {
        try Network(
            description: try ModelDescription.load("v2"),
            options: ModelOptions(scale: "n", classCount: 3, imageHeight: 64, imageWidth: 64))
    }

    private func fill(_ view: TensorView, seed: UInt64) {
        let random = Engine.CounterRandom(seed: seed, stream: .benchmark)
        for i in 0..<view.shape.elementCount { view.base[i] = random.uniform(UInt64(i)) }
    }

    /// Sizes take turns, weights change in between, and each answers as a detector of its own would.
    @Test func sharedMemoryChangesNothing() throws {
        let network = try network()
        let store = ParameterStore(network.graph.parameters)
        let pool = ThreadPool(threads: 1)
        let shared = try DetectorSizes(network, parameters: store, capacity: 1, pool: pool, sizes: sizes.prefix(2))
        for round in 0..<3 {
            if round != 1 { store.initialize(seed: UInt64(round)) }
            for (number, size) in sizes.enumerated() {
                let detector = try shared.detector(size)
                let own = InferenceDetector(
                    try network.resized(height: size.height, width: size.width), parameters: store, capacity: 1,
                    pool: pool)
                for one in [detector, own] {
                    fill(one.input, seed: UInt64(10 * round + number))
                    one.forward(images: 1)
                }
                let predictions = detector.predictions(image: 0)
                #expect(predictions.count == 7 * size.height * size.width * 21 / 1024)
                #expect(predictions == own.predictions(image: 0), "\(size), round \(round)")
                #expect(Set(predictions).count > 100)
            }
        }
    }

    @Test func parametersDoNotDependOnTheSize() throws {
        let network = try network()
        for size in sizes {
            let other = try network.resized(height: size.height, width: size.width)
            #expect(other.graph.parameters == network.graph.parameters)
        }
        #expect(network.smallestSide == 64)
        let baseline = try Network(
            description: try ModelDescription.load("baseline"), options: ModelOptions(scale: "n", classCount: 3))
        #expect(baseline.smallestSide == 32)
        #expect(throws: ModelError.self) { try network.resized(height: 32, width: 64) }
    }
}
