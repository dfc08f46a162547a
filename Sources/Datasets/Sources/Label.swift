/// One labelled object: a class and a box, both in the units of YOLO's label files.
public struct Label: Hashable, Sendable {
    /// Position of the class in the data set's `classNames`.
    public var classIndex: Int
    /// Centre, from 0 (left) to 1 (right).
    public var centerX: Float
    /// Centre, from 0 (top) to 1 (bottom).
    public var centerY: Float
    /// Share of the image's width.
    public var width: Float
    /// Share of the image's height.
    public var height: Float
    /// What the object itself covers of the image on disk, in square pixels, where the data set tells it: COCO judges by
    /// it whether an object is small. Nil stands for the area of the box.
    public var area: Float?
    /// The corners of the object's outline as shares of width and height, where the whole split has outlines; an
    /// augmented box is then drawn around what is left of the outline.
    public var outline: [SIMD2<Float>] = []

    public init(classIndex: Int, centerX: Float, centerY: Float, width: Float, height: Float, area: Float? = nil) {
        self.classIndex = classIndex
        self.centerX = centerX
        self.centerY = centerY
        self.width = width
        self.height = height
        self.area = area
    }
}

/// One labelled object by its box's corners in pixels; pixel (row, column) covers [column, column + 1) × [row, row + 1).
public struct PixelBox: Hashable, Sendable {
    /// Position of the class in the data set's `classNames`.
    public var classIndex: Int
    public var left: Float
    public var top: Float
    public var right: Float
    public var bottom: Float
    /// Points along the object's outline, evenly spread over each of its edges; mostly there are none.
    public var outline: [SIMD2<Float>] = []

    public init(classIndex: Int, left: Float, top: Float, right: Float, bottom: Float) {
        self.classIndex = classIndex
        self.left = left
        self.top = top
        self.right = right
        self.bottom = bottom
    }

    /// A label's box in an image of a given size.
    public init(_ label: Label, in size: ImageSize) {
        let (width, height) = (Float(size.width), Float(size.height))
        self.init(
            classIndex: label.classIndex,
            left: (label.centerX - label.width / 2) * width, top: (label.centerY - label.height / 2) * height,
            right: (label.centerX + label.width / 2) * width, bottom: (label.centerY + label.height / 2) * height)
        if !label.outline.isEmpty { outline = Self.points(along: label.outline).map { $0 * [width, height] } }
    }

    /// As many points along every closed outline as Ultralytics takes.
    private static let outlineCount = 1000

    /// Points along a closed outline, at equal steps of the corners' numbers.
    private static func points(along corners: [SIMD2<Float>]) -> [SIMD2<Float>] {
        (0..<outlineCount).map { number in
            let position = Double(number) * Double(corners.count) / Double(outlineCount - 1)
            let corner = min(Int(position), corners.count - 1)
            let (first, second) = (corners[corner], corners[(corner + 1) % corners.count])
            return first + (second - first) * Float(position - Double(corner))
        }
    }

    /// Extent along x in pixels.
    public var width: Float { right - left }
    /// Extent along y in pixels.
    public var height: Float { bottom - top }
    /// Pixels covered.
    public var area: Float { width * height }

    /// The box divided by an image's size.
    public func normalized(in size: ImageSize) -> Label {
        let (imageWidth, imageHeight) = (Float(size.width), Float(size.height))
        return Label(
            classIndex: classIndex, centerX: (left + right) / 2 / imageWidth, centerY: (top + bottom) / 2 / imageHeight,
            width: width / imageWidth, height: height / imageHeight)
    }

    /// The box scaled, then moved.
    public func mapped(scaleX: Float, scaleY: Float, dx: Float, dy: Float) -> PixelBox {
        var box = PixelBox(
            classIndex: classIndex, left: left * scaleX + dx, top: top * scaleY + dy, right: right * scaleX + dx,
            bottom: bottom * scaleY + dy)
        box.outline = outline.map { $0 * [scaleX, scaleY] + [dx, dy] }
        return box
    }

    /// The part of the box inside an image; its area may be 0.
    public func clipped(to size: ImageSize) -> PixelBox {
        let (width, height) = (Float(size.width), Float(size.height))
        var box = PixelBox(
            classIndex: classIndex, left: min(max(left, 0), width), top: min(max(top, 0), height),
            right: min(max(right, 0), width), bottom: min(max(bottom, 0), height))
        box.outline = outline.map { $0.clamped(lowerBound: .zero, upperBound: [width, height]) }
        return box
    }
}
