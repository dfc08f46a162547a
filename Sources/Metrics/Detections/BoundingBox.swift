/// An axis-parallel box in pixels, given by its top left corner and its size.
public struct BoundingBox: Hashable, Sendable {
    /// Left edge.
    public var x: Double
    /// Top edge.
    public var y: Double
    /// From the left edge to the right one.
    public var width: Double
    /// From the top edge to the bottom one.
    public var height: Double

    /// The box of a corner and a size, in pixels.
    public init(x: Double, y: Double, width: Double, height: Double) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }

    /// The box between two corners, in pixels.
    public init(left: Double, top: Double, right: Double, bottom: Double) {
        self.init(x: left, y: top, width: right - left, height: bottom - top)
    }

    /// Width times height, in square pixels.
    public var area: Double { width * height }

    /// Whether all four numbers are finite and neither side is negative.
    public var isValid: Bool {
        x.isFinite && y.isFinite && width.isFinite && height.isFinite && width >= 0 && height >= 0
    }

    /// Area shared with another box, in square pixels; 0 where they do not touch.
    func intersection(_ other: BoundingBox) -> Double {
        let sharedWidth = min(x + width, other.x + other.width) - max(x, other.x)
        guard sharedWidth > 0 else { return 0 }
        let sharedHeight = min(y + height, other.y + other.height) - max(y, other.y)
        guard sharedHeight > 0 else { return 0 }
        return sharedWidth * sharedHeight
    }
}
