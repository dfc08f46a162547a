import Engine

extension Module {
    static let ghostClassifier = Module(
        name: "GhostClassifier", summary: "GhostNet's head: global mean, 1×1 convolution, ReLU, dropout, linear layer.",
        reference: "arXiv 1911.11907",
        parameters: [
            ModuleParameter("nc", .classCount, default: .classCount),
            ModuleParameter("features", .count, default: .integer(1280)),
            ModuleParameter("dropout", .probability, default: .number(0.2)),
        ],
        repetition: .never,
        build: { layer in
            let mean = try layer.builder.globalAveragePool(layer.input, name: layer.name("global_pool"))
            var y = try layer.builder.convolution(
                mean,
                Convolution(
                    outputChannels: layer.arguments.integer("features"), kernel: Extent(1), hasBias: true,
                    activation: .relu),
                name: layer.name("conv_head"))
            let rate = layer.arguments.number("dropout")
            if rate > 0 { y = try layer.builder.dropout(y, rate: Float(rate), name: layer.name("dropout")) }
            return [
                try layer.builder.linear(
                    y, outputFeatures: layer.arguments.integer("nc"), name: layer.name("classifier"))
            ]
        })
}
