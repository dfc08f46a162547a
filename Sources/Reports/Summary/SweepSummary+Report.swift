import Foundation
import Metrics
import Results

extension SweepSummary {
    /// The document about the sweep.
    ///
    /// - `columns`: names of the columns of the table of results; `nil` for those that vary or are standard.
    public func report(columns names: [String]? = nil) throws(UnknownColumns) -> Report {
        let results = Column.table("results", try columns(names), cells)
        var sections = [
            Report.Section(
                nil, header + [.table(results)] + footnotes(of: results) + [.paragraph(caption)])
        ]
        if let comparison = plan.compare, !contrasts.isEmpty {
            sections.append(comparisonSection(comparison))
        }
        let unfinished = trials.filter { $0.outcome == .failed || $0.outcome == .diverged }
        if !unfinished.isEmpty {
            sections.append(
                Report.Section(
                    "Trainings without a number",
                    [.table(Column.table("unfinished", unfinishedColumns, unfinished))]))
        }
        if !notes.isEmpty { sections.append(Report.Section("Notes", [.list(notes)])) }
        return Report(title: plan.sweep, facts: facts, sections: sections)
    }

    private var facts: [Report.Fact] {
        [
            Report.Fact("sweep", .text(plan.sweep)),
            Report.Fact("planned_at", .text(plan.createdAt.formatted(.iso8601))),
            Report.Fact("narrowed", .truth(plan.isNarrowed)),
            Report.Fact("complete", .truth(isComplete)),
            Report.Fact("primary", .text(primary)),
            Report.Fact("coverage.ok", .count(coverage.ok)),
            Report.Fact("coverage.diverged", .count(coverage.diverged)),
            Report.Fact("coverage.failed", .count(coverage.failed)),
            Report.Fact("coverage.missing", .count(coverage.missing)),
            Report.Fact("coverage.excluded", .count(coverage.excluded)),
            Report.Fact("coverage.stale", .count(coverage.stale)),
        ]
    }

    // MARK: - Header

    private var header: [Report.Block] {
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
        blocks.append(.paragraph("Coverage: \(coverage.sentence)."))
        if let statement = plan.lockStatement { blocks.append(.paragraph(statement)) }
        return blocks
    }

    private func footnotes(of table: Table) -> [Report.Block] {
        let used = Set(table.rows.joined().flatMap(\.marks))
        let lines = Cell.Mark.allCases.filter(used.contains).map { "\($0.rawValue) \($0.explanation)" }
        return lines.isEmpty ? [] : [.paragraph(lines.joined(separator: "; ") + ".")]
    }

    // MARK: - Caption

    private var caption: String {
        var digests: [String: String] = [:]
        for cell in plan.cells {
            digests[cell.configuration["data"] ?? "?"] = String(cell.datasetDigest.prefix(10))
        }
        let data = values("data").map { "\($0) (\(digests[$0] ?? "?"))" }.joined(separator: " or ")
        let facts = ["imgsz", "epochs", "batch"].compactMap { key in
            let values = values(key)
            return values.isEmpty ? nil : "\(key) \(values.joined(separator: " or "))"
        }
        let seeds = plan.plannedSeeds.map(String.init).joined(separator: ", ")
        let checkpoints = values("select").map { "\($0) checkpoint" }.joined(separator: " or ")
        var sentences = [
            "Data \(data), \((facts + ["\(plan.plannedSeeds.count == 1 ? "seed" : "seeds") \(seeds)"]).joined(separator: ", ")).",
            "Metrics of the \(checkpoints.isEmpty ? "last checkpoint" : checkpoints) on the validation images; "
                + "mean ± sample standard deviation over the seeds (their number).",
        ]
        let hardware = unique(trials.compactMap { $0.record?.environment?.hardware })
        if !hardware.isEmpty { sentences.append("Trained on \(hardware.joined(separator: "; ")).") }
        return sentences.joined(separator: " ")
    }

    /// The values that a key of the configuration has among the cells, in the plan's order.
    private func values(_ key: String) -> [String] { unique(plan.cells.compactMap { $0.configuration[key] }) }

    private func unique(_ values: [String]) -> [String] {
        values.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    // MARK: - Comparison

    private func comparisonSection(_ comparison: StoredComparison) -> Report.Section {
        let hasBootstrap = contrasts.contains { $0.result.bootstrapInterval != nil }
        let columns = Column<ContrastSummary>.all.filter { column in
            switch column.name {
            case "bca_interval": hasBootstrap
            case "p": comparison.correction != "none" && contrasts.count > 1
            case "p_equivalence": comparison.margin != nil
            default: column.isStandard
            }
        }
        let baseline = comparison.baseline.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)" }
            .joined(separator: ", ")
        var explanation =
            "Paired differences in \(primary); baseline \(baseline). A pair shares its seed"
            + (comparison.within.isEmpty ? "" : " and its \(comparison.within.joined(separator: ", "))") + "."
        explanation += " Better or worse only where the t interval leaves out 0 and the exact sign-flip test agrees"
        explanation +=
            comparison.correction == "holm" && contrasts.count > 1
            ? " (p ≤ .05 after Holm's correction over \(contrasts.count) contrasts)" : " (p ≤ .05)"
        explanation += comparison.margin.map { "; equivalent where two one-sided t tests stay within ±\($0)." } ?? "."
        if hasBootstrap { explanation += " The bootstrap interval is shown, it does not decide." }
        var blocks: [Report.Block] = [
            .table(Column.table("comparison", columns, contrasts)), .paragraph(explanation),
        ]
        if let powerNote { blocks.append(.paragraph(powerNote)) }
        return Report.Section("Differences", blocks)
    }

    /// Where no result whatever could be called a difference.
    private var powerNote: String? {
        let family = plan.compare?.correction == "none" ? 1 : contrasts.count
        let needed = SignFlipTest.pairsNeeded(contrasts: family)
        let most = contrasts.map(\.plannedPairs).max() ?? 0
        guard most > 0, most < needed else { return nil }
        let smallest = min(1, SignFlipTest.smallestP(pairs: most) * Double(family))
        return
            "With \(most == 1 ? "one pair" : "\(most) pairs") in a contrast the smallest "
            + "\(family > 1 ? "corrected " : "")p that can be reached is \(Cell.probability(smallest).text): no "
            + "difference can be called better or worse, however clear it is. \(needed) pairs would be needed."
    }

    // MARK: - Trainings without a number, notes

    private var unfinishedColumns: [Column<TrialSummary>] {
        let labels = Dictionary(plan.cells.map { ($0.cellID, $0.label) }, uniquingKeysWith: { first, _ in first })
        return [
            Column("cell", title: "cell", summary: "", isNumeric: false) { .text(labels[$0.trial.cellID] ?? "?") },
            Column("seed", title: "seed", summary: "") { .count($0.trial.seed) },
            Column("id", title: "trial", summary: "", isNumeric: false) { .text(String($0.trial.trialID.prefix(10))) },
            Column("outcome", title: "outcome", summary: "", isNumeric: false) {
                .text($0.outcome == .failed ? "failed" : "diverged")
            },
            Column("reason", title: "reason", summary: "", isNumeric: false) {
                .text($0.record?.record?.message ?? "")
            },
        ]
    }

    private var notes: [String] {
        var notes: [String] = []
        let ghostScales = plan.cells.filter { ["v1", "v2"].contains($0.configuration["backbone"] ?? "") }
            .compactMap { $0.configuration["scale"] }
        if Set(ghostScales).count > 1 {
            notes.append(
                "The Ghost backbones' own channels do not grow with the scale n…x; only neck and head do. "
                    + "`width` changes them.")
        }
        if values("select").contains("best") {
            notes.append(
                "The best checkpoint is chosen on the validation images that it is then measured on: its numbers are "
                    + "too high by an unknown amount.")
        }
        let hasZero = trials.contains { $0.value("mAP50-95") == 0 }
        if hasZero {
            notes.append(
                "A mAP of 0 is a legal result of a short training from scratch: train longer, or start from weights.")
        }
        for cell in cells {
            if let sample = cell.sample(primary), sample.count > 1, sample.isConstant, sample.mean != 0 {
                notes.append("\(cell.cell.label): all seeds gave the same \(primary), as if the seed changed nothing.")
            }
        }
        let hardware = Set(trials.compactMap { $0.record?.environment?.hardware })
        if hardware.count > 1 {
            notes.append("The trainings ran on different hardware: their times do not compare.")
        }
        return notes + findings + plan.notes
    }
}
