import Engine
import Testing

/// Shapes that do not fit are errors that name the node and what was expected, before anything runs.
@Suite struct ShapeErrorTests {
    private struct Wrong: Sendable, CustomTestStringConvertible {
        let expected: String
        let build: @Sendable (inout GraphBuilder, Value) throws -> Void

        var testDescription: String { expected }
    }

    private static let map = Shape(height: 6, width: 5, channels: 12)

    private static func convolution(_ expected: String, _ convolution: Convolution) -> Wrong {
        Wrong(expected: expected) { builder, x in _ = try builder.convolution(x, convolution, name: "node") }
    }

    private static let wrong: [Wrong] = [
        convolution(
            "node: 5 groups do not divide 12 → 10 channels",
            Convolution(outputChannels: 10, kernel: Extent(1), groups: 5)),
        convolution(
            "node: a 7 kernel does not fit into a map of 6×5", Convolution(outputChannels: 3, kernel: Extent(7))),
        convolution(
            "node: a depthwise kernel has at most 81 positions, not 11",
            Convolution(outputChannels: 12, kernel: Extent(11), padding: Extent(5), groups: 12)),
        Wrong(expected: "node: the residual is 6×5×12, the convolution gives 6×5×3") { builder, x in
            _ = try builder.convolution(
                x, Convolution(outputChannels: 3, kernel: Extent(1)), name: "node", residual: x)
        },
        Wrong(expected: "node: a linear layer takes a 1×1 map, not 6×5×12") { builder, x in
            _ = try builder.linear(x, outputFeatures: 3, name: "node")
        },
        Wrong(expected: "node: cannot concatenate 6×5×12 and 1×1×12") { builder, x in
            let mean = try builder.globalAveragePool(x, name: "mean")
            _ = try builder.concat([x, mean], name: "node")
        },
        Wrong(expected: "node: channels 3..<13 are not within 6×5×12") { builder, x in
            _ = try builder.slice(x, channels: 3..<13, name: "node")
        },
        Wrong(expected: "node: a pooling window of 2 is padded by at most its half, not by 2") { builder, x in
            _ = try builder.maxPool(x, kernel: Extent(2), stride: Extent(2), padding: Extent(2), name: "node")
        },
        Wrong(expected: "node: a max-pooling window has at most 256 positions, not 17") { builder, x in
            _ = try builder.maxPool(x, kernel: Extent(17), stride: Extent(1), padding: Extent(8), name: "node")
        },
        Wrong(expected: "node: dropout rate 1.0 is not in 0 ..< 1") { builder, x in
            _ = try builder.dropout(x, rate: 1, name: "node")
        },
        Wrong(expected: "node: cannot resize to 0×4") { builder, x in
            _ = try builder.upsampleNearest(x, height: 0, width: 4, name: "node")
        },
        Wrong(expected: "node: a second parameter is named node.weight") { builder, x in
            let convolution = Convolution(outputChannels: 3, kernel: Extent(1))
            _ = try builder.convolution(x, convolution, name: "node")
            _ = try builder.convolution(x, convolution, name: "node")
        },
    ]

    @Test(arguments: wrong)
    private func isRefused(_ wrong: Wrong) {
        var builder = GraphBuilder()
        let x = builder.input(Self.map)
        let error = #expect(throws: GraphError.self) { try wrong.build(&builder, x) }
        #expect(error?.description == wrong.expected)
    }

    @Test func largestDepthwiseKernel() throws {
        let graph = try OperationCase.convolution(
            "depthwise 9×9", Shape(height: 4, width: 5, channels: 17),
            Convolution(outputChannels: 17, kernel: Extent(9), padding: Extent(4), groups: 17)
        ).graph()
        let trace = Trace(graph)
        _ = trace.objective()
        trace.backward()
        let (depthwise, weight) = (trace.outputs(0), trace.executor.parameters.values(0))
        // Against one image's sums, tap by tap.
        let input = trace.executor.input(0)
        for pixel in 0..<20 {
            var sum = 0.0
            for tap in 0..<81 {
                let (y, x) = (pixel / 5 + tap / 9 - 4, pixel % 5 + tap % 9 - 4)
                guard y >= 0, y < 4, x >= 0, x < 5 else { continue }
                sum += Double(input.base[(y * 5 + x) * 17 + 3]) * Double(weight[3 * 81 + tap])
            }
            #expect(abs(Double(depthwise[pixel * 17 + 3]) - sum) < 1e-5)
        }
    }
}
