import Results

/// The cells of a sweep as a figure shows them: a series for each arm, a panel for each combination of the `within` axes.
struct FigureArms {
    let arms: [Arm]
    let panels: [Panel]

    struct Arm: Hashable {
        let name: String
        let style: SeriesStyle
        let isBaseline: Bool
    }

    /// Cells that are drawn into one plot.
    struct Panel {
        /// `scale n`; empty where there is one only.
        let title: String
        let members: [Member]
    }

    struct Member {
        /// Position in `arms`.
        let arm: Int
        /// Values of the `within` axes: `n`.
        let place: String
        let cell: CellSummary
    }

    init(_ summary: SweepSummary) {
        let within = summary.pivotAxes
        let keys = Set(summary.plan.cells.flatMap(\.axisValues.keys)).subtracting(within).filter { key in
            Set(summary.plan.cells.map { $0.axisValues[key] ?? "" }).count > 1
        }
        var values: [[String: String]] = []
        var places: [[String]] = []
        var arms: [Arm] = []
        var members: [(place: Int, member: Member)] = []
        for cell in summary.cells {
            let arm = cell.cell.axisValues.filter { keys.contains($0.key) }
            let place = within.map { cell.cell.axisValues[$0] ?? "–" }
            if !values.contains(arm) {
                values.append(arm)
                let name = arm.isEmpty ? cell.cell.label : StoredContrast.describe(arm)
                arms.append(Arm(name: name, style: .number(arms.count), isBaseline: cell.isBaseline))
            }
            if !places.contains(place) { places.append(place) }
            guard let armIndex = values.firstIndex(of: arm), let index = places.firstIndex(of: place) else { continue }
            members.append((index, Member(arm: armIndex, place: place.joined(separator: " "), cell: cell)))
        }
        self.arms = arms
        panels = places.enumerated().map { index, place in
            Panel(
                title: zip(within, place).map { "\($0) \($1)" }.joined(separator: ", "),
                members: members.filter { $0.place == index }.map(\.member))
        }
    }

    /// As many arms as can be told apart in one plot.
    static let armsOfPanel = 8

    /// The panels, those with more arms than can be told apart cut into several; the baseline is in each of them.
    var readablePanels: [Panel] {
        panels.flatMap { panel -> [Panel] in
            if panel.members.count <= Self.armsOfPanel { return [panel] }
            let baseline = panel.members.first { $0.cell.isBaseline }
            let others = panel.members.filter { $0.arm != baseline?.arm }
            let room = Self.armsOfPanel - (baseline == nil ? 0 : 1)
            return stride(from: 0, to: others.count, by: room).enumerated().map { number, start in
                let members = Array(others[start..<min(start + room, others.count)])
                return Panel(
                    title: panel.title + (panel.title.isEmpty ? "" : ", ") + "part \(number + 1)",
                    members: [baseline].compactMap { $0 } + members)
            }
        }
    }
}

extension Legend.Entry {
    /// An arm that is shown by points.
    init(points arm: FigureArms.Arm) {
        self.init(sample: .marker(arm.style.marker, arm.style.paint, isHollow: false), text: arm.name)
    }
}

/// Where the panels of a figure stand: side by side in equal size, in several rows where there are many.
struct PanelGrid {
    let areas: [Rectangle]
    private let columns: Int
    /// Below all panels, their axes included.
    let bottom: Double

    /// - `height`: of a panel's plot; `nil` for what looks well.
    init(count: Int, left: Double = Plot.margin.left, top: Double = 0, height: Double? = nil) {
        let columns = count == 4 ? 2 : min(3, max(1, count))
        let gap = 30.0
        let width = (Figure.width - left - Plot.margin.right - gap * Double(columns - 1)) / Double(columns)
        let height = height ?? [330, 250, 200][columns - 1]
        let rowHeight = Plot.margin.top + height + Plot.margin.bottom
        areas = (0..<count).map { index in
            Rectangle(
                left: left + Double(index % columns) * (width + gap),
                top: top + Double(index / columns) * rowHeight + Plot.margin.top, width: width, height: height)
        }
        self.columns = columns
        bottom = top + Double((count + columns - 1) / columns) * rowHeight
    }

    /// Whether a panel is the first of its row, which has the labels of the axis.
    func isLeftmost(_ index: Int) -> Bool { index % columns == 0 }
}
