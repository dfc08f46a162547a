import Metrics
import Results

extension FigureKind {
    static let classPrecision: FigureKind = FigureKind(
        name: "class-ap", summary: "AP of each class, arm by arm."
    ) { summary in
        let plot = ClassPrecisionPlot(summary)
        guard !plot.classes.isEmpty else { return nil }
        var canvas = SVGCanvas(name: "class-ap")
        let height = plot.draw(on: &canvas)
        let omitted = plot.omittedCount
        let rest =
            omitted > 0
            ? " Shown are the \(plot.classes.count) classes in which the arms lie farthest apart; \(omitted) more are left out."
            : ""
        let (first, last) = (plot.classes[0], plot.classes[plot.classes.count - 1])
        return Figure(
            .classPrecision, title: "AP by class",
            caption: "COCO's AP of each class, the best found first. Points are means over the seeds"
                + (plot.hasLanes ? ", bars reach from the lowest to the highest seed." : ".") + rest,
            summary:
                "Best found: \(first.name), mean AP of all arms \(Cell.number(first.mean, decimals: 3).text); worst found: "
                + "\(last.name), \(Cell.number(last.mean, decimals: 3).text).", canvas: canvas, height: height)
    }
}

/// A row a class, a marker an arm.
struct ClassPrecisionPlot {
    /// The rows, by falling mean.
    let classes: [ClassRow]
    /// How many classes there is no room for.
    let omittedCount: Int
    private let arms: FigureArms
    private let panels: [FigureArms.Panel]
    /// By cell ID and class.
    private let samples: [String: [String: Sample]]

    struct ClassRow {
        let name: String
        /// Over all cells.
        let mean: Double
        /// Between the lowest and the highest cell.
        let spread: Double
    }

    private static let mostRows = 80
    private static let size = 11.0

    /// Whether each arm has a line of its own inside a class's row.
    var hasLanes: Bool { classes.count <= 20 }

    init(_ summary: SweepSummary) {
        arms = FigureArms(summary)
        var samples: [String: [String: Sample]] = [:]
        var names: [String] = []
        for cell in summary.cells {
            var values: [String: [Double]] = [:]
            for trial in cell.trials {
                guard let metrics = summary.results.metrics[trial.trial.trialID], let found = metrics.classMetrics["AP"]
                else { continue }
                for (name, value) in zip(metrics.classNames, found) where value.isFinite {
                    values[name, default: []].append(value)
                }
            }
            samples[cell.cell.cellID] = values.compactMapValues { Sample($0) }
            for trial in cell.trials {
                for name in summary.results.metrics[trial.trial.trialID]?.classNames ?? [] where values[name] != nil {
                    names.append(name)
                }
            }
        }
        self.samples = samples
        panels = arms.readablePanels.filter { panel in
            panel.members.contains { !(samples[$0.cell.cell.cellID] ?? [:]).isEmpty }
        }
        var seen = Set<String>()
        let rows = names.filter { seen.insert($0).inserted }.map { name in
            let means = summary.cells.compactMap { samples[$0.cell.cellID]?[name]?.mean }
            return ClassRow(
                name: name, mean: means.reduce(0, +) / Double(max(1, means.count)),
                spread: (means.max() ?? 0) - (means.min() ?? 0))
        }
        let shown = Self.sorted(rows) { $0.spread }.prefix(Self.mostRows)
        classes = Self.sorted(rows.count > Self.mostRows ? Array(shown) : rows) { $0.mean }
        omittedCount = rows.count - classes.count
    }

    /// By falling value; equal ones keep their order.
    private static func sorted(_ rows: [ClassRow], by value: (ClassRow) -> Double) -> [ClassRow] {
        rows.enumerated().sorted { (-value($0.element), $0.offset) < (-value($1.element), $1.offset) }.map(\.element)
    }

    func draw(on canvas: inout SVGCanvas) -> Double {
        let lanes = panels.map(\.members.count).max() ?? 1
        let rowHeight = hasLanes ? max(20, 7 * Double(lanes) + 8) : 15
        let widest = classes.map { TextMeasure.width($0.name, size: Self.size) }.max() ?? 0
        let labelWidth = min(170, max(44, widest + 12))
        let grid = PanelGrid(
            count: panels.count, left: labelWidth, height: rowHeight * Double(classes.count))
        let values: [Double] = samples.values.flatMap(\.values).flatMap { [$0.minimum, $0.maximum] }
        let axis = Axis.linear("AP", covering: values, limits: 0...1, ticks: panels.count > 1 ? 4 : 8)
        for (index, panel) in panels.enumerated() {
            let plot = Plot(area: grid.areas[index], x: axis, y: Axis.linear("", covering: [0, 1]))
            drawGround(plot, panel.title, rowHeight, labelled: grid.isLeftmost(index) ? labelWidth : nil, on: &canvas)
            for (lane, member) in panel.members.enumerated() {
                canvas.beginGroup(title: arms.arms[member.arm].name, place: member.cell.anchor)
                draw(member, lane: lane, of: panel.members.count, rowHeight, plot, on: &canvas)
                canvas.endGroup()
            }
        }
        let used = Set(panels.flatMap(\.members).map(\.arm))
        let legend = Legend(
            entries: arms.arms.indices.filter(used.contains).map { Legend.Entry(points: arms.arms[$0]) })
        let width = Figure.width - 20
        legend.draw(on: &canvas, left: 10, top: grid.bottom + 4, width: width)
        return grid.bottom + legend.height(width: width) + 10
    }

    private func drawGround(
        _ plot: Plot, _ title: String, _ rowHeight: Double, labelled labelWidth: Double?, on canvas: inout SVGCanvas
    ) {
        let area = plot.area
        for (index, row) in classes.enumerated() {
            let top = area.top + Double(index) * rowHeight
            if index % 2 == 0 {
                canvas.rectangle(
                    Rectangle(left: area.left, top: top, width: area.width, height: rowHeight), fill: .zone,
                    opacity: 0.09)
            }
            guard let labelWidth else { continue }
            canvas.text(
                TextMeasure.fit(row.name, width: labelWidth - 10, size: Self.size),
                at: Point(area.left - 7, top + rowHeight / 2 + 4), anchor: .end, size: Self.size)
        }
        canvas.draw(
            Plot(area: area, x: plot.x, y: Axis(title: "", domain: 0...1, isLogarithmic: false, ticks: [])),
            title: title, labelsY: false)
    }

    private func draw(
        _ member: FigureArms.Member, lane: Int, of lanes: Int, _ rowHeight: Double, _ plot: Plot,
        on canvas: inout SVGCanvas
    ) {
        let style = arms.arms[member.arm].style
        for (index, row) in classes.enumerated() {
            guard let sample = samples[member.cell.cell.cellID]?[row.name] else { continue }
            let place = hasLanes ? (Double(lane) + 0.5) / Double(lanes) * (rowHeight - 6) + 3 : rowHeight / 2
            let y = plot.area.top + Double(index) * rowHeight + place
            if hasLanes, sample.count > 1 {
                canvas.line(
                    Point(plot.across(sample.minimum), y), Point(plot.across(sample.maximum), y),
                    SVGCanvas.Stroke(style.paint, width: 1.2))
            }
            canvas.marker(style, at: Point(plot.across(sample.mean), y), radius: hasLanes ? 3.2 : 3.5)
        }
    }
}
