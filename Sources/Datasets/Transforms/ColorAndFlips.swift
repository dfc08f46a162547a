/// Multiplies hue, saturation and value by 1 + U(−1, 1)·range each; applied to every image unless all ranges are 0.
public struct HSVJitter: Transform, Hashable {
    /// Range of the hue's factor around 1.
    public var hue: Double
    /// Range of the saturation's factor around 1.
    public var saturation: Double
    /// Range of the value's factor around 1.
    public var value: Double

    public init(hue: Double, saturation: Double, value: Double) {
        self.hue = hue
        self.saturation = saturation
        self.value = value
    }

    public func apply(to sample: Sample, in context: TransformContext) throws -> Sample {
        if hue == 0, saturation == 0, value == 0 { return sample }
        var random = context.random(.hsv)
        let gains = [hue, saturation, value].map { 1 + random.uniform(-1, 1) * $0 }
        let image = sample.image.adjusted(hue: gains[0], saturation: gains[1], value: gains[2])
        return Sample(image: image, boxes: sample.boxes)
    }
}

/// Mirrors an image top to bottom with a given probability.
public struct FlipUpDown: Transform, Hashable {
    /// How often an image is mirrored.
    public var probability: Double

    public init(probability: Double) {
        self.probability = probability
    }

    public func apply(to sample: Sample, in context: TransformContext) throws -> Sample {
        var random = context.random(.flipUpDown)
        if !random.isTrue(probability: probability) { return sample }
        let height = Float(sample.image.height)
        let boxes = sample.boxes.map { box in
            var flipped = box
            (flipped.top, flipped.bottom) = (height - box.bottom, height - box.top)
            flipped.outline = box.outline.map { [$0.x, height - $0.y] }
            return flipped
        }
        return Sample(image: sample.image.flippedUpDown(), boxes: boxes)
    }
}

/// Mirrors an image left to right with a given probability.
public struct FlipLeftRight: Transform, Hashable {
    /// How often an image is mirrored.
    public var probability: Double

    public init(probability: Double) {
        self.probability = probability
    }

    public func apply(to sample: Sample, in context: TransformContext) throws -> Sample {
        var random = context.random(.flipLeftRight)
        if !random.isTrue(probability: probability) { return sample }
        let width = Float(sample.image.width)
        let boxes = sample.boxes.map { box in
            var flipped = box
            (flipped.left, flipped.right) = (width - box.right, width - box.left)
            flipped.outline = box.outline.map { [width - $0.x, $0.y] }
            return flipped
        }
        return Sample(image: sample.image.flippedLeftRight(), boxes: boxes)
    }
}
