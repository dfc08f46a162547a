import Engine
import Testing

/// A small graph around one operation, with awkward sizes: odd maps, channel counts beside the vector width.
///
/// The catalogue is run against PyTorch's values, against finite differences, on several thread counts and for speed.
struct OperationCase: Sendable, CustomTestStringConvertible {
    let name: String
    let inputs: [Shape]
    /// Whether the function has kinks, so that finite differences need a small step and a wider bound.
    var hasKinks = false
    let build: @Sendable (inout GraphBuilder, [Value]) throws -> [Value]

    var testDescription: String { name }

    func graph() throws -> Graph {
        var builder = GraphBuilder()
        let values = inputs.map { builder.input($0) }
        let outputs = try build(&builder, values)
        return builder.finish(outputs: outputs)
    }

    private static func shape(_ h: Int, _ w: Int, _ c: Int) -> Shape { Shape(height: h, width: w, channels: c) }

    static func convolution(
        _ name: String, _ input: Shape, _ convolution: Convolution, hasKinks: Bool = false, residual: Bool = false
    ) -> OperationCase {
        OperationCase(
            name: name,
            inputs: residual ? [input, shape(input.height, input.width, convolution.outputChannels)] : [input],
            hasKinks: hasKinks
        ) { builder, values in
            [
                try builder.convolution(
                    values[0], convolution, name: "conv", residual: values.count > 1 ? values[1] : nil)
            ]
        }
    }

    private static func normalized(
        _ channels: Int, _ kernel: Extent, stride: Int = 1, padding: Extent, groups: Int = 1, _ activation: Activation
    ) -> Convolution {
        Convolution(
            outputChannels: channels, kernel: kernel, stride: Extent(stride), padding: padding, groups: groups,
            normalization: BatchNormalization(name: "bn", epsilon: 1e-3, momentum: 0.03), activation: activation)
    }

    static let all: [OperationCase] = convolutions + others

    static let convolutions: [OperationCase] = [
        convolution("conv 3×3", shape(7, 5, 3), Convolution(outputChannels: 5, kernel: Extent(3), padding: Extent(1))),
        convolution(
            "conv 3×3 of many channels", shape(7, 5, 18),
            Convolution(outputChannels: 33, kernel: Extent(3), padding: Extent(1))),
        // More pieces of a map than are transformed at once.
        convolution(
            "conv 3×3 of a large map, bn silu", shape(43, 51, 16), normalized(16, Extent(3), padding: Extent(1), .silu)),
        convolution(
            "conv 3×3 stride 2, bias", shape(9, 8, 5),
            Convolution(outputChannels: 20, kernel: Extent(3), stride: Extent(2), padding: Extent(1), hasBias: true)),
        convolution(
            "conv 1×1, bias, silu", shape(6, 7, 20),
            Convolution(outputChannels: 18, kernel: Extent(1), hasBias: true, activation: .silu)),
        // More inputs than pixels: the weight's gradient is summed over the batch.
        convolution(
            "conv 1×1 of few pixels, bias", shape(3, 4, 21),
            Convolution(outputChannels: 18, kernel: Extent(1), hasBias: true)),
        convolution(
            "conv 1×1 of many channels, bn silu residual", shape(3, 4, 160),
            normalized(260, Extent(1), padding: Extent(0), .silu), residual: true),
        convolution(
            "conv 1×5, sigmoid", shape(5, 9, 8),
            Convolution(
                outputChannels: 6, kernel: Extent(height: 1, width: 5), padding: Extent(height: 0, width: 2),
                activation: .sigmoid)),
        convolution(
            "conv 5×1", shape(9, 5, 8),
            Convolution(
                outputChannels: 6, kernel: Extent(height: 5, width: 1), padding: Extent(height: 2, width: 0))),
        convolution(
            "conv grouped", shape(6, 6, 12),
            Convolution(outputChannels: 18, kernel: Extent(3), padding: Extent(1), groups: 3, hasBias: true)),
        convolution(
            "conv depth multiplier", shape(6, 5, 5),
            Convolution(outputChannels: 10, kernel: Extent(3), padding: Extent(1), groups: 5)),
        convolution(
            "depthwise 3×3", shape(7, 6, 20),
            Convolution(outputChannels: 20, kernel: Extent(3), padding: Extent(1), groups: 20)),
        convolution(
            "depthwise 3×3 stride 2", shape(9, 7, 17),
            Convolution(outputChannels: 17, kernel: Extent(3), stride: Extent(2), padding: Extent(1), groups: 17)),
        convolution(
            "depthwise 5×5 stride 2", shape(8, 9, 33),
            Convolution(outputChannels: 33, kernel: Extent(5), stride: Extent(2), padding: Extent(2), groups: 33)),
        convolution(
            "depthwise 1×5", shape(3, 4, 24),
            Convolution(
                outputChannels: 24, kernel: Extent(height: 1, width: 5), padding: Extent(height: 0, width: 2),
                groups: 24)),
        convolution(
            "depthwise 5×1", shape(4, 3, 24),
            Convolution(
                outputChannels: 24, kernel: Extent(height: 5, width: 1), padding: Extent(height: 2, width: 0),
                groups: 24)),
        convolution(
            "depthwise 7×7 without padding", shape(9, 8, 5),
            Convolution(outputChannels: 5, kernel: Extent(7), groups: 5)),
        convolution("conv bn silu", shape(6, 7, 5), normalized(20, Extent(3), padding: Extent(1), .silu)),
        convolution(
            "conv bn relu", shape(6, 7, 5), normalized(8, Extent(1), padding: Extent(0), .relu), hasKinks: true),
        convolution(
            "conv bn silu residual", shape(6, 7, 5), normalized(12, Extent(3), padding: Extent(1), .silu),
            residual: true),
        convolution(
            "depthwise bn sigmoid", shape(6, 7, 20),
            normalized(20, Extent(3), padding: Extent(1), groups: 20, .sigmoid)),
        convolution(
            "conv bn hard sigmoid stride 2", shape(9, 9, 3),
            normalized(5, Extent(3), stride: 2, padding: Extent(1), .hardSigmoid), hasKinks: true),
    ]

    static let others: [OperationCase] = [
        OperationCase(name: "batch norm", inputs: [shape(5, 4, 19)]) { builder, x in
            [try builder.batchNorm(x[0], BatchNormalization(name: "bn"))]
        },
        OperationCase(name: "relu", inputs: [shape(4, 5, 7)], hasKinks: true) { builder, x in
            [try builder.activation(x[0], .relu, name: "act")]
        },
        OperationCase(name: "silu", inputs: [shape(4, 5, 17)]) { builder, x in
            [try builder.activation(x[0], .silu, name: "act")]
        },
        OperationCase(name: "sigmoid", inputs: [shape(4, 5, 17)]) { builder, x in
            [try builder.activation(x[0], .sigmoid, name: "act")]
        },
        OperationCase(name: "hard sigmoid", inputs: [shape(4, 5, 17)], hasKinks: true) { builder, x in
            [try builder.activation(x[0], .hardSigmoid, name: "act")]
        },
        OperationCase(name: "add", inputs: [shape(4, 5, 7), shape(4, 5, 7)]) { builder, x in
            [try builder.add(x[0], x[1], name: "add")]
        },
        OperationCase(name: "add to itself", inputs: [shape(4, 5, 7)]) { builder, x in
            [try builder.add(x[0], x[0], name: "add")]
        },
        OperationCase(name: "multiply", inputs: [shape(4, 5, 7), shape(4, 5, 7)]) { builder, x in
            [try builder.multiply(x[0], x[1], name: "multiply")]
        },
        OperationCase(name: "multiply by a gate", inputs: [shape(4, 5, 20), shape(1, 1, 20)]) { builder, x in
            [try builder.multiply(x[0], x[1], name: "multiply")]
        },
        OperationCase(name: "multiply by a coarser gate", inputs: [shape(7, 5, 20), shape(3, 2, 20)]) { builder, x in
            [try builder.multiply(x[0], x[1], name: "multiply")]
        },
        OperationCase(name: "concat", inputs: [shape(4, 5, 7), shape(4, 5, 3), shape(4, 5, 20)]) { builder, x in
            [try builder.concat([x[0], x[1], x[2], x[0]], name: "concat")]
        },
        OperationCase(name: "slice", inputs: [shape(4, 5, 20)]) { builder, x in
            [try builder.slice(x[0], channels: 3..<9, name: "slice")]
        },
        OperationCase(name: "max-pool 5×5", inputs: [shape(7, 6, 18)], hasKinks: true) { builder, x in
            [try builder.maxPool(x[0], kernel: Extent(5), stride: Extent(1), padding: Extent(2), name: "pool")]
        },
        OperationCase(name: "max-pool 2×2", inputs: [shape(7, 6, 5)], hasKinks: true) { builder, x in
            [try builder.maxPool(x[0], kernel: Extent(2), stride: Extent(2), padding: Extent(0), name: "pool")]
        },
        OperationCase(name: "average-pool 2×2", inputs: [shape(7, 5, 18)]) { builder, x in
            [try builder.averagePool(x[0], kernel: Extent(2), stride: Extent(2), name: "pool")]
        },
        OperationCase(name: "global average pool", inputs: [shape(7, 5, 18)]) { builder, x in
            [try builder.globalAveragePool(x[0], name: "pool")]
        },
        OperationCase(name: "nearest ×2", inputs: [shape(3, 4, 18)]) { builder, x in
            [try builder.upsampleNearest(x[0], height: 6, width: 8, name: "up")]
        },
        OperationCase(name: "nearest to a size", inputs: [shape(3, 4, 5)]) { builder, x in
            [try builder.upsampleNearest(x[0], height: 7, width: 9, name: "up")]
        },
        OperationCase(name: "bilinear", inputs: [shape(3, 4, 5)]) { builder, x in
            [try builder.upsampleBilinear(x[0], height: 7, width: 9, alignCorners: false, name: "up")]
        },
        OperationCase(name: "bilinear, corners aligned", inputs: [shape(3, 4, 5)]) { builder, x in
            [try builder.upsampleBilinear(x[0], height: 7, width: 9, alignCorners: true, name: "up")]
        },
        OperationCase(name: "softmax", inputs: [shape(2, 5, 19)]) { builder, x in
            [try builder.softmax(x[0], name: "softmax")]
        },
        OperationCase(name: "linear", inputs: [shape(1, 1, 19)]) { builder, x in
            [try builder.linear(x[0], outputFeatures: 7, name: "fc")]
        },
        OperationCase(name: "attention", inputs: [shape(3, 4, 32)]) { builder, x in
            // Two heads of [q 4, k 4, v 8], as YOLO11's attention lays them out.
            let scores = try builder.matrixProduct(
                x[0], x[0],
                MatrixProduct(
                    heads: 2, a: .channels(offset: 0, headStride: 16, columns: 4),
                    b: .channels(offset: 4, headStride: 16, columns: 4), isTransposed: true, scale: 0.5,
                    output: shape(2, 12, 12), outputIsHeadMajor: true), name: "scores")
            let weights = try builder.softmax(scores, name: "softmax")
            return [
                try builder.matrixProduct(
                    weights, x[0],
                    MatrixProduct(
                        heads: 2, a: .headMajor, b: .channels(offset: 8, headStride: 16, columns: 8),
                        isTransposed: false, output: shape(3, 4, 16), outputIsHeadMajor: false), name: "values")
            ]
        },
        OperationCase(name: "dropout", inputs: [shape(4, 5, 20)]) { builder, x in
            [try builder.dropout(x[0], rate: 0.3, name: "dropout")]
        },
        OperationCase(name: "branches that share memory", inputs: [shape(6, 6, 8)]) { builder, x in
            // The pattern of C3k2: split, chained convolutions, concat of everything, several readers of one map.
            let conv = { (c: Int, k: Int, n: Int) in
                Convolution(
                    outputChannels: c, kernel: Extent(k), padding: Extent(k / 2),
                    normalization: BatchNormalization(name: "bn\(n)", epsilon: 1e-3), activation: .silu)
            }
            let y = try builder.convolution(x[0], conv(12, 1, 0), name: "c0")
            let a = try builder.slice(y, channels: 0..<6, name: "a")
            let b = try builder.slice(y, channels: 6..<12, name: "b")
            let m = try builder.convolution(b, conv(6, 3, 1), name: "c1", residual: b)
            let z = try builder.convolution(m, conv(6, 3, 2), name: "c2", residual: m)
            let joined = try builder.concat([a, b, m, z], name: "cat")
            let out = try builder.convolution(joined, conv(10, 1, 3), name: "c3")
            let gated = try builder.multiply(
                out, try builder.globalAveragePool(out, name: "gap"), name: "gate")
            let twice = try builder.concat([out, gated, a], name: "cat2")
            return [twice, try builder.convolution(twice, conv(5, 3, 4), name: "c4")]
        },
    ]
}
