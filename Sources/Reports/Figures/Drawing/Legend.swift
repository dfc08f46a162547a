/// Names of series with their looks, in as many lines as they need.
struct Legend {
    let entries: [Entry]
    /// What a series is shown by.
    enum Sample: Hashable, Sendable {
        case lineAndMarker(SeriesStyle)
        case marker(Marker, Paint, isHollow: Bool)
        case line(Paint, width: Double, dash: [Double])
        case cross
    }

    struct Entry: Hashable, Sendable {
        let sample: Sample
        let text: String
    }

    private static let size = 12.0
    private static let lineHeight = 20.0
    private static let sampleWidth = 34.0

    /// Where each entry stands, from the upper left corner of the legend on.
    private func places(width: Double) -> [Point] {
        // Columns of equal width: the eye finds names that stand below each other.
        let widest = entries.map { Self.sampleWidth + TextMeasure.width($0.text, size: Self.size) + 14 }.max() ?? 1
        let columns = max(1, min(entries.count, Int(width / widest)))
        return entries.indices.map { index in
            Point(Double(index % columns) * widest, Double(index / columns) * Self.lineHeight)
        }
    }

    func height(width: Double) -> Double { (places(width: width).last?.y ?? -Self.lineHeight) + Self.lineHeight }

    func draw(on canvas: inout SVGCanvas, left: Double, top: Double, width: Double) {
        for (entry, place) in zip(entries, places(width: width)) {
            let middle = Point(left + place.x + 13, top + place.y + 8)
            let (start, end) = (Point(middle.x - 13, middle.y), Point(middle.x + 13, middle.y))
            switch entry.sample {
            case .lineAndMarker(let style):
                canvas.line(start, end, SVGCanvas.Stroke(style.paint, width: 1.8, dash: style.dash))
                canvas.marker(style, at: middle, radius: 3.5)
            case .marker(let marker, let paint, let isHollow):
                canvas.marker(marker, paint, at: middle, isHollow: isHollow)
            case .line(let paint, let width, let dash):
                canvas.line(start, end, SVGCanvas.Stroke(paint, width: width, dash: dash))
            case .cross: canvas.cross(at: middle)
            }
            let room = max(20, width - place.x - Self.sampleWidth)
            canvas.text(
                TextMeasure.fit(entry.text, width: room, size: Self.size),
                at: Point(left + place.x + Self.sampleWidth, top + place.y + 12))
        }
    }
}

extension SVGCanvas {
    /// Where a training diverged.
    mutating func cross(at middle: Point, radius: Double = 4.5) {
        let stroke = Stroke(.ink, width: 2)
        line(Point(middle.x - radius, middle.y - radius), Point(middle.x + radius, middle.y + radius), stroke)
        line(Point(middle.x - radius, middle.y + radius), Point(middle.x + radius, middle.y - radius), stroke)
    }
}
