import Results

extension FigureKind {
    static let precisionRecall: FigureKind = FigureKind(
        name: "precision-recall", summary: "Precision against recall at IoU .5, the mean over classes."
    ) { summary in
        let grid = FigureArms(summary)
        let panels = grid.readablePanels.map { panel in
            CurveChart.Panel(
                title: panel.title,
                curves: panel.members.compactMap { member in
                    let band = band(member.cell, summary.results)
                    return band.x.isEmpty ? nil : CurveChart.Curve(arm: member.arm, cell: member.cell, band: band)
                })
        }.filter { !$0.curves.isEmpty }
        guard !panels.isEmpty else { return nil }
        let chart = CurveChart(
            arms: grid.arms, panels: panels, xTitle: "recall", yTitle: "precision", xLimits: 0...1, yLimits: 0...1)
        var canvas = SVGCanvas(name: "precision-recall")
        let height = chart.draw(on: &canvas)
        let middles = chart.panels.map { panel in
            (panel.title.isEmpty ? "" : panel.title + ": ")
                + panel.curves.map { curve in
                    let middle = curve.band.x.firstIndex { $0 >= 0.5 }.map { curve.band.middle[$0] } ?? 0
                    return "\(grid.arms[curve.arm].name) \(Cell.number(middle, decimals: 2).text)"
                }.joined(separator: ", ")
        }.joined(separator: "; ")
        return Figure(
            .precisionRecall, title: "Precision and recall",
            caption:
                "Precision against recall at IoU .5, the mean over the classes that have objects. Lines are means over "
                + "the seeds, bands reach from the lowest to the highest seed.",
            summary: "Mean precision at a recall of one half: \(middles).", canvas: canvas, height: height)
    }

    /// Mean over classes, then mean and range over the seeds.
    private static func band(_ cell: CellSummary, _ results: SweepResults) -> Band {
        let curves = cell.trials.compactMap { trial -> (recalls: [Double], precisions: [Double])? in
            guard let curves = results.metrics[trial.trial.trialID]?.precisionRecall else { return nil }
            let classes = curves.precisions.filter { precisions in precisions.allSatisfy(\.isFinite) }
            guard !classes.isEmpty else { return nil }
            return (
                curves.recalls,
                curves.recalls.indices.map { index in
                    classes.reduce(0) { $0 + $1[index] } / Double(classes.count)
                }
            )
        }
        var band = Band()
        guard let recalls = curves.first?.recalls, curves.allSatisfy({ $0.recalls == recalls }) else { return band }
        for (index, recall) in recalls.enumerated() { band.add(curves.map { $0.precisions[index] }, at: recall) }
        return band
    }
}
