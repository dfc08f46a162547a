import Metrics
import Results

extension Column where Row == ContrastSummary {
    /// The columns of the table of differences, in its order.
    public static var all: [Column] {
        [
            Column("contrast", title: "contrast", summary: "The two arms.", isNumeric: false) {
                .text($0.contrast.name)
            },
            Column(
                "pairs", title: "pairs", summary: "Pairs of trials that share seed and `within` axes.",
                parts: Cell.shareParts
            ) { row in
                .share(row.result.contrast.differences.count, of: row.plannedPairs)
            },
            Column("difference", title: "mean Δ", summary: "Mean of the paired differences.") { row in
                row.result.sample.map { .signed($0.mean, decimals: 4) } ?? .empty
            },
            Column(
                "t_interval", title: "95 % interval (t)", summary: "Student's interval of the mean difference.",
                parts: Cell.intervalParts
            ) { row in
                row.result.tInterval.map { .interval($0.low, $0.high, decimals: 4) } ?? .empty
            },
            Column(
                "bca_interval", title: "95 % interval (BCa)",
                summary: "Bootstrap interval, from five pairs on: shown, decides nothing.", isStandard: false,
                parts: Cell.intervalParts
            ) { row in
                row.result.bootstrapInterval.map { .interval($0.low, $0.high, decimals: 4) } ?? .empty
            },
            Column("p", title: "p (sign-flip)", summary: "Exact two-sided sign-flip test.", isStandard: false) { row in
                row.result.signFlip.map { .probability($0.p) } ?? .empty
            },
            Column("p_adjusted", title: "p (adjusted)", summary: "The same, corrected for the family of contrasts.") {
                row in
                row.result.signFlip == nil ? .empty : .probability(row.result.adjustedP)
            },
            Column(
                "p_equivalence", title: "p (equivalence)", summary: "Two one-sided t tests inside the margin.",
                isStandard: false
            ) { row in
                row.result.equivalence.map { .probability($0.p) } ?? .empty
            },
            Column("verdict", title: "verdict", summary: "What may be claimed.", isNumeric: false) { row in
                .text(row.result.verdict.rawValue)
            },
            Column("reason", title: "because", summary: "What the verdict rests on.", isNumeric: false) { row in
                .text(row.result.reason)
            },
        ]
    }
}
