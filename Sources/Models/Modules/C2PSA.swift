import Engine

extension Module {
    static let c2psa = Module(
        name: "C2PSA", summary: "Self-attention over all positions on half of the channels.",
        reference: "arXiv 2405.14458",
        parameters: [
            ModuleParameter("channels", .channels), ModuleParameter("expansion", .number, default: .number(0.5)),
        ],
        repetition: .inside, belongsToNeck: true,
        build: { layer in
            let channels = layer.arguments.integer("channels")
            guard layer.input.shape.channels == channels else {
                throw GraphError(
                    node: layer.path,
                    message:
                        "C2PSA keeps its channels: the input has \(layer.input.shape.channels), the row says \(channels)"
                )
            }
            let hidden = Int(Double(channels) * layer.arguments.number("expansion"))
            guard hidden >= 64 else {
                throw GraphError(
                    node: layer.path, message: "C2PSA needs 64 channels a head, its half has only \(hidden)")
            }
            let halves = try layer.conv(layer.input, channels: 2 * hidden, path: layer.name("cv1"))
            let a = try layer.builder.slice(halves, channels: 0..<hidden, name: layer.name("split.0"))
            var b = try layer.builder.slice(halves, channels: hidden..<2 * hidden, name: layer.name("split.1"))
            for block in 0..<layer.repeats {
                b = try layer.attentionBlock(b, heads: hidden / 64, path: layer.name("m.\(block)"))
            }
            let joined = try layer.builder.concat([a, b], name: layer.name("concat"))
            return [try layer.conv(joined, channels: channels, path: layer.name("cv2"))]
        })
}

extension Layer {
    /// `x += attention(x)`, then `x += ffn(x)` with two 1×1 convolutions through twice the channels.
    fileprivate mutating func attentionBlock(_ x: Value, heads: Int, path: String) throws(GraphError) -> Value {
        let channels = x.shape.channels
        let attended = try attention(x, heads: heads, path: path + ".attn")
        let wide = try conv(attended, channels: 2 * channels, path: path + ".ffn.0")
        return try conv(wide, channels: channels, activation: .identity, path: path + ".ffn.1", residual: attended)
    }

    /// `x + proj(softmax(q·kᵀ/√key)·v + pe(v))` over the T = H·W positions.
    ///
    /// `qkv` holds for each head q and k of ⌊size/2⌋ channels and v of `size` = channels/heads channels.
    private mutating func attention(_ x: Value, heads: Int, path: String) throws(GraphError) -> Value {
        let channels = x.shape.channels
        let size = channels / heads
        let key = size / 2
        let stride = 2 * key + size
        let positions = x.shape.pixelCount
        let qkv = try conv(x, channels: heads * stride, activation: .identity, path: path + ".qkv")
        let scores = try builder.matrixProduct(
            qkv, qkv,
            MatrixProduct(
                heads: heads, a: .channels(offset: 0, headStride: stride, columns: key),
                b: .channels(offset: key, headStride: stride, columns: key), isTransposed: true,
                scale: 1 / Float(key).squareRoot(),
                output: Shape(height: heads, width: positions, channels: positions), outputIsHeadMajor: true),
            name: path + ".scores")
        let weights = try builder.softmax(scores, name: path + ".softmax")
        let mixed = try builder.matrixProduct(
            weights, qkv,
            MatrixProduct(
                heads: heads, a: .headMajor, b: .channels(offset: 2 * key, headStride: stride, columns: size),
                isTransposed: false, output: x.shape, outputIsHeadMajor: false),
            name: path + ".mix")
        var values: [Value] = []
        for head in 0..<heads {
            let first = head * stride + 2 * key
            values.append(try builder.slice(qkv, channels: first..<first + size, name: "\(path).v.\(head)"))
        }
        let v = heads == 1 ? values[0] : try builder.concat(values, name: path + ".v")
        let placed = try conv(
            v, channels: channels, kernel: 3, groups: channels, activation: .identity, path: path + ".pe",
            residual: mixed)
        return try conv(placed, channels: channels, activation: .identity, path: path + ".proj", residual: x)
    }
}
