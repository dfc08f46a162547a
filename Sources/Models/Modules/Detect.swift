import Engine
import Foundation

extension Module {
    /// The head of YOLO11: for each level one map of `64 + nc` channels, 16 bins for each of left, top, right and bottom,
    /// then a logit for each class.
    static let detect = Module(
        name: "Detect", summary: "Detection head: box distances as distributions over 16 bins, and class logits.",
        reference: "arXiv 2006.04388",
        parameters: [ModuleParameter("nc", .classCount, default: .classCount)],
        repetition: .never, takesList: true, yield: .predictions,
        build: { layer in
            let levels = layer.inputs
            let (nc, first) = (layer.classCount, levels[0].shape.channels)
            let boxWidth = max(16, first / 4, LevelMap.boxChannels)
            let classWidth = max(first, min(nc, 100))
            var boxes: [Value] = []
            for (index, x) in levels.enumerated() {
                let path = layer.name("cv2.\(index)")
                var y = try layer.conv(x, channels: boxWidth, kernel: 3, path: path + ".0")
                y = try layer.conv(y, channels: boxWidth, kernel: 3, path: path + ".1")
                boxes.append(
                    try layer.builder.convolution(
                        y, Convolution(outputChannels: LevelMap.boxChannels, kernel: Extent(1), hasBias: true),
                        name: path + ".2"))
                layer.builder.initialize(path + ".2.bias", .constant(1))
            }
            var classes: [Value] = []
            for (index, x) in levels.enumerated() {
                let path = layer.name("cv3.\(index)")
                var y = try layer.conv(
                    x, channels: x.shape.channels, kernel: 3, groups: x.shape.channels, path: path + ".0.0")
                y = try layer.conv(y, channels: classWidth, path: path + ".0.1")
                y = try layer.conv(y, channels: classWidth, kernel: 3, groups: classWidth, path: path + ".1.0")
                y = try layer.conv(y, channels: classWidth, path: path + ".1.1")
                classes.append(
                    try layer.builder.convolution(
                        y, Convolution(outputChannels: nc, kernel: Extent(1), hasBias: true), name: path + ".2"))
                let stride = layer.imageHeight / x.shape.height
                layer.builder.initialize(
                    path + ".2.bias", .constant(DetectionHead.classBias(classCount: nc, stride: stride)))
            }
            try layer.builder.constant(
                Parameter(
                    name: layer.name("dfl.conv.weight"), dimensions: [1, LevelMap.binCount, 1, 1], role: .constant,
                    initialization: .ramp))
            return try levels.indices.map { level in
                try layer.builder.concat([boxes[level], classes[level]], name: layer.name("level.\(level)"))
            }
        })
}

/// First values of the detection head.
private enum DetectionHead {
    /// First logit of every class: about 5 objects in a 640 px image, whatever the image size.
    static func classBias(classCount: Int, stride: Int) -> Float {
        let cells = 640 / Double(stride)
        return Float(log(5 / Double(classCount) / (cells * cells)))
    }
}
