import Metrics
import Results

extension SweepSummary {
    /// How much each cell's AP owes to which images were labelled: images drawn again with replacement, the seeds' AP
    /// averaged draw by draw. Kept apart from the variance between seeds, which it says nothing of.
    func imageSection(_ resamples: Int) -> Report.Section {
        let rows = cells.compactMap { ImageUncertainty($0, results, resamples) }
        let missing = cells.count { !$0.finishedIDs.isEmpty } - rows.count
        var blocks: [Report.Block] = []
        if !rows.isEmpty {
            let text =
                "AP of the same detections on validation images drawn again \(resamples) times with replacement, averaged "
                + "over the seeds draw by draw: how much it owes to which images were labelled. It says nothing of how "
                + "much another seed would change it, and no verdict uses it."
            blocks += [.table(Column.table("images", caption: text, Column.all, rows)), .paragraph(text)]
        }
        if missing > 0 {
            blocks.append(
                .paragraph(
                    "\(missing) cells are left out: their detections or the validation labels were not at hand."))
        }
        return Report.Section("Variance between images", blocks)
    }
}

/// The image-level bootstrap of one cell.
struct ImageUncertainty: Sendable {
    let cell: StoredCell
    let trials: [String]
    let estimate: Double
    let interval: ConfidenceInterval

    /// `nil` where detections or labels are not at hand, or do not belong together.
    init?(_ summary: CellSummary, _ results: SweepResults, _ resamples: Int) {
        guard let labels = results.validation[summary.cell.labelsKey]?.groundTruth else { return nil }
        var draws: [[Double]] = []
        var estimates: [Double] = []
        var trials: [String] = []
        for trial in summary.trials where trial.outcome == .done {
            guard let detections = results.metrics[trial.trial.trialID]?.detections,
                let evaluation = try? COCOEvaluation(groundTruth: labels, detections: detections.forEvaluation)
            else { continue }
            let bootstrap = evaluation.imageBootstrap(resamples: resamples)
            guard bootstrap.ap.count == resamples else { continue }
            draws.append(bootstrap.ap)
            estimates.append(bootstrap.estimate)
            trials.append(trial.trial.trialID)
        }
        guard let estimate = Sample(estimates)?.mean else { return nil }
        let means = (0..<resamples).map { draw in draws.reduce(0) { $0 + $1[draw] } / Double(draws.count) }
        let combined = COCOEvaluation.ImageBootstrap(estimate: estimate, estimate50: estimate, ap: means, ap50: means)
        guard let interval = combined.interval() else { return nil }
        cell = summary.cell
        self.trials = trials
        self.estimate = estimate
        self.interval = interval
    }
}

extension Column where Row == ImageUncertainty {
    /// The columns of the table of image-level intervals.
    static var all: [Column] {
        [
            Column("cell", title: "cell", summary: "The cell's name.", isNumeric: false) { .text($0.cell.label) },
            Column("seeds", title: "seeds", summary: "Seeds whose detections are at hand.", trials: { $0.trials }) {
                .count($0.trials.count)
            },
            Column(
                "mAP50-95", title: "mAP50-95", summary: "COCO's AP of all images, mean over the seeds.",
                direction: .higherIsBetter, trials: { $0.trials }
            ) { .number($0.estimate, decimals: 3) },
            Column(
                "image_interval", title: "95 % interval (images)", summary: "Where it would lie with other images.",
                parts: Cell.intervalParts, trials: { $0.trials }
            ) { .range($0.interval.low, $0.interval.high, decimals: 3) },
        ]
    }
}

extension TrialMetrics.Detections {
    /// The detections as evaluations take them: image and class by position.
    fileprivate var forEvaluation: [Detection] {
        (0..<count).map { index in
            let corner = boxes[(4 * index)..<(4 * index + 4)].map(Double.init)
            return Detection(
                imageID: Int(images[index]), categoryID: Int(classes[index]),
                box: BoundingBox(left: corner[0], top: corner[1], right: corner[2], bottom: corner[3]),
                score: Double(scores[index]))
        }
    }
}
