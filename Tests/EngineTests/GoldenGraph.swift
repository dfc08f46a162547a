import Engine

/// The graph of a golden case, with the names that the case's tensors have in it.
struct GoldenGraph {
    /// A case that no graph can be made for.
    struct Unknown: Error, CustomStringConvertible {
        var description: String
    }

    let graph: Graph
    let golden: GoldenFile.Case
    /// Inputs of the graph: `input0`, `input1`, …
    let inputNames: [String]

    init(_ golden: GoldenFile.Case, in file: GoldenFile) throws {
        self.golden = golden
        var builder = GraphBuilder()
        var inputs: [Value] = []
        var names: [String] = []
        while file.has("input\(inputs.count)", in: golden) {
            let name = "input\(inputs.count)"
            let shape = try file.shape(name, in: golden)
            guard shape.count == 4 else {
                throw Unknown(description: "“\(golden.name)”: \(name) has \(shape.count) dimensions")
            }
            inputs.append(builder.input(Shape(height: shape[1], width: shape[2], channels: shape[3])))
            names.append(name)
        }
        inputNames = names
        let output = try Self.append(golden, file, inputs, to: &builder)
        graph = builder.finish(outputs: [output])
    }

    /// The tensor of the case that a parameter of the graph belongs to: `op.weight` is `weight`, `bn.bias` is `bn.bias`.
    static func tensorName(of parameter: Parameter) -> String {
        parameter.name.hasPrefix("op.") ? String(parameter.name.dropFirst(3)) : parameter.name
    }

    /// Appends what a case computes.
    private static func append(
        _ golden: GoldenFile.Case, _ file: GoldenFile, _ inputs: [Value], to builder: inout GraphBuilder
    ) throws -> Value {
        let attributes = Attributes(golden)
        switch golden.operation {
        case "convolution":
            let convolution = Convolution(
                outputChannels: try attributes.integer("outputChannels"), kernel: try attributes.extent("kernel"),
                stride: try attributes.extent("stride"), padding: try attributes.extent("padding"),
                groups: try attributes.integer("groups"), hasBias: file.has("bias", in: golden),
                normalization: file.has("bn.weight", in: golden) ? try attributes.normalization() : nil,
                activation: try attributes.activation())
            return try builder.convolution(
                inputs[0], convolution, name: "op", residual: inputs.count > 1 ? inputs[1] : nil)
        case "batch_norm": return try builder.batchNorm(inputs[0], try attributes.normalization())
        case "activation": return try builder.activation(inputs[0], try attributes.activation(), name: "op")
        case "add": return try builder.add(inputs[0], inputs[1], name: "op")
        case "multiply": return try builder.multiply(inputs[0], inputs[1], name: "op")
        case "concat": return try builder.concat(inputs, name: "op")
        case "slice":
            let range = try attributes.integer("lower")..<attributes.integer("upper")
            return try builder.slice(inputs[0], channels: range, name: "op")
        case "pooling": return try pooling(attributes, inputs[0], &builder)
        case "global_average_pool": return try builder.globalAveragePool(inputs[0], name: "op")
        case "upsample": return try upsampling(attributes, inputs[0], &builder)
        case "attention_scores": return try scores(attributes, inputs[0], &builder)
        case "attention_values": return try values(attributes, inputs[0], inputs[1], &builder)
        case "attention":
            let scores = try scores(attributes, inputs[0], &builder)
            return try values(attributes, try builder.softmax(scores, name: "softmax"), inputs[0], &builder)
        case "softmax": return try builder.softmax(inputs[0], name: "op")
        case "linear":
            return try builder.linear(
                inputs[0], outputFeatures: try attributes.integer("outputFeatures"),
                hasBias: file.has("bias", in: golden), name: "op")
        default: throw Unknown(description: "“\(golden.name)”: no graph for the operation \(golden.operation)")
        }
    }

    private static func pooling(_ attributes: Attributes, _ x: Value, _ builder: inout GraphBuilder) throws -> Value {
        let (kernel, stride) = (try attributes.extent("kernel"), try attributes.extent("stride"))
        switch attributes.golden.mode {
        case "max":
            let padding = try attributes.extent("padding")
            return try builder.maxPool(x, kernel: kernel, stride: stride, padding: padding, name: "op")
        case "average": return try builder.averagePool(x, kernel: kernel, stride: stride, name: "op")
        default: throw attributes.unknownMode
        }
    }

    private static func upsampling(_ attributes: Attributes, _ x: Value, _ builder: inout GraphBuilder) throws -> Value
    {
        let (height, width) = (try attributes.integer("height"), try attributes.integer("width"))
        switch attributes.golden.mode {
        case "nearest": return try builder.upsampleNearest(x, height: height, width: width, name: "op")
        case "bilinear":
            return try builder.upsampleBilinear(x, height: height, width: width, alignCorners: false, name: "op")
        case "bilinearAlignCorners":
            return try builder.upsampleBilinear(x, height: height, width: width, alignCorners: true, name: "op")
        default: throw attributes.unknownMode
        }
    }

    /// Queries times keys; each head's channels are queries, keys, values.
    private static func scores(_ attributes: Attributes, _ x: Value, _ builder: inout GraphBuilder) throws -> Value {
        let (heads, key, size) = try attributes.heads()
        let stride = 2 * key + size
        let rows = x.shape.pixelCount
        return try builder.matrixProduct(
            x, x,
            MatrixProduct(
                heads: heads, a: .channels(offset: 0, headStride: stride, columns: key),
                b: .channels(offset: key, headStride: stride, columns: key), isTransposed: true,
                scale: 1 / Float(key).squareRoot(), output: Shape(height: heads, width: rows, channels: rows),
                outputIsHeadMajor: true), name: "scores")
    }

    private static func values(
        _ attributes: Attributes, _ scores: Value, _ x: Value, _ builder: inout GraphBuilder
    ) throws -> Value {
        let (heads, key, size) = try attributes.heads()
        return try builder.matrixProduct(
            scores, x,
            MatrixProduct(
                heads: heads, a: .headMajor,
                b: .channels(offset: 2 * key, headStride: 2 * key + size, columns: size), isTransposed: false,
                output: Shape(height: x.shape.height, width: x.shape.width, channels: heads * size),
                outputIsHeadMajor: false), name: "values")
    }

    /// Numbers and words of a case, as the builder takes them.
    private struct Attributes {
        let golden: GoldenFile.Case

        init(_ golden: GoldenFile.Case) { self.golden = golden }

        var unknownMode: Unknown {
            Unknown(description: "“\(golden.name)”: no graph for the mode \(golden.mode ?? "-")")
        }

        func number(_ name: String) throws -> Double {
            guard let number = golden.attributes[name] else {
                throw Unknown(description: "“\(golden.name)” has no attribute \(name)")
            }
            return number
        }

        func integer(_ name: String) throws -> Int { Int(try number(name)) }

        func extent(_ name: String) throws -> Extent {
            Extent(height: try integer(name + "Height"), width: try integer(name + "Width"))
        }

        func normalization() throws -> BatchNormalization {
            BatchNormalization(
                name: "bn", epsilon: Float(try number("epsilon")), momentum: Float(try number("momentum")))
        }

        func activation() throws -> Activation {
            guard let activation = Activation(rawValue: golden.activation ?? "-") else {
                throw Unknown(description: "“\(golden.name)”: no activation \(golden.activation ?? "-")")
            }
            return activation
        }

        func heads() throws -> (heads: Int, key: Int, size: Int) {
            (try integer("heads"), try integer("key"), try integer("size"))
        }
    }
}
