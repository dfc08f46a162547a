import Engine

extension Module {
    static let depthwiseConv = Module(
        name: "DWConv", summary: "Conv with as many groups as divide its input and output channels.",
        parameters: [
            ModuleParameter("channels", .channels), ModuleParameter("kernel", .extent, default: .integer(1)),
            ModuleParameter("stride", .count, default: .integer(1)),
        ],
        build: { layer in
            let channels = layer.arguments.integer("channels")
            return [
                try layer.normalizedConvolution(
                    layer.input, channels: channels, kernel: layer.arguments.extent("kernel") ?? Extent(1),
                    stride: layer.arguments.integer("stride"),
                    groups: greatestCommonDivisor(layer.input.shape.channels, channels), activation: .silu,
                    weight: layer.name("conv"), norm: layer.name("bn"))
            ]
        })

    private static func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
        b == 0 ? a : greatestCommonDivisor(b, a % b)
    }
}
