import Engine
import Testing

/// The engine's order of scalars against PyTorch's.
@Suite struct ParameterLayoutTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var dimensions: [Int]
        var layout: Parameter.Layout
        /// PyTorch's index of the scalar at an engine's position, by a plain loop over the engine's dimensions.
        var expected: [[Int]]

        var testDescription: String { name }

        var parameter: Parameter {
            Parameter(
                name: name, dimensions: dimensions, role: .weight, layout: layout, initialization: .constant(0))
        }
    }

    static let cases: [Case] = [
        Case(name: "plain", dimensions: [3, 4], layout: .plain, expected: walk([3, 4]) { $0 }),
        Case(
            name: "convolution", dimensions: [5, 3, 2, 4], layout: .convolution(groups: 1),
            expected: walk([2, 4, 3, 5]) { [$0[3], $0[2], $0[0], $0[1]] }),
        Case(
            name: "linear", dimensions: [5, 7], layout: .convolution(groups: 1),
            expected: walk([7, 5]) { [$0[1], $0[0]] }),
        Case(
            name: "grouped", dimensions: [6, 4, 3, 2], layout: .convolution(groups: 3),
            expected: walk([3, 3, 2, 4, 2]) { [$0[0] * 2 + $0[4], $0[3], $0[1], $0[2]] }),
        Case(
            name: "depthwise", dimensions: [7, 1, 3, 5], layout: .convolution(groups: 7),
            expected: walk([3, 5, 7]) { [$0[2], 0, $0[0], $0[1]] }),
        Case(
            name: "depthwise with two outputs a channel", dimensions: [6, 1, 3, 3], layout: .convolution(groups: 3),
            expected: walk([3, 3, 3, 1, 2]) { [$0[0] * 2 + $0[4], 0, $0[1], $0[2]] }),
        Case(
            name: "one channel", dimensions: [1, 1, 3, 3], layout: .convolution(groups: 1),
            expected: walk([3, 3]) { [0, 0, $0[0], $0[1]] }),
    ]

    /// All indices of the dimensions in row-major order, each mapped.
    private static func walk(_ dimensions: [Int], _ map: ([Int]) -> [Int]) -> [[Int]] {
        var indices: [[Int]] = [[]]
        for size in dimensions { indices = indices.flatMap { head in (0..<size).map { head + [$0] } } }
        return indices.map(map)
    }

    @Test(arguments: cases)
    func orderIsAsDocumented(_ test: Case) {
        let parameter = test.parameter
        let ramp = (0..<parameter.elementCount).map(Float.init)
        let expected = test.expected.map { index in
            Float(zip(index, test.dimensions).reduce(0) { $0 * $1.1 + $1.0 })
        }
        #expect(parameter.engineOrder(ramp) == expected)
    }

    @Test(arguments: cases)
    func ordersAreInverse(_ test: Case) {
        let parameter = test.parameter
        let ramp = (0..<parameter.elementCount).map(Float.init)
        #expect(parameter.pyTorchOrder(parameter.engineOrder(ramp)) == ramp)
        #expect(parameter.engineOrder(parameter.pyTorchOrder(ramp)) == ramp)
        // A store keeps what it is given, and starts each parameter on a cache line without touching its neighbours.
        let store = ParameterStore([
            parameter, Parameter(name: "b", dimensions: [3], role: .bias, initialization: .constant(0)),
        ])
        store.set(0, ramp)
        #expect(store.values(0) == ramp)
        #expect(store.values(1) == [0, 0, 0])
        #expect(store.index(of: "b") == 1 && store.index(of: "c") == nil)
    }

    /// First values depend on seed and name, not on what else the network has.
    @Test func initialization() {
        func parameter(_ name: String, _ count: Int = 64) -> Parameter {
            Parameter(
                name: name, dimensions: [count, 1, 1, 1], role: .weight, layout: .convolution(groups: 1),
                initialization: .uniform(bound: 0.5))
        }
        func values(_ name: String, in names: [String], seed: UInt64) throws -> [Float] {
            let store = ParameterStore(names.map { parameter($0) })
            store.initialize(seed: seed)
            return store.values(try #require(store.index(of: name)))
        }
        #expect(throws: Never.self) {
            let a = try values("a", in: ["a", "b"], seed: 1)
            #expect(a == (try values("a", in: ["c", "b", "a"], seed: 1)))
            #expect(a != (try values("b", in: ["a", "b"], seed: 1)))
            #expect(a != (try values("a", in: ["a", "b"], seed: 2)))
            #expect(a.allSatisfy { abs($0) <= 0.5 } && Set(a).count > 60)
            #expect(a.contains { $0 > 0.25 } && a.contains { $0 < -0.25 })
        }
        let store = ParameterStore([
            Parameter(name: "dfl", dimensions: [1, 4, 1, 1], role: .constant, initialization: .ramp),
            Parameter(name: "variance", dimensions: [2], role: .runningVariance, initialization: .constant(0.9)),
        ])
        store.initialize(seed: 0)
        #expect(store.values(0) == [0, 1, 2, 3])
        #expect(store.values(1) == [0.9, 0.9])
    }
}
