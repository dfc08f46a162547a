/// A rectangle with two axes that values are drawn into.
struct Plot {
    /// Where values are drawn; axes and titles stand outside.
    let area: Rectangle
    let x: Axis
    let y: Axis

    func place(_ xValue: Double, _ yValue: Double) -> Point { Point(across(xValue), up(yValue)) }

    func across(_ value: Double) -> Double { area.left + x.share(value) * area.width }

    func up(_ value: Double) -> Double { area.bottom - y.share(value) * area.height }

    /// Room that tick labels and titles take at the left and below.
    static let margin = (left: 58.0, bottom: 44.0, top: 22.0, right: 24.0)
}

extension SVGCanvas {
    /// The grid, the axes and their labels.
    ///
    /// - `title`: above the plot.
    /// - `labelsY`: false where the plot at its left has the same axis.
    mutating func draw(_ plot: Plot, title: String = "", labelsY: Bool = true) {
        let area = plot.area
        // Labels that would touch are left out, the first kept.
        var free = -Double.infinity
        for tick in plot.x.ticks {
            let x = plot.across(tick.value)
            line(Point(x, area.top), Point(x, area.bottom), Stroke(.grid))
            line(Point(x, area.bottom), Point(x, area.bottom + 4), Stroke(.ink))
            let half = TextMeasure.width(tick.label, size: 11) / 2
            guard x - half > free else { continue }
            text(tick.label, at: Point(x, area.bottom + 16), anchor: .middle, size: 11, paint: .muted)
            free = x + half + 4
        }
        for tick in plot.y.ticks {
            let y = plot.up(tick.value)
            line(Point(area.left, y), Point(area.right, y), Stroke(.grid))
            line(Point(area.left - 4, y), Point(area.left, y), Stroke(.ink))
            if labelsY {
                text(tick.label, at: Point(area.left - 7, y + 4), anchor: .end, size: 11, paint: .muted)
            }
        }
        line(Point(area.left, area.top), Point(area.left, area.bottom), Stroke(.ink))
        line(Point(area.left, area.bottom), Point(area.right, area.bottom), Stroke(.ink))
        text(plot.x.title, at: Point(area.middle.x, area.bottom + 34), anchor: .middle)
        if labelsY {
            text(plot.y.title, at: Point(area.left - 44, area.middle.y), anchor: .middle, turned: true)
        }
        if !title.isEmpty {
            text(
                TextMeasure.fit(title, width: area.width, size: 12), at: Point(area.left, area.top - 8), isBold: true)
        }
    }

    /// A line through values with the area between two others around it, and markers where there is room for them.
    ///
    /// - `number`: of how many lines it is which: their markers do not stand at the same places.
    mutating func draw(_ band: Band, style: SeriesStyle, in plot: Plot, number: Int = 0, of count: Int = 1) {
        let points = band.x.indices.map { plot.place(band.x[$0], band.middle[$0]) }
        let upper = band.x.indices.map { plot.place(band.x[$0], band.high[$0]) }
        let lower = band.x.indices.map { plot.place(band.x[$0], band.low[$0]) }
        if upper != lower {
            polygon(upper + lower.reversed(), fill: style.paint, opacity: 0.13)
            for edge in [upper, lower] { polyline(edge, Stroke(style.paint, width: 0.7, opacity: 0.5)) }
        }
        polyline(points, Stroke(style.paint, width: 1.8, dash: style.dash))
        let every = max(1, points.count / 6)
        let first = number * every / max(1, count)
        for index in points.indices where index % every == first || points.count == 1 {
            marker(style, at: points[index], radius: 3)
        }
    }
}

/// Values along an axis, with a range around each.
struct Band: Hashable, Sendable {
    var x: [Double] = []
    var middle: [Double] = []
    var low: [Double] = []
    var high: [Double] = []

    /// Adds the mean and the range of some values at a place; nothing where there are none.
    mutating func add(_ values: [Double], at place: Double) {
        guard let low = values.min(), let high = values.max() else { return }
        x.append(place)
        middle.append(values.reduce(0, +) / Double(values.count))
        self.low.append(low)
        self.high.append(high)
    }
}
