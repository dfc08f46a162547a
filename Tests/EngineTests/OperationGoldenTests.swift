import Engine
import Testing

/// Every operation against PyTorch: outputs, gradients of inputs and parameters, running statistics.
///
/// Cases with `training` run as they say, cases without it both ways; PyTorch's gradients of cases in evaluation have no
/// counterpart, because the engine differentiates training only. Every stored tensor of a case is used or named as
/// such: a tensor or an operation that the test does not know is a failure.
@Suite struct OperationGoldenTests {
    @Test(arguments: (try? GoldenFile.operations.get().cases) ?? [])
    func agreesWithPyTorch(golden: GoldenFile.Case) throws {
        let file = try GoldenFile.operations.get()
        let graph = try GoldenGraph(golden, in: file)
        var unused = Set(file.tensorNames(of: golden))
        if golden.training != false { unused.subtract(try compareTraining(graph, file)) }
        if golden.training != true { unused.subtract(try compareInference(graph, file)) }
        if golden.training == false { unused = unused.filter { !$0.hasSuffix(".gradient") } }
        #expect(unused.isEmpty, "\(golden.name): nothing was compared with \(unused.sorted())")
    }

    @Test func thereAreCases() throws {
        let cases = try GoldenFile.operations.get().cases
        #expect(Set(cases.map(\.operation)).count == 15)
        #expect(cases.contains { $0.training == true } && cases.contains { $0.training == false })
        #expect(Set(cases.compactMap(\.activation)) == Set(Activation.allCases.map(\.rawValue)))
    }

    /// Runs forward and backward; returns the tensors that were used.
    private func compareTraining(_ golden: GoldenGraph, _ file: GoldenFile) throws -> Set<String> {
        let run = try Run(golden, file, mode: .training)
        var used = run.used
        try run.expect(run.executor.output(0), is: "output")
        try run.write("output.gradient", to: run.executor.outputGradient(0))
        run.executor.backward()
        used.formUnion(["output", "output.gradient"])
        for (index, name) in golden.inputNames.enumerated() {
            let gradient = try #require(run.executor.inputGradient(index))
            try run.expect(gradient, is: name + ".gradient")
            used.insert(name + ".gradient")
        }
        let gradients = try #require(run.executor.gradients)
        for (index, parameter) in golden.graph.parameters.enumerated() {
            let name = GoldenGraph.tensorName(of: parameter)
            if parameter.isTrainable {
                try run.expect(gradients.values(index), is: name + ".gradient")
                used.insert(name + ".gradient")
            } else {
                try run.expect(run.executor.parameters.values(index), is: name + ".after")
                used.insert(name + ".after")
            }
        }
        return used
    }

    private func compareInference(_ golden: GoldenGraph, _ file: GoldenFile) throws -> Set<String> {
        let run = try Run(golden, file, mode: .inference)
        try run.expect(run.executor.output(0), is: "output")
        for (index, parameter) in golden.graph.parameters.enumerated() {
            let name = GoldenGraph.tensorName(of: parameter)
            let values = try file.numbers(name, in: golden.golden)
            #expect(run.executor.parameters.values(index) == values, "inference moved \(name)")
        }
        return run.used.union(["output"])
    }

    /// An executor with a case's numbers, after its forward pass.
    private struct Run {
        let golden: GoldenFile.Case
        let file: GoldenFile
        let images: Int
        let executor: Executor
        /// Tensors that were read.
        private(set) var used: Set<String> = []

        init(_ golden: GoldenGraph, _ file: GoldenFile, mode: Executor.Mode) throws {
            self.golden = golden.golden
            self.file = file
            let shape = try file.shape("output", in: golden.golden)
            images = shape[0]
            let output = golden.graph.outputs[0].shape
            #expect([output.height, output.width, output.channels] == Array(shape[1...]))
            let store = ParameterStore(golden.graph.parameters)
            for (index, parameter) in golden.graph.parameters.enumerated() {
                let name = GoldenGraph.tensorName(of: parameter)
                #expect(try file.shape(name, in: golden.golden) == parameter.dimensions)
                store.set(index, try file.numbers(name, in: golden.golden))
                used.insert(name)
            }
            // More room and threads than the case needs.
            executor = Executor(
                golden.graph, mode: mode, capacity: images + 2, parameters: store, pool: ThreadPool(threads: 2),
                inputsNeedGradients: true)
            for (index, name) in golden.inputNames.enumerated() {
                try write(name, to: executor.input(index))
                used.insert(name)
            }
            executor.forward(images: images)
        }

        /// Fills a map with a tensor of the case.
        func write(_ name: String, to view: TensorView) throws {
            let numbers = try file.numbers(name, in: golden)
            let channels = view.shape.channels
            #expect(numbers.count == images * view.shape.elementCount)
            for (index, number) in numbers.enumerated() {
                view.base[index / channels * view.pixelStride + index % channels] = number
            }
        }

        func expect(_ view: TensorView, is name: String) throws {
            try expect((0..<images).flatMap { view.copyImage($0) }, is: name)
        }

        /// The largest difference is a few roundings of the largest number.
        func expect(_ values: [Float], is name: String) throws {
            let expected = try file.numbers(name, in: golden)
            try #require(values.count == expected.count)
            let size = expected.reduce(0) { max($0, abs($1)) }
            let bound = 4e-6 * max(size, 0.1)
            let wrong = values.indices.filter { !(abs(values[$0] - expected[$0]) <= bound) }
            guard let first = wrong.first else { return }
            Issue.record(
                """
                \(golden.name): \(name) differs in \(wrong.count) of \(values.count) numbers, first in number \(first): \
                \(values[first]) instead of \(expected[first]); the largest is \(size)
                """)
        }
    }
}
