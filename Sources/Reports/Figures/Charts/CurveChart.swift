import Results

/// Lines with bands: one panel beside the other, on the same axes.
struct CurveChart {
    let arms: [FigureArms.Arm]
    let panels: [Panel]
    let xTitle: String
    let yTitle: String
    var xWholeNumbers = false
    var xLimits: ClosedRange<Double> = 0...Double.infinity
    var yLimits: ClosedRange<Double> = 0...Double.infinity
    /// Whether the axis upwards begins at 0 whatever the values are.
    var yFromZero = true

    struct Panel {
        let title: String
        let curves: [Curve]
    }

    struct Curve {
        /// Position among the arms.
        let arm: Int
        let cell: CellSummary
        let band: Band
        /// Where trainings diverged.
        var crosses: [(x: Double, y: Double)] = []
    }

    /// Draws panels and legend; returns the height.
    func draw(on canvas: inout SVGCanvas) -> Double {
        let curves = panels.flatMap(\.curves)
        let values: [Double] = curves.flatMap { $0.band.low + $0.band.high } + (yFromZero ? [0] : [])
        let grid = PanelGrid(count: panels.count)
        let x = Axis.linear(
            xTitle, covering: curves.flatMap(\.band.x), limits: xLimits, ticks: panels.count > 1 ? 4 : 8,
            wholeNumbers: xWholeNumbers)
        let y = Axis.linear(yTitle, covering: values, limits: yLimits)
        for (index, panel) in panels.enumerated() {
            let plot = Plot(area: grid.areas[index], x: x, y: y)
            canvas.draw(plot, title: panel.title, labelsY: grid.isLeftmost(index))
            for (number, curve) in panel.curves.enumerated() {
                canvas.beginGroup(title: "\(arms[curve.arm].name) \(panel.title)", place: curve.cell.anchor)
                canvas.draw(curve.band, style: arms[curve.arm].style, in: plot, number: number, of: panel.curves.count)
                for cross in curve.crosses { canvas.cross(at: plot.place(cross.x, cross.y)) }
                canvas.endGroup()
            }
        }
        let used = Set(curves.map(\.arm))
        var entries = arms.indices.filter(used.contains).map {
            Legend.Entry(sample: .lineAndMarker(arms[$0].style), text: arms[$0].name)
        }
        if curves.contains(where: { !$0.crosses.isEmpty }) {
            entries.append(Legend.Entry(sample: .cross, text: "a training diverged"))
        }
        let legend = Legend(entries: entries)
        let (left, width) = (Plot.margin.left, Figure.width - Plot.margin.left)
        legend.draw(on: &canvas, left: left, top: grid.bottom + 4, width: width)
        return grid.bottom + legend.height(width: width) + 10
    }

    /// What each line ends with, in words.
    func ends(decimals: Int) -> String {
        panels.map { panel in
            (panel.title.isEmpty ? "" : panel.title + ": ")
                + panel.curves.map { curve in
                    let end = curve.band.middle.last.map { Cell.number($0, decimals: decimals).text } ?? "no value"
                    return "\(arms[curve.arm].name) \(end)"
                }.joined(separator: ", ")
        }.joined(separator: "; ")
    }
}

extension CellSummary {
    /// Name of the cell's place in a document.
    var anchor: String { "cell-\(cell.cellID.prefix(10))" }
}
