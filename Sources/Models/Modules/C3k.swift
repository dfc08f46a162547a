import Engine

extension Module {
    static let c3k = Module(
        name: "C3k", summary: "Bottlenecks on one half of a map, joined with the other half.",
        reference: "arXiv 1911.11929",
        parameters: [
            ModuleParameter("channels", .channels), ModuleParameter("blocks", .count, default: .integer(2)),
            ModuleParameter("shortcut", .flag, default: .flag(true)),
            ModuleParameter("groups", .count, default: .integer(1)),
            ModuleParameter("expansion", .number, default: .number(0.5)),
            ModuleParameter("kernel", .count, default: .integer(3)),
        ],
        build: { layer in
            [
                try layer.c3k(
                    layer.input, channels: layer.arguments.integer("channels"),
                    blocks: layer.arguments.integer("blocks"), hasShortcut: layer.arguments.flag("shortcut"),
                    groups: layer.arguments.integer("groups"), expansion: layer.arguments.number("expansion"),
                    kernel: layer.arguments.integer("kernel"), path: layer.path)
            ]
        })
}

extension Layer {
    /// `cv3(cat(m(cv1(x)), cv2(x)))` where `m` is `blocks` bottlenecks that keep their width.
    mutating func c3k(
        _ x: Value, channels: Int, blocks: Int = 2, hasShortcut: Bool = true, groups: Int = 1, expansion: Double = 0.5,
        kernel: Int = 3, path: String
    ) throws(GraphError) -> Value {
        let hidden = Int(Double(channels) * expansion)
        var a = try conv(x, channels: hidden, path: path + ".cv1")
        let b = try conv(x, channels: hidden, path: path + ".cv2")
        for block in 0..<blocks {
            a = try bottleneck(
                a, channels: hidden, hasShortcut: hasShortcut, groups: groups, kernels: (kernel, kernel), expansion: 1,
                path: "\(path).m.\(block)")
        }
        let joined = try builder.concat([a, b], name: path + ".concat")
        return try conv(joined, channels: channels, path: path + ".cv3")
    }
}
