import Engine

/// One bottleneck of GhostNet, with its width already applied.
struct GhostBottleneck {
    /// Of the depthwise convolutions for striding and for the shortcut.
    var kernel: Int
    /// Channels between the two Ghost modules.
    var expanded: Int
    var output: Int
    var hasSqueezeExcite: Bool
    var stride: Int
    var dfcOnExpanded: DFCBranch?
    var dfcOnOutput: DFCBranch?
}

extension Layer {
    /// Ghost module that expands, depthwise convolution where it strides, squeeze-excite, Ghost module to the output,
    /// shortcut (arXiv 1911.11907).
    mutating func ghostBottleneck(_ x: Value, _ block: GhostBottleneck, path: String) throws -> Value {
        var y = try ghostModule(
            x, channels: block.expanded, activation: .relu, dfc: block.dfcOnExpanded, path: path + ".ghost1")
        if block.stride > 1 {
            y = try normalizedConvolution(
                y, channels: block.expanded, kernel: Extent(block.kernel), stride: block.stride, groups: block.expanded,
                weight: path + ".conv_dw", norm: path + ".bn_dw")
        }
        if block.hasSqueezeExcite {
            let reduced = GhostNet.divisible(Double(block.expanded) * 0.25)
            y = try squeezeExcite(y, reducedChannels: reduced, path: path + ".se")
        }
        y = try ghostModule(
            y, channels: block.output, activation: .identity, dfc: block.dfcOnOutput, path: path + ".ghost2")
        if x.shape.channels == block.output, block.stride == 1 {
            return try builder.add(y, x, name: path + ".add")
        }
        let strided = try normalizedConvolution(
            x, channels: x.shape.channels, kernel: Extent(block.kernel), stride: block.stride,
            groups: x.shape.channels, weight: path + ".shortcut.0", norm: path + ".shortcut.1")
        return try normalizedConvolution(
            strided, channels: block.output, weight: path + ".shortcut.2", norm: path + ".shortcut.3", residual: y)
    }
}
