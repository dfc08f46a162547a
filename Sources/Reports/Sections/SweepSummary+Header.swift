import Foundation
import Results

extension SweepSummary {
    var facts: [Report.Fact] {
        [
            Report.Fact("sweep", .text(plan.sweep)),
            Report.Fact("planned_at", .text(plan.createdAt.formatted(.iso8601))),
            Report.Fact("narrowed", .truth(plan.isNarrowed)),
            Report.Fact("complete", .truth(isComplete)),
            Report.Fact("primary", .text(primary)),
            Report.Fact("at_epoch", epoch.map { .count($0) } ?? .empty),
            Report.Fact("coverage.ok", .count(coverage.ok)),
            Report.Fact("coverage.diverged", .count(coverage.diverged)),
            Report.Fact("coverage.failed", .count(coverage.failed)),
            Report.Fact("coverage.missing", .count(coverage.missing)),
            Report.Fact("coverage.excluded", .count(coverage.excluded)),
            Report.Fact("coverage.stale", .count(coverage.stale)),
            Report.Fact("data", .text(dataSets.map { "\($0.name) \($0.digest)" }.joined(separator: "; "))),
            Report.Fact("imgsz", .text(values("imgsz").joined(separator: ", "))),
            Report.Fact("epochs", .text(values("epochs").joined(separator: ", "))),
            Report.Fact("checkpoint", .text(values("select").joined(separator: ", "))),
            Report.Fact("test", .text(testSentence)),
            Report.Fact("commit", .text(commits.joined(separator: ", "))),
            Report.Fact("hardware", .text(hardware.joined(separator: "; "))),
            Report.Fact("processor_hours", .number(processorHours, decimals: 2)),
            Report.Fact("processor_hours_without_result", .number(lostProcessorHours, decimals: 2)),
        ]
    }

    // MARK: - Header

    var header: [Report.Block] {
        var blocks: [Report.Block] = []
        if plan.isNarrowed {
            let words = plan.narrowing.map { "`\($0)`" }.joined(separator: " ")
            let order = plan.axes + ["seeds"]
            func place(_ axis: String) -> (Int, String) { (order.firstIndex(of: axis) ?? order.count, axis) }
            let leftOut = plan.leftOut.sorted { place($0.key) < place($1.key) }
            let list = leftOut.map { "\($0.key) \($0.value.joined(separator: ", "))" }.joined(separator: "; ")
            blocks.append(
                .warning(
                    "A demonstration, not the sweep: narrowed by \(words)."
                        + (list.isEmpty ? "" : " Left out: \(list).")))
        }
        if !plan.overrides.isEmpty {
            let words = plan.overrides.map { "`\($0)`" }.joined(separator: " ")
            blocks.append(.warning("Not the manifest's configuration: changed by \(words) on the command line."))
        }
        if let epoch {
            blocks.append(
                .warning(
                    "Compared at epoch \(epoch) of every training, by the curves (Ultralytics' definition), not by the "
                        + "reported checkpoint. Trainings planned for more epochs had not finished their schedule there."
                ))
        }
        blocks.append(.paragraph("Coverage: \(coverage.sentence)."))
        if let statement = plan.lockStatement { blocks.append(.paragraph(statement)) }
        return blocks
    }

    // MARK: - Caption

    /// Everything that a reader must know to place the numbers.
    var caption: String {
        let data = dataSets.map { "\($0.name) (\($0.digest.prefix(10)))" }.joined(separator: " or ")
        let facts = ["imgsz", "epochs", "batch"].compactMap { key in
            let values = values(key)
            return values.isEmpty ? nil : "\(key) \(values.joined(separator: " or "))"
        }
        let seeds = plan.plannedSeeds.map(String.init).joined(separator: ", ")
        let seedText = "\(plan.plannedSeeds.count == 1 ? "seed" : "seeds") \(seeds)"
        let checkpoints = values("select").map { "\($0) checkpoint" }.joined(separator: " or ")
        let measured = epoch.map { "epoch \($0)" } ?? "the \(checkpoints.isEmpty ? "last checkpoint" : checkpoints)"
        var sentences = [
            "Data \(data), \((facts + [seedText]).joined(separator: ", ")).",
            "Metrics of \(measured) on the validation images; "
                + "mean ± sample standard deviation over the seeds (their number).",
            testSentence,
        ].filter { !$0.isEmpty }
        if !hardware.isEmpty {
            sentences.append(
                "Trained on \(hardware.joined(separator: "; "))"
                    + (commits.isEmpty ? "." : ", commit \(commits.joined(separator: ", "))."))
        }
        if processorHours > 0 {
            let lost =
                lostProcessorHours > 0
                ? ", \(Self.hours(lostProcessorHours)) of them in attempts that gave no result" : ""
            sentences.append("\(Self.hours(processorHours)) CPU-hours (wall-clock time × threads)\(lost).")
        }
        return sentences.joined(separator: " ")
    }

    /// Data sets of the cells, in the plan's order.
    var dataSets: [(name: String, digest: String)] {
        var sets: [(name: String, digest: String)] = []
        for cell in plan.cells where !sets.contains(where: { $0.digest == cell.datasetDigest }) {
            sets.append((cell.configuration["data"] ?? "?", cell.datasetDigest))
        }
        return sets
    }

    /// Which test tells a difference; empty without a comparison.
    var testSentence: String {
        guard let compare = plan.compare, !contrasts.isEmpty else { return "" }
        let family =
            compare.correction == "holm" && contrasts.count > 1 ? ", Holm over \(contrasts.count) contrasts" : ""
        let margin = compare.margin.map { ", equivalence inside ±\($0) by two one-sided t tests" } ?? ""
        return "Differences are tested by seed-paired t intervals and exact sign-flip tests\(family)\(margin)."
    }

    var hardware: [String] { unique(trials.compactMap { $0.record?.environment?.hardware }) }

    /// Commits of the program, with a mark where it was changed since.
    var commits: [String] {
        unique(
            trials.compactMap { trial in
                let details = trial.record?.environment?.details ?? [:]
                return details["commit"].map { $0.prefix(10) + (details["changed"] == "yes" ? " with changes" : "") }
            })
    }

    /// Wall-clock hours times threads, over all attempts of all trials.
    var processorHours: Double { hours(trials) { $0.spentSeconds ?? 0 } }

    /// The same of attempts that gave no result.
    var lostProcessorHours: Double {
        let hours = hours(trials) { trial in
            let counted = trial.outcome == .done || trial.outcome == .diverged ? trial.record?.record?.seconds ?? 0 : 0
            return max(0, (trial.spentSeconds ?? 0) - counted)
        }
        // Below a second per trial it is what rounding leaves.
        return hours * 3600 < Double(trials.count) ? 0 : hours
    }

    private func hours(_ trials: [TrialSummary], _ seconds: (TrialSummary) -> Double) -> Double {
        trials.reduce(0) { $0 + seconds($1) * Double($1.record?.environment?.threads ?? 1) } / 3600
    }

    private static func hours(_ hours: Double) -> String { Cell.number(hours, decimals: hours < 10 ? 2 : 0).text }

    /// The values that a key of the configuration has among the cells, in the plan's order.
    func values(_ key: String) -> [String] { unique(plan.cells.compactMap { $0.configuration[key] }) }

    func unique(_ values: [String]) -> [String] {
        values.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }
}
