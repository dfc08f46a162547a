import Metrics

extension Column where Row == CellSummary {
    static var mAP50: Column { metric("mAP50", "COCO's AP at IoU .5.", isStandard: true) }

    static var mAP5095: Column {
        metric("mAP50-95", "COCO's AP: mean over classes and IoU thresholds .5 to .95.", isStandard: true)
    }

    /// The rest of the metrics' catalogue.
    static var otherMetrics: [Column] {
        Metric.all.filter { !["mAP50", "mAP50-95"].contains($0.name) }.map {
            metric($0.name, $0.summary, direction: $0.direction)
        }
    }

    /// The difference to the cell's own baseline in the metric that decides.
    static var difference: Column {
        Column(
            "difference", title: "Δ to baseline",
            summary: "Mean difference of the primary metric to the cell's own baseline, seed by seed.",
            trials: { $0.isBaseline ? [] : $0.differenceIDs }
        ) { row in
            if row.isBaseline { return .remark("baseline") }
            guard let sample = row.differences.flatMap({ Sample($0.values) }) else { return .empty }
            return .signed(sample.mean, decimals: 4)
        }
    }

    /// A metric as mean ± sample standard deviation over the seeds.
    static func metric(
        _ name: String, _ summary: String, direction: Metric.Direction = .higherIsBetter, isStandard: Bool = false
    ) -> Column {
        Column(
            name, title: name, summary: summary, direction: direction, isStandard: isStandard, parts: Cell.meanParts,
            trials: { $0.trialIDs(name) }, isBest: { $0.bestMetrics.contains(name) }
        ) { row in
            row.mean(of: name, decimals: 3)
        }
    }
}
