import Engine
import Foundation
import Models
import Testing

/// Outputs of whole networks against PyTorch's, every tensor filled from its name: a wrong name, shape, order or
/// wiring gives other numbers.
@Suite struct NetworkOutputTests {
    @Test(arguments: NetworkGolden.all.outputs)
    func outputsAreThoseOfPyTorch(_ run: NetworkGolden.Run) throws {
        let network = try network(
            run.network, scale: run.scale, nc: run.nc, height: run.height, width: run.width, options: run.options)
        let graph = network.graph
        // PyTorch's state has running statistics and Detect's constant bins, too.
        let names = graph.parameters.reduce(UInt64(0)) { $0 ^ StableHash.of("\($1.name) \($1.dimensions)") }
        #expect(String(format: "%016llx", names) == run.names)

        let store = ParameterStore(graph.parameters)
        store.initialize(seed: 0)
        for (index, parameter) in graph.parameters.enumerated() {
            if let values = fill(parameter, gain: run.gain) { store.set(index, values) }
        }
        let executor = Executor(
            graph, mode: .inference, capacity: 1, parameters: store, pool: ThreadPool(threads: 1))
        let input = executor.input(0)
        let image = drawn("image", input.shape.elementCount, from: 0, to: 1)
        #expect(input.pixelStride == 3)
        _ = UnsafeMutableBufferPointer(start: input.image(0), count: image.count).update(fromContentsOf: image)
        executor.forward(images: 1)

        #expect(graph.outputs.count == run.outputs.count)
        for (index, expected) in run.outputs.enumerated() {
            let output = executor.output(index)
            #expect([output.shape.height, output.shape.width, output.shape.channels] == expected.shape)
            let values = output.copyImage(0)
            let sampled = expected.values.indices.map { values[$0 * values.count / expected.values.count] }
            let difference = zip(sampled, expected.values).map { abs($0 - $1) }.max() ?? .infinity
            #expect(difference <= 1e-4 * expected.largest, "output \(index)")
        }
    }

    private func fill(_ parameter: Parameter, gain: Double) -> [Float]? {
        let count = parameter.elementCount
        switch parameter.role {
        case .normalizationWeight, .runningVariance: return drawn(parameter.name, count, from: 0.8, to: 1.2)
        case .bias, .runningMean: return drawn(parameter.name, count, from: -0.1, to: 0.1)
        case .weight:
            let bound = (gain / Double(count / parameter.dimensions[0])).squareRoot()
            return drawn(parameter.name, count, from: -bound, to: bound)
        case .constant: return nil
        }
    }

    /// As `uniform` of `tools/golden/models.py`.
    private func drawn(_ name: String, _ count: Int, from low: Double, to high: Double) -> [Float] {
        let seed = StableHash.of(name)
        return (1...count).map { index in
            var z = seed &+ UInt64(index) &* 0x9E37_79B9_7F4A_7C15
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            z ^= z >> 31
            return Float(low + (high - low) * (Double(z >> 40) / 16_777_216))
        }
    }
}
