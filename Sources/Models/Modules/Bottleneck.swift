import Engine

extension Module {
    static let bottleneck = Module(
        name: "Bottleneck", summary: "Two convolutions through fewer channels, with a shortcut where shapes allow.",
        reference: "arXiv 1512.03385",
        parameters: [
            ModuleParameter("channels", .channels), ModuleParameter("shortcut", .flag, default: .flag(true)),
            ModuleParameter("groups", .count, default: .integer(1)),
            ModuleParameter("kernels", .extent, default: .list([.integer(3), .integer(3)])),
            ModuleParameter("expansion", .number, default: .number(0.5)),
        ],
        build: { layer in
            let kernels = layer.arguments.extent("kernels") ?? Extent(3)
            return [
                try layer.bottleneck(
                    layer.input, channels: layer.arguments.integer("channels"),
                    hasShortcut: layer.arguments.flag("shortcut"), groups: layer.arguments.integer("groups"),
                    kernels: (kernels.height, kernels.width), expansion: layer.arguments.number("expansion"),
                    path: layer.path)
            ]
        })
}

extension Layer {
    /// `cv2(cv1(x)) (+ x)`: a convolution to ⌊channels · expansion⌋ and one to `channels`.
    mutating func bottleneck(
        _ x: Value, channels: Int, hasShortcut: Bool = true, groups: Int = 1, kernels: (Int, Int) = (3, 3),
        expansion: Double = 0.5, path: String
    ) throws(GraphError) -> Value {
        let hidden = Int(Double(channels) * expansion)
        let y = try conv(x, channels: hidden, kernel: kernels.0, path: path + ".cv1")
        return try conv(
            y, channels: channels, kernel: kernels.1, groups: groups, path: path + ".cv2",
            residual: hasShortcut && x.shape.channels == channels ? x : nil)
    }
}
