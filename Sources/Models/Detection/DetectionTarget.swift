/// A labelled object of a batch: its image, its class and its box, normalised by the image's width and height.
public struct DetectionTarget: Sendable, Equatable {
    /// Index of the image inside the batch.
    public var image: Int
    /// Class of the object, from 0.
    public var classIndex: Int
    /// Horizontal centre, 0 at the left edge, 1 at the right one.
    public var cx: Float
    /// Vertical centre, 0 at the upper edge, 1 at the lower one.
    public var cy: Float
    /// Width as a share of the image's width.
    public var w: Float
    /// Height as a share of the image's height.
    public var h: Float

    /// A target from its image, class and normalised centre and size.
    public init(image: Int, classIndex: Int, cx: Float, cy: Float, w: Float, h: Float) {
        self.image = image
        self.classIndex = classIndex
        self.cx = cx
        self.cy = cy
        self.w = w
        self.h = h
    }

    /// Corners x1, y1, x2, y2 in pixels of an image of this size.
    func corners(imageWidth: Int, imageHeight: Int) -> SIMD4<Float> {
        let centre = SIMD2(cx * Float(imageWidth), cy * Float(imageHeight))
        let half = SIMD2(w * Float(imageWidth) / 2, h * Float(imageHeight) / 2)
        return SIMD4(lowHalf: centre - half, highHalf: centre + half)
    }
}
