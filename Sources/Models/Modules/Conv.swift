import Engine

extension Module {
    static let conv = Module(
        name: "Conv", summary: "Convolution, batch norm and SiLU.",
        parameters: [
            ModuleParameter("channels", .channels), ModuleParameter("kernel", .extent, default: .integer(1)),
            ModuleParameter("stride", .count, default: .integer(1)),
            ModuleParameter("padding", .extent, default: RowArgument.Value.none),
            ModuleParameter("groups", .count, default: .integer(1)),
        ],
        build: { layer in
            [
                try layer.normalizedConvolution(
                    layer.input, channels: layer.arguments.integer("channels"),
                    kernel: layer.arguments.extent("kernel") ?? Extent(1), stride: layer.arguments.integer("stride"),
                    padding: layer.arguments.extent("padding"), groups: layer.arguments.integer("groups"),
                    activation: .silu, weight: layer.name("conv"), norm: layer.name("bn"))
            ]
        })
}
