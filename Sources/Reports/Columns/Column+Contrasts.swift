import Metrics
import Results

extension Column where Row == ContrastSummary {
    /// The columns of the table of differences, in its order.
    public static var all: [Column] {
        [
            Column("contrast", title: "contrast", summary: "The two arms.", isNumeric: false) {
                .text($0.contrast.name)
            },
            number(
                "pairs", "pairs", "Pairs of trials that share seed and `within` axes.", parts: Cell.shareParts
            ) { row in
                .share(row.result.contrast.differences.count, of: row.plannedPairs)
            },
            number("difference", "mean Δ", "Mean of the paired differences.") { row in
                row.result.sample.map { .signed($0.mean, decimals: 4) } ?? .empty
            },
            number(
                "t_interval", "95 % interval (t)", "Student's interval of the mean difference.",
                parts: Cell.intervalParts
            ) { row in
                row.result.tInterval.map { .interval($0.low, $0.high, decimals: 4) } ?? .empty
            },
            number(
                "bca_interval", "95 % interval (BCa)",
                "Bootstrap interval, from five pairs on: shown, decides nothing.", isStandard: false,
                parts: Cell.intervalParts
            ) { row in
                row.result.bootstrapInterval.map { .interval($0.low, $0.high, decimals: 4) } ?? .empty
            },
            number("p", "p (sign-flip)", "Exact two-sided sign-flip test.", isStandard: false) { row in
                row.result.signFlip.map { .probability($0.p) } ?? .empty
            },
            number("p_adjusted", "p (adjusted)", "The same, corrected for the family of contrasts.") { row in
                row.result.signFlip == nil ? .empty : .probability(row.result.adjustedP)
            },
            number(
                "p_equivalence", "p (equivalence)", "Two one-sided t tests inside the margin.", isStandard: false
            ) { row in
                row.result.equivalence.map { .probability($0.p) } ?? .empty
            },
            Column("verdict", title: "verdict", summary: "What may be claimed.", isNumeric: false) { row in
                .text(row.result.verdict.rawValue)
            },
            Column(
                "reason", title: "because", summary: "What the verdict rests on.", isNumeric: false, isProse: true
            ) { row in
                .text(row.result.reason)
            },
        ]
    }

    private static func number(
        _ name: String, _ title: String, _ summary: String, isStandard: Bool = true, parts: [String] = [],
        value: @escaping @Sendable (ContrastSummary) -> Cell
    ) -> Column {
        Column(
            name, title: title, summary: summary, isStandard: isStandard, parts: parts, trials: { $0.trialIDs },
            value: value)
    }
}
