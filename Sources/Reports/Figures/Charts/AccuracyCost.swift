import Metrics
import Results

extension FigureKind {
    static let accuracyGFLOPs: FigureKind = FigureKind(
        name: "accuracy-gflops", summary: "The metric that decides against GFLOPs, with the Pareto front."
    ) { summary in
        accuracy(.accuracyGFLOPs, summary, "GFLOPs", "GFLOPs at the size trained with") { $0.gflops }
    }

    static let accuracyParameters: FigureKind = FigureKind(
        name: "accuracy-parameters",
        summary: "The metric that decides against the number of parameters, with the Pareto front."
    ) { summary in
        accuracy(.accuracyParameters, summary, "parameters (M)", "parameters, in millions") {
            Double($0.parameters) / 1e6
        }
    }

    /// A cell in the plot.
    private struct Spot {
        let arm: Int
        let place: String
        let cell: CellSummary
        let cost: Double
        let sample: Sample
    }

    private static func accuracy(
        _ kind: FigureKind, _ summary: SweepSummary, _ axis: String, _ what: String, cost: (StoredCell) -> Double
    ) -> Figure? {
        let grid = FigureArms(summary)
        let spots = grid.panels.flatMap(\.members).compactMap { member in
            member.cell.sample(summary.primary).map {
                Spot(
                    arm: member.arm, place: member.place, cell: member.cell, cost: cost(member.cell.cell), sample: $0)
            }
        }
        guard spots.count > 1 else { return nil }
        let isHigherBetter = Metric.named(summary.primary)?.direction != .lowerIsBetter
        let front = ParetoFront.members(
            costs: spots.map(\.cost), values: spots.map(\.sample.mean), higherIsBetter: isHigherBetter)

        var canvas = SVGCanvas(name: kind.name)
        let area = Rectangle(
            left: Plot.margin.left, top: Plot.margin.top,
            width: Figure.width - Plot.margin.left - Plot.margin.right, height: 350)
        let values = spots.flatMap { [$0.sample.minimum, $0.sample.maximum] }
        let plot = Plot(
            area: area, x: .cost(axis, covering: spots.map(\.cost)), y: .linear(summary.primary, covering: values))
        canvas.draw(plot)
        drawFront(front.map { plot.place(spots[$0].cost, spots[$0].sample.mean) }, in: area, on: &canvas)
        drawArms(spots, grid, plot, on: &canvas)
        drawSpots(spots, Set(front), grid, summary, plot, on: &canvas)

        let used = Set(spots.map(\.arm))
        let legend = Legend(
            entries: grid.arms.indices.filter(used.contains).map { Legend.Entry(points: grid.arms[$0]) } + [
                Legend.Entry(sample: .line(.ink, width: 1.2, dash: [1, 3]), text: "Pareto front")
            ]
                + (front.count < spots.count
                    ? [Legend.Entry(sample: .marker(.circle, .ink, isHollow: true), text: "not on the front")] : []))
        let top = area.bottom + Plot.margin.bottom + 4
        legend.draw(on: &canvas, left: area.left, top: top, width: area.width)
        return Figure(
            kind, title: "\(summary.primary) against \(axis)",
            caption:
                "\(summary.primary) against \(what). Points are means over the seeds, bars reach from the lowest to the "
                + "highest seed. Filled points are on the Pareto front: no other cell is cheaper and better. The front "
                + "goes by means and says nothing of how certain they are.",
            summary: "On the Pareto front, by rising cost: "
                + front.map { spots[$0] }.map { spot in
                    "\(spot.cell.cell.label) (\(Cell.number(spot.cost, decimals: 2).text), "
                        + "\(Cell.number(spot.sample.mean, decimals: 3).text))"
                }.joined(separator: ", ") + ".",
            canvas: canvas, height: top + legend.height(width: area.width) + 6)
    }

    /// A staircase: at each cost the best mean that can be had for it.
    private static func drawFront(_ points: [Point], in area: Rectangle, on canvas: inout SVGCanvas) {
        guard let first = points.first, let last = points.last else { return }
        var corners = [first]
        for point in points.dropFirst() { corners += [Point(point.x, corners[corners.count - 1].y), point] }
        corners.append(Point(area.right, last.y))
        canvas.polyline(corners, SVGCanvas.Stroke(.ink, width: 1.2, dash: [1, 3]))
    }

    /// A thin line through the cells of an arm, where it has several.
    private static func drawArms(_ spots: [Spot], _ grid: FigureArms, _ plot: Plot, on canvas: inout SVGCanvas) {
        for (index, arm) in grid.arms.enumerated() {
            let points = spots.filter { $0.arm == index }.sorted { $0.cost < $1.cost }
                .map { plot.place($0.cost, $0.sample.mean) }
            canvas.polyline(
                points, SVGCanvas.Stroke(arm.style.paint, width: 1.2, dash: arm.style.dash, opacity: 0.6))
        }
    }

    private static func drawSpots(
        _ spots: [Spot], _ front: Set<Int>, _ grid: FigureArms, _ summary: SweepSummary, _ plot: Plot,
        on canvas: inout SVGCanvas
    ) {
        var taken = spots.map { spot -> Rectangle in
            let place = plot.place(spot.cost, spot.sample.mean)
            return Rectangle(left: place.x - 5, top: place.y - 5, width: 10, height: 10)
        }
        for (index, spot) in spots.enumerated() {
            let style = grid.arms[spot.arm].style
            let place = plot.place(spot.cost, spot.sample.mean)
            let mean = Cell.number(spot.sample.mean, decimals: 4).text
            canvas.beginGroup(
                title: "\(spot.cell.cell.label): \(summary.primary) \(mean), \(plot.x.title) "
                    + Cell.number(spot.cost, decimals: 2).text, place: spot.cell.anchor)
            if spot.sample.count > 1 {
                canvas.whisker(
                    from: Point(place.x, plot.up(spot.sample.minimum)),
                    to: Point(place.x, plot.up(spot.sample.maximum)), SVGCanvas.Stroke(style.paint, width: 1.2))
            }
            canvas.marker(style, at: place, radius: 4.5, isHollow: !front.contains(index))
            canvas.endGroup()
        }
        for spot in spots where !spot.place.isEmpty {
            canvas.label(spot.place, beside: plot.place(spot.cost, spot.sample.mean), in: plot.area, taken: &taken)
        }
    }
}

extension SVGCanvas {
    /// A line with short strokes across its ends.
    mutating func whisker(from: Point, to: Point, _ stroke: Stroke, cap: Double = 3.5) {
        line(from, to, stroke)
        let solid = Stroke(stroke.paint, width: stroke.width)
        for end in [from, to] {
            let isUpright = from.x == to.x
            line(
                Point(end.x - (isUpright ? cap : 0), end.y - (isUpright ? 0 : cap)),
                Point(end.x + (isUpright ? cap : 0), end.y + (isUpright ? 0 : cap)), solid)
        }
    }

    /// A short text beside a point, where it covers nothing; left out where there is no such place.
    mutating func label(_ label: String, beside place: Point, in area: Rectangle, taken: inout [Rectangle]) {
        let size = 10.0
        let width = TextMeasure.width(label, size: size)
        let offsets = [
            Point(8, -10), Point(-8 - width, -10), Point(8, 2), Point(-8 - width, 2), Point(-width / 2, -18),
            Point(-width / 2, 8), Point(12, -16), Point(-12 - width, -16),
        ]
        for offset in offsets {
            let frame = Rectangle(left: place.x + offset.x, top: place.y + offset.y, width: width, height: 9)
            guard area.contains(frame), !taken.contains(where: frame.overlaps) else { continue }
            taken.append(frame)
            text(label, at: Point(frame.left, frame.bottom), size: size, paint: .muted, hasHalo: true)
            return
        }
    }
}
