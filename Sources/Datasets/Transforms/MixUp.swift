/// Blends a second image, drawn from the whole set and prepared alike, into the first: ⌊λ·a + (1 − λ)·b⌋ with
/// λ ~ Beta(32, 32), and the boxes of both (mixup, arXiv 1710.09412).
public struct MixUp: Transform {
    /// How often a second image is blended in.
    public var probability: Double

    /// The steps the second image goes through first.
    public var preparation: [any Transform]

    public init(probability: Double, preparation: [any Transform]) {
        self.probability = probability
        self.preparation = preparation
    }

    public func apply(to sample: Sample, in context: TransformContext) throws -> Sample {
        var random = context.random(.mixup)
        if !random.isTrue(probability: probability) { return sample }
        var partner = try context.loaded(random.integer(below: context.imageCount))
        for step in preparation { partner = try step.apply(to: partner, in: context.ofPartner) }
        return Self.blend(sample, partner, share: random.beta(32, 32))
    }

    /// `share` of the first image and the rest of the second, which must have the same size.
    public static func blend(_ first: Sample, _ second: Sample, share: Double) -> Sample {
        precondition(first.image.size == second.image.size, "images that are blended have one size")
        let (a, b) = (Float(share), Float(1 - share))
        var image = first.image
        image.pixels.withUnsafeMutableBufferPointer { output in
            second.image.pixels.withUnsafeBufferPointer { input in
                for i in 0..<output.count { output[i] = UInt8(min(255, Float(output[i]) * a + Float(input[i]) * b)) }
            }
        }
        return Sample(image: image, boxes: first.boxes + second.boxes)
    }
}
