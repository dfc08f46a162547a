import Metrics
import Results

extension SweepSummary {
    func comparisonSection(_ comparison: StoredComparison) -> Report.Section {
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
            .table(Column.table("comparison", caption: explanation, columns, contrasts)), .paragraph(explanation),
        ]
        if primary != comparison.primary {
            blocks.append(
                .paragraph("The curves do not have \(comparison.primary), which was declared; \(primary) stands in."))
        }
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

    /// Main effects, interactions and ladders; `nil` where one axis varies only.
    var effectsSection: Report.Section? {
        guard !effects.main.isEmpty || !effects.interactions.isEmpty || !effects.ladders.isEmpty else { return nil }
        var blocks: [Report.Block] = [
            .paragraph(
                "What each component does to \(primary): averaged over everything else that varies within a seed, then "
                    + "over the seeds that have every training. For looking around: these intervals are outside the family "
                    + "of declared contrasts, uncorrected, and decide nothing.")
        ]
        if !effects.main.isEmpty {
            let caption = "Main effects on \(primary)."
            blocks.append(.table(Column.table("main_effects", caption: caption, Column.all, effects.main)))
        }
        if !effects.interactions.isEmpty {
            blocks.append(
                .paragraph(
                    "Interactions: how much the effect of one axis changes with the other; 0 where they simply add up.")
            )
            let caption = "Interactions in \(primary)."
            blocks.append(
                .table(Column.table("interactions", caption: caption, Column.all, effects.interactions)))
        }
        for (index, ladder) in effects.ladders.enumerated() {
            let isCumulative = ladder.kind == .cumulative
            let caption =
                isCumulative
                ? "From the baseline to \(ladder.target), one change after the other."
                : "\(ladder.target) without one of its changes at a time."
            blocks.append(.paragraph(caption))
            let name = "\(isCumulative ? "cumulative" : "leave_one_out")_\(index / 2 + 1)"
            blocks.append(
                .table(
                    Column.table(name, caption: caption, Column.all(ladder, primary: primary), ladder.rungs)))
        }
        return Report.Section("Components", blocks)
    }
}
