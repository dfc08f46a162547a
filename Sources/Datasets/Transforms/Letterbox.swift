/// Scales an image to fit a frame and centres it on grey 114.
///
/// r = min(H₁/h, W₁/w), at most 1 unless `scalesUp`; the image becomes round(h·r) × round(w·r). With half paddings dw and
/// dh, left = round(dw − 0.1) and top = round(dh − 0.1), while boxes move by dw and dh themselves.
public struct Letterbox: Transform, Hashable {
    /// Size of the result in pixels.
    public var frame: ImageSize
    /// Whether an image smaller than the frame is enlarged.
    public var scalesUp: Bool

    public init(frame: ImageSize, scalesUp: Bool) {
        self.frame = frame
        self.scalesUp = scalesUp
    }

    /// Where an image of a given size comes to lie.
    public struct Placement: Hashable, Sendable {
        /// Factor from the image to the frame.
        public var ratio: Double
        /// Size of the image inside the frame.
        public var inner: ImageSize
        /// Half the columns of padding; like `offsetY` not rounded, and what boxes move by.
        public var offsetX: Double
        /// Half the rows of padding.
        public var offsetY: Double
        /// Columns of grey on the left.
        public var left: Int
        /// Rows of grey on top.
        public var top: Int
    }

    /// Where an image of a size comes to lie.
    public func placement(of size: ImageSize) -> Placement {
        var ratio = min(Double(frame.height) / Double(size.height), Double(frame.width) / Double(size.width))
        if !scalesUp { ratio = min(ratio, 1) }
        let inner = ImageSize(
            height: max(1, Int((Double(size.height) * ratio).rounded(.toNearestOrEven))),
            width: max(1, Int((Double(size.width) * ratio).rounded(.toNearestOrEven))))
        let offsetX = Double(frame.width - inner.width) / 2
        let offsetY = Double(frame.height - inner.height) / 2
        return Placement(
            ratio: ratio, inner: inner, offsetX: offsetX, offsetY: offsetY,
            left: Int((offsetX - 0.1).rounded(.toNearestOrEven)), top: Int((offsetY - 0.1).rounded(.toNearestOrEven)))
    }

    /// The image in its frame.
    public func apply(to sample: Sample) -> Sample {
        if sample.image.size == frame { return sample }
        let placement = placement(of: sample.image.size)
        var canvas = RGBImage(height: frame.height, width: frame.width, grey: 114)
        canvas.place(sample.image.resized(to: placement.inner), left: placement.left, top: placement.top)
        let ratio = Float(placement.ratio)
        let boxes = sample.boxes.map {
            $0.mapped(scaleX: ratio, scaleY: ratio, dx: Float(placement.offsetX), dy: Float(placement.offsetY))
        }
        return Sample(image: canvas, boxes: boxes)
    }

    public func apply(to sample: Sample, in context: TransformContext) throws -> Sample {
        apply(to: sample)
    }
}

/// Scales an image so that its longer side has a given length: r = side/max(h, w), each side ⌈·r⌉ but at most `side`.
public struct FitLongerSide: Transform, Hashable {
    /// Length of the longer side in pixels.
    public var side: Int

    public init(side: Int) {
        self.side = side
    }

    /// The size an image gets.
    public func size(of size: ImageSize) -> ImageSize {
        let ratio = Double(side) / Double(max(size.height, size.width))
        if ratio == 1 { return size }
        return ImageSize(
            height: min(Int((Double(size.height) * ratio).rounded(.up)), side),
            width: min(Int((Double(size.width) * ratio).rounded(.up)), side))
    }

    /// The image and its boxes scaled.
    public func apply(to sample: Sample) -> Sample {
        let target = size(of: sample.image.size)
        if target == sample.image.size { return sample }
        let scaleX = Float(target.width) / Float(sample.image.width)
        let scaleY = Float(target.height) / Float(sample.image.height)
        return Sample(
            image: sample.image.resized(to: target),
            boxes: sample.boxes.map { $0.mapped(scaleX: scaleX, scaleY: scaleY, dx: 0, dy: 0) })
    }

    public func apply(to sample: Sample, in context: TransformContext) throws -> Sample {
        apply(to: sample)
    }
}
