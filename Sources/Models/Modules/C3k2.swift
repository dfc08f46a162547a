import Engine

extension Module {
    static let c3k2 = Module(
        name: "C3k2",
        summary:
            "Cross-stage block: half of a map goes through bottlenecks (or C3k blocks), every step is kept and joined.",
        reference: "arXiv 1911.11929",
        parameters: [
            ModuleParameter("channels", .channels), ModuleParameter("c3k", .flag, default: .flag(false)),
            ModuleParameter("expansion", .number, default: .number(0.5)),
            ModuleParameter("groups", .count, default: .integer(1)),
            ModuleParameter("shortcut", .flag, default: .flag(true)),
        ],
        repetition: .inside,
        build: { layer in
            let (channels, groups) = (layer.arguments.integer("channels"), layer.arguments.integer("groups"))
            let hasShortcut = layer.arguments.flag("shortcut")
            let usesC3k = layer.arguments.flag("c3k") || layer.scale.forcesC3k
            let hidden = Int(Double(channels) * layer.arguments.number("expansion"))
            // The first half is only passed on, so the join reads both halves where they lie.
            let halves = try layer.conv(layer.input, channels: 2 * hidden, path: layer.name("cv1"))
            var y = try layer.builder.slice(halves, channels: hidden..<2 * hidden, name: layer.name("split"))
            var parts = [halves]
            for block in 0..<layer.repeats {
                let path = layer.name("m.\(block)")
                if usesC3k {
                    y = try layer.c3k(y, channels: hidden, hasShortcut: hasShortcut, groups: groups, path: path)
                } else {
                    y = try layer.bottleneck(y, channels: hidden, hasShortcut: hasShortcut, groups: groups, path: path)
                }
                parts.append(y)
            }
            let joined = try layer.builder.concat(parts, name: layer.name("concat"))
            return [try layer.conv(joined, channels: channels, path: layer.name("cv2"))]
        })
}
