import Engine
import Testing

/// The same bits whatever the number of threads, and about the same numbers on every instruction set.
@Suite struct DeterminismTests {
    @Test(arguments: OperationCase.all)
    func threadsDoNotChangeBits(_ test: OperationCase) throws {
        let graph = try test.graph()
        func run(_ threads: Int) throws -> [[UInt32]] {
            let trace = Trace(graph, images: 4, threads: threads)
            _ = trace.objective()
            trace.backward()
            var results = graph.outputs.indices.map { trace.outputs($0).map(\.bitPattern) }
            results += graph.inputs.indices.map { trace.inputGradient($0).map(\.bitPattern) }
            for index in graph.parameters.indices {
                results.append(trace.executor.parameters[index].map(\.bitPattern))
                results.append(try #require(trace.executor.gradients)[index].map(\.bitPattern))
            }
            return results
        }
        let one = try run(1)
        #expect(try run(2) == one)
        #expect(try run(4) == one)
    }

    @Test(arguments: OperationCase.all)
    func batchSizeDoesNotChangeAnImage(_ test: OperationCase) throws {
        // In inference an image's output does not depend on its neighbours.
        let graph = try test.graph()
        let many = Trace(graph, mode: .inference, images: 4)
        _ = many.objective()
        let one = Trace(graph, mode: .inference, images: 1)
        _ = one.objective()
        for index in graph.outputs.indices {
            let expected = many.outputs(index).prefix(graph.outputs[index].shape.elementCount)
            for (a, b) in zip(one.outputs(index), expected) { #expect(abs(a - b) <= 1e-5 * max(1, abs(b))) }
        }
    }

    @Test func gradientsAddUpOverBatches() throws {
        let test = try #require(OperationCase.all.first { $0.name == "branches that share memory" })
        let trace = Trace(try test.graph())
        _ = trace.objective()
        trace.backward()
        let gradients = try #require(trace.executor.gradients)
        let once = gradients.all.map { $0 }
        _ = trace.objective()
        trace.backward(addsToGradients: true)
        for (sum, value) in zip(gradients.all, once) { #expect(abs(sum - 2 * value) <= 1e-5 * max(1, abs(value))) }
    }
}
