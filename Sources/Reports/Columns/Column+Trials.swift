import Metrics
import Results

extension Column where Row == TrialSummary {
    /// The columns of the table of trials, in its order: one row a trial, one column a variable. Those for people come
    /// first in the table that people are shown; programs get all of them.
    public static func all(axes: [String], primary: String) -> [Column] {
        let identity: [Column] = [
            Column("trial", title: "trial", summary: "ID.", isNumeric: false) {
                .identifier($0.trial.trialID)
            },
            Column("cell", title: "cell ID", summary: "ID of the cell.", isNumeric: false, isDetail: true) {
                .identifier($0.trial.cellID)
            },
            Column("label", title: "cell", summary: "The cell's name.", isNumeric: false) {
                .text($0.cell?.label ?? "?")
            },
        ]
        let levels = axes.map { axis in
            Column(axis, title: axis, summary: "Axis of the sweep.", isNumeric: false, isDetail: true) { row in
                row.cell?.axisValues[axis].map { .text($0) } ?? .empty
            }
        }
        return identity + levels + progress + metrics(primary) + costs + provenance
    }

    private static var progress: [Column] {
        [
            Column("seed", title: "seed", summary: "What all randomness of the training is drawn from.") {
                .count($0.trial.seed)
            },
            Column("outcome", title: "outcome", summary: "done, diverged, failed or missing.", isNumeric: false) {
                .text($0.outcome.rawValue)
            },
            Column("stale", title: "stale", summary: "Measured by other code.", isNumeric: false, isDetail: true) {
                .truth($0.isStale)
            },
            Column("attempts", title: "attempts", summary: "How often it was begun.", isDetail: true) {
                .count($0.record?.attempts ?? 0)
            },
            Column("epochs", title: "epochs", summary: "Epochs completed.") {
                .count($0.record?.record?.epochs ?? $0.epochs.count)
            },
            Column("best_epoch", title: "best epoch", summary: "Epoch of the best checkpoint.", isDetail: true) { row in
                row.record?.record.flatMap { $0.bestEpoch > 0 ? .count($0.bestEpoch) : nil } ?? .empty
            },
            Column(
                "checkpoint", title: "checkpoint", summary: "Which weights were measured.", isNumeric: false,
                isDetail: true
            ) { row in
                row.record?.record.map { .text($0.checkpoint) } ?? .empty
            },
        ]
    }

    private static func metrics(_ primary: String) -> [Column] {
        Metric.all.map { metric in
            Column(
                metric.name, title: metric.name, summary: metric.summary, direction: metric.direction,
                isDetail: metric.name != primary
            ) { row in
                row.value(metric.name).map { .number($0, decimals: 4) } ?? .empty
            }
        }
    }

    private static var costs: [Column] {
        [
            cost("parameters", "Parameters of the whole network.") { .count($0.parameters) },
            cost("backbone_parameters", "Parameters of the backbone.") { .count($0.backboneParameters) },
            cost("gflops", "2 × multiply-accumulates of the convolutions at the size trained with, in 10⁹.") {
                .number($0.gflops, decimals: 3)
            },
            cost("gflops640", "The same at 640 × 640.") { .number($0.gflops640, decimals: 3) },
            cost("gflops_u", "What Ultralytics 8.3.0 prints at 640 × 640, in 10⁹.") {
                .number($0.gflopsU, decimals: 3)
            },
            cost("gflops_all", "GFLOPs with attention and linear products.") { .number($0.gflopsAll, decimals: 3) },
            Column("seconds", title: "time", summary: "Wall-clock time of the training.", direction: .lowerIsBetter) {
                row in
                row.record?.record.map { .duration($0.seconds) } ?? .empty
            },
            Column("spent_seconds", title: "time spent", summary: "Wall-clock time of all attempts.", isDetail: true) {
                row in
                row.spentSeconds.map { .duration($0) } ?? .empty
            },
            Column("memory_bytes", title: "memory", summary: "Highest memory of the training.", isDetail: true) { row in
                row.record?.record.map { .count($0.peakMemoryBytes) } ?? .empty
            },
        ]
    }

    private static func cost(
        _ name: String, _ summary: String, _ value: @escaping @Sendable (StoredCell) -> Cell
    ) -> Column {
        Column(name, title: name, summary: summary, direction: .lowerIsBetter, isDetail: true) { row in
            row.cell.map(value) ?? .empty
        }
    }

    private static var provenance: [Column] {
        [
            detail("data", "SHA-256 of the data set.") { $0.cell?.datasetDigest },
            detail("weights_start", "SHA-256 of the weights that it started from.") {
                $0.record?.record?.start?.digest
            },
            detail("weights", "SHA-256 of the weights that were measured.") { row in
                row.record?.record.flatMap { $0.weightHashes["weights/\($0.checkpoint).h5"] }
            },
            detail("commit", "Commit of the program.") { $0.record?.environment?.details["commit"] },
            detail("program", "SHA-256 of the program.") { $0.record?.record?.codeVersion },
            detail("hardware", "Where it ran.") { $0.record?.environment?.hardware },
            detail("message", "Why it failed or diverged.") { $0.outcome == .done ? nil : $0.record?.record?.message },
            detail("diagnosis", "Why little or nothing was learnt, and what to try.") { $0.record?.record?.diagnosis },
        ]
    }

    private static func detail(
        _ name: String, _ summary: String, _ value: @escaping @Sendable (TrialSummary) -> String?
    ) -> Column {
        Column(name, title: name, summary: summary, isNumeric: false, isDetail: true) { row in
            value(row).flatMap { $0.isEmpty ? nil : .text($0) } ?? .empty
        }
    }
}
