import Engine

/// Attributes of one module's DFC attention.
struct DFCBranch {
    /// The part of its weights' names that no other module has.
    static let path = "short_conv"

    var kernel: Int
    var pool: DFCPool
    var upsample: DFCUpsample
    var gate: DFCGate
}

/// A map that is too small for DFC's pooling.
struct MapTooSmall: Error {
    var node: String
    var shape: Shape
}

extension Layer {
    /// DFC attention (arXiv 2211.12905): the gate for `output` from the module's input `x`, of `output`'s shape, or
    /// coarser where nearest up-sampling is left to the product.
    ///
    /// 2×2 pooling, 1×1 convolution, depthwise 1×k, depthwise k×1, each with a batch norm; the gate function and the
    /// up-sampling follow, in this order.
    /// - Throws: `MapTooSmall` when `x` is one pixel high or wide.
    mutating func dfcGate(of x: Value, for output: Value, _ dfc: DFCBranch, path: String) throws -> Value {
        guard x.shape.height >= 2, x.shape.width >= 2 else { throw MapTooSmall(node: path, shape: x.shape) }
        let window = Extent(2)
        let channels = output.shape.channels
        var y =
            switch dfc.pool {
            case .avg: try builder.averagePool(x, kernel: window, stride: window, name: path + ".dfc_pool")
            case .max:
                try builder.maxPool(x, kernel: window, stride: window, padding: Extent(0), name: path + ".dfc_pool")
            }
        y = try normalizedConvolution(
            y, channels: channels, weight: path + ".\(DFCBranch.path).0", norm: path + ".\(DFCBranch.path).1")
        y = try normalizedConvolution(
            y, channels: channels, kernel: Extent(height: 1, width: dfc.kernel), groups: channels,
            weight: path + ".\(DFCBranch.path).2", norm: path + ".\(DFCBranch.path).3")
        y = try normalizedConvolution(
            y, channels: channels, kernel: Extent(height: dfc.kernel, width: 1), groups: channels,
            activation: dfc.gate == .sigmoid ? .sigmoid : .hardSigmoid,
            weight: path + ".\(DFCBranch.path).4", norm: path + ".\(DFCBranch.path).5")
        let (height, width) = (output.shape.height, output.shape.width)
        return switch dfc.upsample {
        case .nearest: y
        case .bilinear:
            try builder.upsampleBilinear(
                y, height: height, width: width, alignCorners: false, name: path + ".dfc_upsample")
        }
    }
}
