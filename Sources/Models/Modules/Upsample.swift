import Engine

extension Module {
    static let upsample = Module(
        name: "nn.Upsample", aliases: ["Upsample"], summary: "Resize to a size or by a factor.",
        parameters: [
            ModuleParameter("size", .extent, default: RowArgument.Value.none),
            ModuleParameter("factor", .number, default: .integer(2)),
            ModuleParameter("mode", .word(["nearest", "bilinear"]), default: .word("nearest")),
        ],
        build: { layer in
            let shape = layer.input.shape
            let factor = layer.arguments.number("factor")
            let size =
                layer.arguments.extent("size")
                ?? Extent(height: Int(Double(shape.height) * factor), width: Int(Double(shape.width) * factor))
            if layer.arguments.word("mode") == "nearest" {
                return [
                    try layer.builder.upsampleNearest(
                        layer.input, height: size.height, width: size.width, name: layer.path)
                ]
            }
            return [
                try layer.builder.upsampleBilinear(
                    layer.input, height: size.height, width: size.width, alignCorners: false, name: layer.path)
            ]
        })
}
