import Engine

extension Module {
    static let sppf = Module(
        name: "SPPF",
        summary: "Spatial pyramid pooling: three max-pools, each on the one before, joined with their input.",
        reference: "arXiv 1406.4729",
        parameters: [ModuleParameter("channels", .channels), ModuleParameter("kernel", .count, default: .integer(5))],
        belongsToNeck: true,
        build: { layer in
            let kernel = layer.arguments.integer("kernel")
            var parts = [
                try layer.conv(layer.input, channels: layer.input.shape.channels / 2, path: layer.name("cv1"))
            ]
            for index in 0..<3 {
                parts.append(
                    try layer.builder.maxPool(
                        parts[index], kernel: Extent(kernel), stride: Extent(1), padding: Extent(kernel / 2),
                        name: layer.name("pool\(index)")))
            }
            let joined = try layer.builder.concat(parts, name: layer.name("concat"))
            return [try layer.conv(joined, channels: layer.arguments.integer("channels"), path: layer.name("cv2"))]
        })
}
