import Metrics

extension Column where Row == ComponentEffect {
    /// The columns of the tables of main effects and interactions, in their order.
    public static var all: [Column] {
        [
            Column("axes", title: "axis", summary: "The axis, or the two axes.", isNumeric: false) { .text($0.axes) },
            Column("effect", title: "effect", summary: "The levels whose difference it is.", isNumeric: false) {
                .text($0.name)
            },
            Column(
                "combinations", title: "averaged over",
                summary: "Pairs (or fours) of cells that each seed's difference is the mean of."
            ) { .count($0.combinations) },
            Column("seeds", title: "seeds", summary: "Seeds with every training.", trials: { $0.trials }) {
                .count($0.sample?.count ?? 0)
            },
            Column("difference", title: "mean Δ", summary: "Mean over the seeds.", trials: { $0.trials }) { row in
                row.sample.map { .signed($0.mean, decimals: 4) } ?? .empty
            },
            Column(
                "t_interval", title: "95 % interval (t)", summary: "Student's interval over the seeds.",
                parts: Cell.intervalParts, trials: { $0.trials }
            ) { row in
                row.interval.map { .interval($0.low, $0.high, decimals: 4) } ?? .empty
            },
        ]
    }
}

extension Column where Row == ComponentLadder.Rung {
    /// The columns of a ladder, in their order.
    static func all(_ ladder: ComponentLadder, primary: String) -> [Column] {
        let direction = Metric.named(primary)?.direction ?? .higherIsBetter
        let common: [Column] = [
            Column("step", title: "step", summary: "What is changed.", isNumeric: false) { .text($0.name) },
            Column("arm", title: "arm", summary: "The arm that it gives.", isNumeric: false) {
                $0.arm.map { .text($0) } ?? .remark("not in the plan")
            },
            Column(
                primary, title: primary, summary: "Mean over the seeds that every arm of the ladder has.",
                direction: direction, parts: Cell.meanParts, trials: { $0.trials }
            ) { row in
                row.sample.map {
                    .mean(
                        $0.mean, deviation: $0.standardDeviation, count: $0.count, planned: $0.count, decimals: 3,
                        marks: [])
                } ?? .empty
            },
            Column(
                "difference", title: ladder.kind == .cumulative ? "Δ to the step before" : "Δ to all",
                summary: "Mean paired difference.", trials: { $0.stepTrials }
            ) { row in
                row.step.map { .signed($0.mean, decimals: 4) } ?? .empty
            },
            Column(
                "t_interval", title: "95 % interval (t)", summary: "Student's interval over the seeds.",
                parts: Cell.intervalParts, trials: { $0.stepTrials }
            ) { row in
                row.interval.map { .interval($0.low, $0.high, decimals: 4) } ?? .empty
            },
        ]
        guard ladder.kind == .cumulative else { return common }
        return common + [
            Column(
                "total", title: "Δ to the baseline", summary: "Mean paired difference to the first step.",
                trials: { $0.totalTrials }
            ) { row in
                row.total.map { .signed($0.mean, decimals: 4) } ?? .empty
            }
        ]
    }
}
