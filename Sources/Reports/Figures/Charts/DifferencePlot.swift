import Metrics
import Results

extension FigureKind {
    static let differences: FigureKind = FigureKind(
        name: "differences",
        summary: "Paired differences of every contrast with their intervals, the margin of equivalence and the verdict."
    ) { summary in
        let contrasts = summary.contrasts.filter { $0.result.sample != nil }
        guard !contrasts.isEmpty else { return nil }
        var canvas = SVGCanvas(name: "differences")
        let plot = DifferencePlot(summary, contrasts)
        let height = plot.draw(on: &canvas)
        let margin = plot.margin.map { " The hatched zone is the margin of equivalence, ±\($0)." } ?? ""
        return Figure(
            .differences, title: "Differences in \(summary.primary)",
            caption:
                "Paired differences in \(summary.primary), arm minus the other: mean and 95 % t interval; below it, thin "
                + "and dashed, the bootstrap interval (BCa), which decides nothing; above it each pair." + margin,
            summary: contrasts.map { row in
                let mean = row.result.sample.map { Cell.signed($0.mean, decimals: 4).text } ?? ""
                let interval = row.result.tInterval.map { " " + Cell.interval($0.low, $0.high, decimals: 4).text } ?? ""
                return "\(row.contrast.name): \(mean)\(interval), \(row.result.verdict.rawValue)"
            }.joined(separator: "; ") + ".",
            canvas: canvas, height: height)
    }
}

/// A row for each contrast: its pairs, its intervals and its verdict along one axis.
struct DifferencePlot {
    let contrasts: [ContrastSummary]
    let primary: String
    let margin: Double?
    let isHigherBetter: Bool
    /// What the p values are corrected by: ` (Holm)`, or nothing.
    private let correction: String

    private let area: Rectangle
    private let axis: Axis
    private let labelWidth: Double
    private static let rowHeight = 46.0
    private static let numbersWidth = 172.0
    private static let verdictWidth = 92.0

    init(_ summary: SweepSummary, _ contrasts: [ContrastSummary]) {
        self.contrasts = contrasts
        primary = summary.primary
        margin = summary.plan.compare?.margin
        isHigherBetter = Metric.named(summary.primary)?.direction != .lowerIsBetter
        correction = summary.plan.compare?.correction == "holm" && summary.contrasts.count > 1 ? " (Holm)" : ""
        labelWidth = min(
            220, max(80, (contrasts.map { TextMeasure.width($0.contrast.name, size: 12) }.max() ?? 0) + 10))
        area = Rectangle(
            left: labelWidth + 8, top: 34,
            width: Figure.width - labelWidth - 8 - Self.numbersWidth - Self.verdictWidth,
            height: Self.rowHeight * Double(contrasts.count))
        axis = .linear(
            "difference in \(summary.primary)", covering: Self.covered(contrasts, margin: margin), ticks: 7)
    }

    /// Everything but the far ends of intervals that would squeeze all others into a line: with two pairs a t interval is
    /// thirteen times as long as the differences are apart.
    private static func covered(_ contrasts: [ContrastSummary], margin: Double?) -> [Double] {
        let values = contrasts.flatMap(\.result.contrast.differences) + (margin.map { [-$0, $0] } ?? []) + [0]
        let reach = 2.5 * (values.map(abs).max() ?? 0)
        let ends = contrasts.flatMap { row in
            [row.result.tInterval, row.result.bootstrapInterval].compactMap { $0 }.flatMap { [$0.low, $0.high] }
        }
        return values + ends.map { min(reach, max(-reach, $0)) }
    }

    func draw(on canvas: inout SVGCanvas) -> Double {
        let plot = Plot(area: area, x: axis, y: .linear("", covering: [0, 1]))
        drawGround(plot, on: &canvas)
        for (index, row) in contrasts.enumerated() {
            let middle = area.top + Self.rowHeight * (Double(index) + 0.5)
            canvas.beginGroup(title: "\(row.contrast.name): \(row.result.reason)", place: "table-comparison")
            draw(row, at: middle, plot, on: &canvas)
            canvas.endGroup()
        }
        canvas.line(Point(area.left, area.bottom), Point(area.right, area.bottom), SVGCanvas.Stroke(.ink))
        let legend = Legend(entries: legendEntries)
        let top = area.bottom + Plot.margin.bottom + 4
        let width = Figure.width - 20
        legend.draw(on: &canvas, left: 10, top: top, width: width)
        return top + legend.height(width: width) + 6
    }

    private var legendEntries: [Legend.Entry] {
        var verdicts = Verdict.allCases.filter { verdict in contrasts.contains { $0.result.verdict == verdict } }
            .map { verdict in
                let style = Self.style(verdict)
                return Legend.Entry(
                    sample: .marker(style.marker, style.paint, isHollow: verdict == .inconclusive),
                    text: verdict.rawValue)
            }
        verdicts.append(Legend.Entry(sample: .line(.ink, width: 2.4, dash: []), text: "95 % interval (t)"))
        if contrasts.contains(where: { $0.result.bootstrapInterval != nil }) {
            verdicts.append(Legend.Entry(sample: .line(.muted, width: 1, dash: [3, 2]), text: "95 % interval (BCa)"))
        }
        return verdicts
    }

    /// Margin, grid, line of no difference, axis and which side is better.
    private func drawGround(_ plot: Plot, on canvas: inout SVGCanvas) {
        if let margin {
            let (low, high) = (plot.across(-margin), plot.across(margin))
            let zone = Rectangle(left: low, top: area.top, width: high - low, height: area.height)
            canvas.rectangle(zone, fill: .zone, opacity: 0.1)
            canvas.hatch(zone, .zone)
        }
        var free = -Double.infinity
        for tick in axis.ticks {
            let x = plot.across(tick.value)
            canvas.line(Point(x, area.top), Point(x, area.bottom), SVGCanvas.Stroke(.grid))
            canvas.line(Point(x, area.bottom), Point(x, area.bottom + 4), SVGCanvas.Stroke(.ink))
            let half = TextMeasure.width(tick.label, size: 11) / 2
            guard x - half > free else { continue }
            free = x + half + 4
            canvas.text(tick.label, at: Point(x, area.bottom + 16), anchor: .middle, size: 11, paint: .muted)
        }
        let zero = plot.across(0)
        canvas.line(Point(zero, area.top), Point(zero, area.bottom), SVGCanvas.Stroke(.ink, width: 1.2))
        canvas.text(axis.title, at: Point(area.middle.x, area.bottom + 34), anchor: .middle)
        let (left, right) = isHigherBetter ? ("worse", "better") : ("better", "worse")
        if zero - area.left > 60 {
            canvas.text("← \(left)", at: Point(zero - 8, area.top - 8), anchor: .end, size: 11, paint: .muted)
        }
        if area.right - zero > 60 {
            canvas.text("\(right) →", at: Point(zero + 8, area.top - 8), size: 11, paint: .muted)
        }
        canvas.text("mean [95 % interval]", at: Point(area.right + 12, area.top - 8), size: 11, paint: .muted)
        canvas.text(
            "verdict", at: Point(area.right + Self.numbersWidth + 4, area.top - 8), size: 11, paint: .muted)
    }

    private func draw(_ row: ContrastSummary, at middle: Double, _ plot: Plot, on canvas: inout SVGCanvas) {
        guard let sample = row.result.sample else { return }
        canvas.line(
            Point(0, middle + Self.rowHeight / 2), Point(Figure.width, middle + Self.rowHeight / 2),
            SVGCanvas.Stroke(.grid))
        canvas.text(
            TextMeasure.fit(row.contrast.name, width: labelWidth, size: 12), at: Point(4, middle + 4))
        for difference in row.result.contrast.differences {
            let x = plot.across(difference)
            canvas.line(Point(x, middle - 15), Point(x, middle - 9), SVGCanvas.Stroke(.ink, width: 1.4, opacity: 0.6))
        }
        if let interval = row.result.tInterval {
            draw(interval, at: middle, SVGCanvas.Stroke(.ink, width: 2.4), cap: 5, plot, on: &canvas)
        }
        if let interval = row.result.bootstrapInterval {
            draw(interval, at: middle + 11, SVGCanvas.Stroke(.muted, dash: [3, 2]), cap: 3, plot, on: &canvas)
        }
        let style = Self.style(row.result.verdict)
        canvas.marker(
            style.marker, style.paint, at: Point(plot.across(sample.mean), middle), radius: 6,
            isHollow: row.result.verdict == .inconclusive)

        let interval = row.result.tInterval.map { " " + Cell.interval($0.low, $0.high, decimals: 3).text } ?? ""
        let left = area.right + 12
        canvas.text(Cell.signed(sample.mean, decimals: 3).text + interval, at: Point(left, middle - 2), size: 11)
        let pairs = sample.count == 1 ? "1 pair" : "\(sample.count) pairs"
        canvas.text(
            "\(pairs), p\(correction) \(Cell.probability(row.result.adjustedP).text)", at: Point(left, middle + 12),
            size: 10,
            paint: .muted)
        canvas.text(
            row.result.verdict.rawValue, at: Point(area.right + Self.numbersWidth + 4, middle + 4),
            isBold: row.result.verdict != .inconclusive)
    }

    /// An interval, with an arrow where it goes on outside.
    private func draw(
        _ interval: ConfidenceInterval, at y: Double, _ stroke: SVGCanvas.Stroke, cap: Double, _ plot: Plot,
        on canvas: inout SVGCanvas
    ) {
        let low = max(area.left, plot.across(interval.low))
        let high = min(area.right, plot.across(interval.high))
        canvas.line(Point(low, y), Point(high, y), stroke)
        let solid = SVGCanvas.Stroke(stroke.paint, width: stroke.width)
        func end(_ x: Double, isCut: Bool, inwards: Double) {
            if isCut {
                canvas.polyline(
                    [Point(x + inwards * 6, y - 4), Point(x, y), Point(x + inwards * 6, y + 4)], solid)
            } else {
                canvas.line(Point(x, y - cap), Point(x, y + cap), solid)
            }
        }
        end(low, isCut: plot.across(interval.low) < area.left - 0.5, inwards: 1)
        end(high, isCut: plot.across(interval.high) > area.right + 0.5, inwards: -1)
    }

    private static func style(_ verdict: Verdict) -> (marker: Marker, paint: Paint) {
        switch verdict {
        case .better: (.triangle, .hue(0))
        case .worse: (.triangleDown, .hue(1))
        case .equivalent: (.square, .hue(2))
        case .inconclusive: (.circle, .ink)
        }
    }
}
