/// A place in a picture: x to the right, y downwards, in pixels.
package struct Point: Hashable, Sendable {
    package var x: Double
    package var y: Double

    package init(_ x: Double, _ y: Double) {
        self.x = x
        self.y = y
    }
}

/// A rectangle in a picture.
struct Rectangle: Hashable, Sendable {
    var left: Double
    var top: Double
    var width: Double
    var height: Double

    var right: Double { left + width }
    var bottom: Double { top + height }
    var middle: Point { Point(left + width / 2, top + height / 2) }

    /// Whether two rectangles share more than an edge.
    func overlaps(_ other: Rectangle) -> Bool {
        left < other.right && other.left < right && top < other.bottom && other.top < bottom
    }

    /// Whether another one lies inside.
    func contains(_ other: Rectangle) -> Bool {
        left <= other.left && other.right <= right && top <= other.top && other.bottom <= bottom
    }
}

/// How wide lines of text are, about: browsers and converters bring fonts of their own.
package enum TextMeasure {
    /// Width in pixels in a wide sans-serif font (DejaVu Sans), so that there is room in narrower ones.
    package static func width(_ text: String, size: Double) -> Double {
        text.reduce(0) { $0 + share($1) } * size
    }

    /// The text, cut off where it is too wide, with an ellipsis.
    package static func fit(_ text: String, width room: Double, size: Double) -> String {
        if width(text, size: size) <= room { return text }
        var kept = text
        while !kept.isEmpty, width(kept + "…", size: size) > room { kept.removeLast() }
        return kept + "…"
    }

    /// A character's width as a share of the font's size.
    private static func share(_ character: Character) -> Double {
        if "ijl|!'.,:;".contains(character) { return 0.32 }
        if "ftrI()[]/-– ".contains(character) { return 0.4 }
        if "mwMW%@±−+=<>≤≥×→".contains(character) { return 0.85 }
        if character.isUppercase { return 0.7 }
        return character.isASCII ? 0.62 : 0.8
    }
}
