import Foundation

/// A picture that is being drawn, as the text of an SVG document.
///
/// Coordinates are rounded to hundredths of a pixel: equal drawings give equal bytes. Names of elements begin with the
/// picture's own name, so that several pictures fit into one page.
struct SVGCanvas {
    /// For names of elements: `accuracy-gflops`.
    let name: String
    private var elements: [String] = []
    private var definitions: [String] = []
    private var openGroups = 0

    init(name: String) { self.name = name }

    /// A line's looks.
    struct Stroke {
        var paint: Paint
        var width = 1.0
        var dash: [Double] = []
        var opacity = 1.0

        init(_ paint: Paint, width: Double = 1, dash: [Double] = [], opacity: Double = 1) {
            self.paint = paint
            self.width = width
            self.dash = dash
            self.opacity = opacity
        }

        fileprivate var attributes: String { paint.line + " fill=\"none\"" + shape }

        /// Everything but the colour.
        fileprivate var shape: String {
            (width == 1 ? "" : " stroke-width=\"\(number(width))\"")
                + (dash.isEmpty ? "" : " stroke-dasharray=\"\(dash.map(number).joined(separator: " "))\"")
                + (opacity == 1 ? "" : " stroke-opacity=\"\(number(opacity))\"")
        }
    }

    /// Which part of a text stands at its place.
    enum Anchor: String {
        case start, middle, end
    }

    // MARK: - Lines and areas

    mutating func line(_ from: Point, _ to: Point, _ stroke: Stroke) {
        elements.append(
            "<line x1=\"\(number(from.x))\" y1=\"\(number(from.y))\" x2=\"\(number(to.x))\" y2=\"\(number(to.y))\" "
                + stroke.attributes + "/>")
    }

    mutating func polyline(_ points: [Point], _ stroke: Stroke) {
        guard points.count > 1 else { return }
        elements.append("<path d=\"\(Self.path(points))\" \(stroke.attributes) stroke-linejoin=\"round\"/>")
    }

    mutating func polygon(_ points: [Point], fill: Paint, opacity: Double = 1) {
        guard points.count > 2 else { return }
        let share = opacity == 1 ? "" : " fill-opacity=\"\(number(opacity))\""
        elements.append("<path d=\"\(Self.path(points))Z\" \(fill.fill)\(share)/>")
    }

    mutating func rectangle(_ frame: Rectangle, fill: Paint, opacity: Double = 1) {
        let share = opacity == 1 ? "" : " fill-opacity=\"\(number(opacity))\""
        elements.append("<rect \(Self.place(frame)) \(fill.fill)\(share)/>")
    }

    mutating func outline(_ frame: Rectangle, _ stroke: Stroke) {
        elements.append("<rect \(Self.place(frame)) \(stroke.attributes)/>")
    }

    /// An area of slanted lines, which is seen without any colour.
    mutating func hatch(_ frame: Rectangle, _ paint: Paint) {
        let id = "\(name)-hatch-\(paint.name)"
        let definition =
            "<pattern id=\"\(id)\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" "
            + "patternTransform=\"rotate(45)\"><line x1=\"0\" y1=\"0\" x2=\"0\" y2=\"6\" \(paint.line) "
            + "stroke-opacity=\"0.55\"/></pattern>"
        if !definitions.contains(definition) { definitions.append(definition) }
        elements.append("<rect \(Self.place(frame)) fill=\"url(#\(id))\"/>")
    }

    /// A series' shape at a place; hollow ones let the ground through.
    mutating func marker(_ style: SeriesStyle, at middle: Point, radius: Double = 4, isHollow: Bool = false) {
        marker(style.marker, style.paint, at: middle, radius: radius, isHollow: isHollow)
    }

    mutating func marker(
        _ marker: Marker, _ paint: Paint, at middle: Point, radius: Double = 4, isHollow: Bool = false
    ) {
        let colors =
            isHollow
            ? "class=\"f-paper s-\(paint.name)\" fill=\"\(Paint.paper.light)\" stroke=\"\(paint.light)\" stroke-width=\"1.5\""
            : paint.lineAndFill
        if marker == .circle {
            elements.append(
                "<circle cx=\"\(number(middle.x))\" cy=\"\(number(middle.y))\" r=\"\(number(radius))\" \(colors)/>")
        } else {
            elements.append("<path d=\"\(Self.path(marker.corners(around: middle, radius: radius)))Z\" \(colors)/>")
        }
    }

    // MARK: - Text

    /// - `turned`: a quarter to the left, to be read from below.
    /// - `hasHalo`: on a rim of paper, to be read over lines.
    mutating func text(
        _ text: String, at place: Point, anchor: Anchor = .start, size: Double = 12, paint: Paint = .ink,
        isBold: Bool = false, turned: Bool = false, hasHalo: Bool = false
    ) {
        let (x, y) = (number(place.x), number(place.y))
        elements.append(
            "<text x=\"\(x)\" y=\"\(y)\" \(hasHalo ? paint.fillOnPaper : paint.fill)"
                + (anchor == .start ? "" : " text-anchor=\"\(anchor.rawValue)\"")
                + (size == 12 ? "" : " font-size=\"\(number(size))\"") + (isBold ? " font-weight=\"bold\"" : "")
                + (turned ? " transform=\"rotate(-90 \(x) \(y))\"" : "") + ">\(Markup.escape(text))</text>")
    }

    // MARK: - Pictures

    /// Keeps a PNG file, to be shown in any number of places.
    ///
    /// Returns its name for `show`.
    mutating func keep(png: [UInt8], as label: String, width: Double, height: Double) -> String {
        let id = "\(name)-\(label)"
        definitions.append(
            "<image id=\"\(id)\" width=\"\(number(width))\" height=\"\(number(height))\" preserveAspectRatio=\"none\" "
                + "href=\"data:image/png;base64,\(Data(png).base64EncodedString())\"/>")
        return id
    }

    /// Shows a picture that was kept.
    mutating func show(_ id: String, at place: Point) {
        elements.append("<use href=\"#\(id)\" x=\"\(number(place.x))\" y=\"\(number(place.y))\"/>")
    }

    // MARK: - Groups

    /// Begins a group of elements.
    ///
    /// - `title`: what a pointer that rests on it is told.
    /// - `place`: name of a place in the page around the picture that it stands for.
    /// - `clip`: nothing outside is drawn.
    mutating func beginGroup(title: String? = nil, place: String? = nil, clip: Rectangle? = nil) {
        openGroups += 1
        var attributes = place.map { " data-place=\"\(Markup.escape($0))\"" } ?? ""
        if let clip {
            let id = "\(name)-clip-\(definitions.count)"
            definitions.append("<clipPath id=\"\(id)\"><rect \(Self.place(clip))/></clipPath>")
            attributes += " clip-path=\"url(#\(id))\""
        }
        elements.append("<g\(attributes)>" + (title.map { "<title>\(Markup.escape($0))</title>" } ?? ""))
    }

    mutating func endGroup() {
        precondition(openGroups > 0, "A group ends that has begun.")
        openGroups -= 1
        elements.append("</g>")
    }

    // MARK: - Document

    /// The whole document.
    func document(width: Double, height: Double, title: String, summary: String) -> String {
        precondition(openGroups == 0, "Every group has ended.")
        let size = "width=\"\(number(width))\" height=\"\(number(height))\""
        var lines = [
            "<svg xmlns=\"\(Self.namespace)\" viewBox=\"0 0 \(number(width)) \(number(height))\" \(size) role=\"img\" "
                + "font-family=\"Helvetica, Arial, 'DejaVu Sans', sans-serif\" font-size=\"12\">",
            "<title>\(Markup.escape(title))</title>",
            "<desc>\(Markup.escape(summary))</desc>",
        ]
        if !definitions.isEmpty { lines.append("<defs>" + definitions.joined(separator: "\n") + "</defs>") }
        lines.append("<rect \(size) \(Paint.paper.fill)/>")
        return (lines + elements + ["</svg>"]).joined(separator: "\n") + "\n"
    }

    static let namespace = "http://www.w3.org/2000/svg"

    private static func place(_ frame: Rectangle) -> String {
        "x=\"\(number(frame.left))\" y=\"\(number(frame.top))\" width=\"\(number(max(0, frame.width)))\" "
            + "height=\"\(number(max(0, frame.height)))\""
    }

    private static func path(_ points: [Point]) -> String {
        var text = ""
        for (index, point) in points.enumerated() {
            text += index == 0 ? "M" : "L"
            text += number(point.x)
            text += " "
            text += number(point.y)
        }
        return text
    }
}

/// A coordinate with at most two decimals and without needless digits.
private func number(_ value: Double) -> String {
    precondition(value.isFinite, "A coordinate is a number.")
    let hundredths = Int((value * 100).rounded())
    let (whole, rest) = abs(hundredths).quotientAndRemainder(dividingBy: 100)
    let sign = hundredths < 0 ? "-" : ""
    if rest == 0 { return "\(sign)\(whole)" }
    if rest % 10 == 0 { return "\(sign)\(whole).\(rest / 10)" }
    return "\(sign)\(whole).\(rest < 10 ? "0" : "")\(rest)"
}
