import Engine
import Testing

/// Buffers that are alive at once lie apart, and sharing memory changes no number.
@Suite struct MemoryPlanTests {
    private func expectSound(_ buffers: [MemoryPlan.Buffer], _ offsets: [Int], _ total: Int, _ title: String) {
        #expect(buffers.count == offsets.count)
        for (index, buffer) in buffers.enumerated() {
            #expect(offsets[index] >= 0 && offsets[index] + buffer.floats <= total, "\(title): \(index) is outside")
            #expect(offsets[index] % 16 == 0, "\(title): \(index) does not begin on a cache line")
            for other in 0..<index {
                let rival = buffers[other]
                guard buffer.first <= rival.last, rival.first <= buffer.last else { continue }
                let isApart =
                    offsets[index] + buffer.floats <= offsets[other] || offsets[other] + rival.floats <= offsets[index]
                #expect(isApart, "\(title): \(buffer) and \(rival) overlap")
            }
        }
        // No plan can do with less than is alive at one moment.
        let last = buffers.map(\.last).max() ?? 0
        let peak = (0...last).map { time in
            buffers.reduce(0) { $0 + ($1.first <= time && time <= $1.last ? $1.floats : 0) }
        }.max()
        #expect(total >= peak ?? 0)
        #expect(total <= buffers.reduce(0) { $0 + $1.floats })
    }

    @Test(arguments: 0..<200)
    func randomBuffersLieApart(seed: Int) {
        let random = CounterRandom(seed: UInt64(seed), stream: .benchmark, 7)
        let count = 1 + Int(random.bits(0) % 40)
        let buffers = (0..<count).map { index in
            let first = Int(random.bits(UInt64(3 * index + 1)) % 30)
            return MemoryPlan.Buffer(
                floats: 16 * (1 + Int(random.bits(UInt64(3 * index + 2)) % 20)), first: first,
                last: first + Int(random.bits(UInt64(3 * index + 3)) % 10))
        }
        let (offsets, total) = MemoryPlan.place(buffers)
        expectSound(buffers, offsets, total, "seed \(seed)")
        let again = MemoryPlan.place(buffers)
        #expect(again.offsets == offsets && again.total == total)
    }

    @Test(arguments: OperationCase.all, [true, false])
    func plansOfOperations(_ test: OperationCase, isTraining: Bool) throws {
        let graph = try test.graph()
        let plan = MemoryPlan(graph, capacity: 3, isTraining: isTraining)
        expectSound(plan.buffers, plan.offsets, plan.floatCount, test.name)
        let again = MemoryPlan(graph, capacity: 3, isTraining: isTraining)
        #expect(again.offsets == plan.offsets && again.buffers == plan.buffers)
        #expect(plan.byteCount == 4 * plan.floatCount)
    }

    @Test func memoryIsShared() throws {
        var builder = GraphBuilder()
        var x = builder.input(Shape(height: 16, width: 16, channels: 16))
        for layer in 0..<10 {
            let convolution = Convolution(outputChannels: 16, kernel: Extent(1), activation: .silu)
            x = try builder.convolution(x, convolution, name: "c\(layer)")
        }
        let graph = builder.finish(outputs: [x])
        let plan = MemoryPlan(graph, capacity: 8, isTraining: false)
        // The input, which is kept for the next call, and two maps in turn.
        let map = 8 * 16 * 16 * 16
        #expect(plan.floatCount < 4 * map)
        #expect(MemoryPlan(graph, capacity: 8, isTraining: true).floatCount > 10 * map)
    }

    /// On graphs of any topology: the plan is sound, gradients match differences, and neither the number of threads nor
    /// the memory that inference shares changes the result.
    @Test(arguments: 0..<60)
    func randomGraphs(seed: Int) throws {
        let graph = try RandomGraph.make(seed: UInt64(seed))
        for isTraining in [true, false] {
            let plan = MemoryPlan(graph, capacity: 3, isTraining: isTraining)
            expectSound(plan.buffers, plan.offsets, plan.floatCount, "graph \(seed)")
        }
        let trace = Trace(graph, images: 3, threads: 1)
        _ = trace.objective()
        let outputs = graph.outputs.indices.map { trace.outputs($0) }
        trace.backward()
        let gradients = try #require(trace.executor.gradients)
        let analytic =
            graph.inputs.indices.map { trace.inputGradient($0) } + graph.parameters.indices.map { gradients.values($0) }

        let parallel = Trace(graph, images: 3, threads: 3)
        _ = parallel.objective()
        parallel.backward()
        let parallelGradients = try #require(parallel.executor.gradients)
        for index in graph.inputs.indices { #expect(parallel.inputGradient(index) == analytic[index]) }
        for index in graph.parameters.indices {
            #expect(parallelGradients.values(index) == analytic[graph.inputs.count + index])
        }
        try expectDifferences(trace, graph, seed)
        if !graph.nodes.contains(where: { ($0.operation as? Convolution)?.normalization != nil }) {
            let inference = Trace(graph, mode: .inference, images: 3)
            _ = inference.objective()
            for output in graph.outputs.indices {
                for (a, b) in zip(inference.outputs(output), outputs[output]) {
                    #expect(abs(a - b) <= 1e-5 * max(1, abs(b)), "graph \(seed): inference and training differ")
                }
            }
        }
    }

    /// One central difference along a random direction through every input and trainable parameter at once, for each.
    private func expectDifferences(_ trace: Trace, _ graph: Graph, _ seed: Int) throws {
        let gradients = try #require(trace.executor.gradients)
        var groups: [(name: String, values: UnsafeMutablePointer<Float>, gradient: [Float])] = []
        for index in graph.inputs.indices {
            groups.append(("input \(index)", trace.executor.input(index).base, trace.inputGradient(index)))
        }
        for (index, parameter) in graph.parameters.enumerated() where parameter.isTrainable {
            let values = try #require(trace.executor.parameters[index].baseAddress)
            groups.append((parameter.name, values, Array(gradients[index])))
        }
        for (number, group) in groups.enumerated() {
            let random = CounterRandom(seed: UInt64(seed), stream: .benchmark, 99, UInt64(number))
            let direction = group.gradient.indices.map { random.uniform(UInt64($0)) * 2 - 1 }
            let terms = zip(group.gradient, direction).map { Double($0) * Double($1) }
            let (expected, norm) = (terms.reduce(0, +), terms.reduce(0) { $0 + abs($1) })
            let original = group.gradient.indices.map { group.values[$0] }
            func shifted(_ step: Float) -> Double {
                for i in original.indices { group.values[i] = original[i] + step * direction[i] }
                return trace.objective()
            }
            let step: Float = 5e-3
            let difference = (shifted(step) - shifted(-step)) / (2 * Double(step))
            for i in original.indices { group.values[i] = original[i] }
            #expect(
                abs(difference - expected) <= 1e-2 * max(norm, 0.3),
                "graph \(seed), \(group.name): \(expected) but differences say \(difference)")
        }
    }
}
