import Engine

/// The trunk that GhostNetV1 and V2 share: a strided stem, sixteen bottlenecks in nine stages, and a 1×1 tail.
struct GhostNet {
    /// One line of the published table, at width 1.
    struct Line {
        var kernel: Int
        var expanded: Int
        var output: Int
        var hasSqueezeExcite = false
        var stride = 1
    }

    /// The nine stages; a stage begins wherever the published table draws a line.
    static let stages: [[Line]] = [
        [Line(kernel: 3, expanded: 16, output: 16)],
        [Line(kernel: 3, expanded: 48, output: 24, stride: 2)],
        [Line(kernel: 3, expanded: 72, output: 24)],
        [Line(kernel: 5, expanded: 72, output: 40, hasSqueezeExcite: true, stride: 2)],
        [Line(kernel: 5, expanded: 120, output: 40, hasSqueezeExcite: true)],
        [Line(kernel: 3, expanded: 240, output: 80, stride: 2)],
        [
            Line(kernel: 3, expanded: 200, output: 80),
            Line(kernel: 3, expanded: 184, output: 80),
            Line(kernel: 3, expanded: 184, output: 80),
            Line(kernel: 3, expanded: 480, output: 112, hasSqueezeExcite: true),
            Line(kernel: 3, expanded: 672, output: 112, hasSqueezeExcite: true),
        ],
        [Line(kernel: 5, expanded: 672, output: 160, hasSqueezeExcite: true, stride: 2)],
        [
            Line(kernel: 5, expanded: 960, output: 160),
            Line(kernel: 5, expanded: 960, output: 160, hasSqueezeExcite: true),
            Line(kernel: 5, expanded: 960, output: 160),
            Line(kernel: 5, expanded: 960, output: 160, hasSqueezeExcite: true),
        ],
    ]

    /// The stages whose outputs are the maps at strides 4, 8, 16 and, without a tail, 32.
    static let taps = [2, 4, 6, 8]

    var options: BackboneOptions
    var placement: DFCPlacement

    var width: Double { options.width ?? 1 }

    /// A channel count at this width.
    func channels(_ count: Int) -> Int { Self.divisible(Double(count) * width) }

    /// The DFC attention of one module, `nil` where its block has none.
    func branch(block: Int, inputStride: Int) -> DFCBranch? {
        guard (options.dfcBlocks ?? .all).indices.contains(block) else { return nil }
        return DFCBranch(
            kernel: (options.dfcKernel ?? .standard).size(atStride: inputStride), pool: options.dfcPool ?? .avg,
            upsample: options.dfcUpsample ?? .nearest, gate: options.dfcGate ?? .sigmoid)
    }

    /// The multiple of 4 nearest to `value` that is not more than a tenth below it.
    static func divisible(_ value: Double) -> Int {
        let nearest = max(4, Int(value + 2) / 4 * 4)
        return Double(nearest) < 0.9 * value ? nearest + 4 : nearest
    }
}

extension Layer {
    /// The trunk on an image: maps at strides 4, 8, 16 and 32.
    mutating func ghostNet(_ net: GhostNet) throws -> [Value] {
        var x = try normalizedConvolution(
            input, channels: net.channels(16), kernel: Extent(3), stride: 2, activation: .relu,
            weight: name("conv_stem"), norm: name("bn1"))
        var maps: [Value] = []
        var (block, stride) = (0, 2)
        for (stage, lines) in GhostNet.stages.enumerated() {
            for (index, line) in lines.enumerated() {
                let outputStride = stride * line.stride
                let bottleneck = GhostBottleneck(
                    kernel: line.kernel, expanded: net.channels(line.expanded), output: net.channels(line.output),
                    hasSqueezeExcite: line.hasSqueezeExcite, stride: line.stride,
                    dfcOnExpanded: net.placement.coversExpanded ? net.branch(block: block, inputStride: stride) : nil,
                    dfcOnOutput: net.placement.coversOutput ? net.branch(block: block, inputStride: outputStride) : nil)
                x = try ghostBottleneck(x, bottleneck, path: name("blocks.\(stage).\(index)"))
                (block, stride) = (block + 1, outputStride)
            }
            x = try stageDropout(x, stage: stage)
            if GhostNet.taps.contains(stage) { maps.append(x) }
        }
        guard options.tail ?? true else { return maps }
        let stage = GhostNet.stages.count
        let norm = name("blocks.\(stage).0.bn1")
        x = try normalizedConvolution(
            x, channels: net.channels(960), activation: .relu, weight: name("blocks.\(stage).0.conv"), norm: norm)
        // timm's norm with activation is a class that Ultralytics' counter does not know.
        uncountedNormalizations.insert(norm)
        maps[maps.count - 1] = try stageDropout(x, stage: stage)
        return maps
    }

    private mutating func stageDropout(_ x: Value, stage: Int) throws(GraphError) -> Value {
        guard let rate = options.stageDropout, rate > 0 else { return x }
        return try builder.dropout(x, rate: Float(rate), name: name("blocks.\(stage).dropout"))
    }
}
