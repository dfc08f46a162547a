extension RGBImage {
    /// How thick lines are and how large letters, in pixels.
    public struct DrawingStyle: Hashable, Sendable {
        /// Thickness of a box's outline.
        public var lineWidth: Int
        /// Side of one dot of a letter; a line of text is ten dots high.
        public var textScale: Int

        public init(lineWidth: Int, textScale: Int) {
            self.lineWidth = lineWidth
            self.textScale = textScale
        }

        /// What reads well on an image of a size: lines of 0.3 % of its mean side, letters of 8 pixels on small images
        /// and 16 or more from a mean side of 500 pixels on.
        public init(for size: ImageSize) {
            let side = Double(size.height + size.width) / 2
            lineWidth = max(1, Int((side * 0.003).rounded()))
            textScale = max(1, Int((side / 350).rounded()))
        }
    }

    /// Draws a box's outline with a label on a ground of the same colour above it.
    ///
    /// The outline lies inside the box, and the label inside the image: below the upper edge where there is no room above
    /// it, further left where it would run out at the right. What sticks out of the image is cut off.
    ///
    /// - Parameters:
    ///   - label: nothing is written if it is empty.
    ///   - color: of the class; see `ClassColor`.
    ///   - style: by default what suits the image's size.
    public mutating func draw(
        _ box: PixelBox, label: String = "", color: SIMD3<UInt8>, style: DrawingStyle? = nil
    ) {
        let style = style ?? DrawingStyle(for: size)
        let frame = box.clipped(to: size)
        // Anything that touches the image shows at least a line.
        let left = min(Int(frame.left.rounded(.down)), width - 1)
        let top = min(Int(frame.top.rounded(.down)), height - 1)
        let right = max(Int(frame.right.rounded(.up)), left + 1)
        let bottom = max(Int(frame.bottom.rounded(.up)), top + 1)
        let line = min(style.lineWidth, max(1, (right - left) / 2), max(1, (bottom - top) / 2))
        fill(left: left, top: top, right: right, bottom: top + line, color: color)
        fill(left: left, top: bottom - line, right: right, bottom: bottom, color: color)
        fill(left: left, top: top, right: left + line, bottom: bottom, color: color)
        fill(left: right - line, top: top, right: right, bottom: bottom, color: color)
        if label.isEmpty { return }
        let extent = Self.extent(of: label, style: style)
        let labelTop = top >= extent.height ? top - extent.height : top
        draw(
            label, left: max(0, min(left, width - extent.width)), top: labelTop, color: ClassColor.text(on: color),
            ground: color, style: style)
    }

    /// Writes a line of text with its upper left corner at (`left`, `top`), on a ground one dot larger on each side.
    public mutating func draw(
        _ text: String, left: Int, top: Int, color: SIMD3<UInt8>, ground: SIMD3<UInt8>? = nil,
        style: DrawingStyle? = nil
    ) {
        let style = style ?? DrawingStyle(for: size)
        let scale = style.textScale
        if let ground {
            let extent = Self.extent(of: text, style: style)
            fill(left: left, top: top, right: left + extent.width, bottom: top + extent.height, color: ground)
        }
        for (position, glyph) in BitmapFont.glyphs(of: text).enumerated() {
            let x = left + (1 + position * BitmapFont.advance) * scale
            for row in 0..<BitmapFont.glyphHeight {
                for column in 0..<BitmapFont.glyphWidth where glyph.isSet(row: row, column: column) {
                    let (dotLeft, dotTop) = (x + column * scale, top + (1 + row) * scale)
                    fill(
                        left: dotLeft, top: dotTop, right: dotLeft + scale, bottom: dotTop + scale, color: color)
                }
            }
        }
    }

    /// The size of a line of text with its ground.
    public static func extent(of text: String, style: DrawingStyle) -> ImageSize {
        ImageSize(
            height: (BitmapFont.glyphHeight + 2) * style.textScale,
            width: (text.count * BitmapFont.advance + 1) * style.textScale)
    }

    /// Paints a rectangle; what sticks out of the image is cut off.
    public mutating func fill(left: Int, top: Int, right: Int, bottom: Int, color: SIMD3<UInt8>) {
        let columns = max(0, left)..<max(max(0, left), min(width, right))
        let rows = max(0, top)..<max(max(0, top), min(height, bottom))
        for row in rows {
            for column in columns { self[row: row, column: column] = color }
        }
    }
}
