import Results

extension FigureKind {
    static let learningCurves: FigureKind = FigureKind(
        name: "learning-curves", summary: "mAP50-95 on the validation images over the epochs, with bands over seeds."
    ) { summary in
        curves(
            .learningCurves, summary, title: "Learning curves", what: "mAP50-95(U) on the validation images",
            axis: "mAP50-95(U)", decimals: 3, limits: 0...1
        ) { $0.mAP5095 }
    }

    static let trainingLoss: FigureKind = FigureKind(
        name: "training-loss",
        summary: "The sum of the losses on the training images over the epochs, with bands over seeds."
    ) { summary in
        curves(
            .trainingLoss, summary, title: "Training loss",
            what: "Loss on the training images (box, class and distribution)", axis: "loss", decimals: 2,
            limits: 0...Double.infinity, fromZero: false
        ) { row in
            row.trainLosses.box + row.trainLosses.classification + row.trainLosses.distribution
        }
    }

    private static func curves(
        _ kind: FigureKind, _ summary: SweepSummary, title: String, what: String, axis: String, decimals: Int,
        limits: ClosedRange<Double>, fromZero: Bool = true, value: (EpochRow) -> Double
    ) -> Figure? {
        let grid = FigureArms(summary)
        var hasDiverged = false
        let panels = grid.readablePanels.map { panel in
            CurveChart.Panel(
                title: panel.title,
                curves: panel.members.compactMap { member in
                    let curve = curve(member, value)
                    hasDiverged = hasDiverged || !curve.crosses.isEmpty
                    return curve.band.x.isEmpty ? nil : curve
                })
        }.filter { !$0.curves.isEmpty }
        guard panels.contains(where: { $0.curves.contains { $0.band.x.count > 1 } }) else { return nil }
        let chart = CurveChart(
            arms: grid.arms, panels: panels, xTitle: "epoch", yTitle: axis, xWholeNumbers: true, yLimits: limits,
            yFromZero: fromZero)
        var canvas = SVGCanvas(name: kind.name)
        let height = chart.draw(on: &canvas)
        let caption =
            "\(what). Lines are means over the seeds, bands reach from the lowest to the highest seed; a line ends where "
            + "the first of its trainings does." + (hasDiverged ? " A cross marks a training that diverged." : "")
        return Figure(
            kind, title: title, caption: caption,
            summary: "\(what), at the last epoch: \(chart.ends(decimals: decimals)).", canvas: canvas, height: height)
    }

    /// Mean and range over the cell's trainings: those that ended, or else those that have begun.
    private static func curve(_ member: FigureArms.Member, _ value: (EpochRow) -> Double) -> CurveChart.Curve {
        let begun = member.cell.trials.filter { !$0.epochs.isEmpty }
        let ended = begun.filter { $0.outcome == .done || $0.outcome == .diverged }
        let trials = ended.isEmpty ? begun : ended
        var band = Band()
        let last = trials.compactMap { $0.epochs.last?.epoch }.min() ?? 0
        var values: [Int: [Double]] = [:]
        for row in trials.flatMap(\.epochs) where row.epoch <= last {
            let value = value(row)
            if value.isFinite { values[row.epoch, default: []].append(value) }
        }
        for (epoch, values) in values.sorted(by: { $0.key < $1.key }) where values.count == trials.count {
            band.add(values, at: Double(epoch))
        }
        let crosses = trials.filter { $0.outcome == .diverged }.compactMap { trial in
            trial.epochs.last { value($0).isFinite && $0.epoch <= last }.map { (Double($0.epoch), value($0)) }
        }
        return CurveChart.Curve(
            arm: member.arm, cell: member.cell, band: band, crosses: band.x.isEmpty ? [] : crosses)
    }
}
