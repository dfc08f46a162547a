import Engine

extension Layer {
    /// Ghost module (arXiv 1911.11907): half of the channels by a 1×1 convolution, the rest from those by a cheap
    /// depthwise 3×3 one; with `dfc` all of them gated by DFC attention on the module's input.
    mutating func ghostModule(
        _ x: Value, channels: Int, activation: Activation, dfc: DFCBranch?, path: String
    ) throws -> Value {
        let primaryChannels = (channels + 1) / 2
        let primary = try normalizedConvolution(
            x, channels: primaryChannels, activation: activation,
            weight: path + ".primary_conv.0", norm: path + ".primary_conv.1")
        let cheap = try normalizedConvolution(
            primary, channels: primaryChannels, kernel: Extent(3), groups: primaryChannels, activation: activation,
            weight: path + ".cheap_operation.0", norm: path + ".cheap_operation.1")
        var y = try builder.concat([primary, cheap], name: path + ".concat")
        if y.shape.channels > channels {
            y = try builder.slice(y, channels: 0..<channels, name: path + ".cut")
        }
        guard let dfc else { return y }
        let gate = try dfcGate(of: x, for: y, dfc, path: path)
        return try builder.multiply(y, gate, name: path + ".gated")
    }
}
