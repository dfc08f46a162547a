import Engine
import Testing

/// Every operation's gradient against central differences of its own forward pass, along random directions through all
/// inputs and all trainable parameters.
@Suite struct FiniteDifferenceTests {
    @Test(arguments: OperationCase.all)
    func gradientMatchesDifferences(_ test: OperationCase) throws {
        let graph = try test.graph()
        for seed in 1...4 as ClosedRange<UInt64> {
            let trace = Trace(graph, seed: seed)
            // Running statistics move with every forward pass, but nothing in training reads them.
            _ = trace.objective()
            trace.backward()

            // All that can be moved, with its analytic gradient.
            var groups: [(values: UnsafeMutablePointer<Float>, gradient: [Float])] = []
            for index in graph.inputs.indices {
                groups.append((trace.executor.input(index).base, trace.inputGradient(index)))
            }
            for (index, parameter) in graph.parameters.enumerated() where parameter.isTrainable {
                let values = trace.executor.parameters[index]
                let gradient = try #require(trace.executor.gradients)[index]
                groups.append((try #require(values.baseAddress), Array(gradient)))
            }
            for (number, group) in groups.enumerated() {
                let random = CounterRandom(seed: seed, stream: .initialization, 1234, UInt64(number))
                let direction = group.gradient.indices.map { random.uniform(UInt64($0)) * 2 - 1 }
                let expected = zip(group.gradient, direction).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
                let norm = zip(group.gradient, direction).reduce(0.0) { $0 + abs(Double($1.0) * Double($1.1)) }
                let step: Float = test.hasKinks ? 5e-4 : 5e-3
                let original = group.gradient.indices.map { group.values[$0] }
                func shifted(_ sign: Float) -> Double {
                    for i in original.indices { group.values[i] = original[i] + sign * step * direction[i] }
                    return trace.objective()
                }
                let difference = (shifted(1) - shifted(-1)) / (2 * Double(step))
                for i in original.indices { group.values[i] = original[i] }
                let bound = (test.hasKinks ? 2e-2 : 3e-3) * max(norm, 0.1)
                #expect(
                    abs(difference - expected) < bound,
                    "\(test.name), seed \(seed), tensor \(number): \(expected) but differences say \(difference)")
            }
        }
    }

    @Test func everyOperationHasACase() throws {
        let kinds = Set(try OperationCase.all.flatMap { try $0.graph().nodes.map { type(of: $0.operation).kind } })
        #expect(
            kinds == [
                "convolution", "linear", "batch_norm", "activation", "add", "multiply", "dropout", "concat", "slice",
                "pooling", "global_average_pool", "upsample", "matrix_product", "softmax",
            ])
    }
}
