/// One level of a detection head's raw output for a whole batch, and where its gradient goes.
///
/// Memory is NHWC: pixel (row, column) of image i starts at `i * imageStride + (row * width + column) * pixelStride`
/// and holds 64 box logits (left, top, right, bottom × 16 bins, bins innermost), then one logit a class.
/// The gradient has the same strides. Whoever makes the map keeps the memory alive while it is in use.
public struct LevelMap: @unchecked Sendable {
    // Unchecked: the pointers are only followed inside calls whose work on different images touches different memory.

    /// First logit of the first image.
    public var pointer: UnsafePointer<Float>
    /// First gradient of the first image; nil where only values are wanted.
    public var gradient: UnsafeMutablePointer<Float>?
    /// Rows of cells.
    public var height: Int
    /// Cells in a row.
    public var width: Int
    /// Floats from one pixel to the next.
    public var pixelStride: Int
    /// Floats from one image to the next.
    public var imageStride: Int

    /// A map over memory that belongs to the caller; without strides it is taken to be dense.
    public init(
        pointer: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>? = nil, height: Int, width: Int,
        pixelStride: Int, imageStride: Int? = nil
    ) {
        self.pointer = pointer
        self.gradient = gradient
        self.height = height
        self.width = width
        self.pixelStride = pixelStride
        self.imageStride = imageStride ?? height * width * pixelStride
    }

    /// Cells of the level, one anchor each.
    public var anchorCount: Int { height * width }

    /// Number of bins of a side's distance distribution.
    package static let binCount = 16
    /// Channels before the first class logit: four sides of `binCount` bins.
    package static let boxChannels = 64

    /// Start of an anchor's logits.
    @inline(__always)
    func logits(image: Int, anchor: Int) -> UnsafePointer<Float> {
        pointer + (image * imageStride + anchor * pixelStride)
    }

    /// Start of an anchor's gradients, if they are wanted.
    @inline(__always)
    func gradients(image: Int, anchor: Int) -> UnsafeMutablePointer<Float>? {
        gradient.map { $0 + (image * imageStride + anchor * pixelStride) }
    }
}
