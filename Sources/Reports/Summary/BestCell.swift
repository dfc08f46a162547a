import Metrics
import Results

/// Which cell of a table may be called the best of its column.
///
/// Among cells that agree in the `within` axes, the one with the best mean is so called only where the seeds say that it
/// differs from every other one: a contrast to each of them, paired by seed, all of them *better* as one family after
/// Holm. Anything else is a tie, and nothing is set in bold.
enum BestCell {
    /// Notes with each cell the metrics that it is the best in.
    static func mark(_ cells: inout [CellSummary]) {
        let groups = Dictionary(grouping: cells.indices) { cells[$0].cell.within }.values.filter { $0.count > 1 }
        for metric in Metric.all {
            for group in groups {
                let candidates = group.filter { cells[$0].sample(metric.name) != nil }
                guard let best = best(of: candidates.map { cells[$0] }, metric) else { continue }
                cells[candidates[best]].bestMetrics.insert(metric.name)
            }
        }
    }

    /// Position of the best; `nil` for a tie, and where nothing is to be compared.
    static func best(of cells: [CellSummary], _ metric: Metric) -> Int? {
        let sign: Double = metric.direction == .higherIsBetter ? 1 : -1
        let means = cells.map { sign * ($0.sample(metric.name)?.mean ?? -.infinity) }
        guard cells.count > 1, let top = means.max(), let best = means.firstIndex(of: top) else { return nil }
        let values = cells[best].values(metric.name)
        let contrasts = cells.indices.filter { $0 != best }.map { other in
            Contrast(
                name: "", differences: PairedDifferences(values, against: cells[other].values(metric.name)).values,
                hasDivergedTrial: cells[best].trials.contains { $0.outcome == .diverged })
        }
        // Seven pairs and two rivals at least: most tables need not be tested any further.
        let fewest = contrasts.map(\.differences.count).min() ?? 0
        guard fewest >= SignFlipTest.pairsNeeded(contrasts: contrasts.count) else { return nil }
        let verdicts = ContrastFamily(direction: metric.direction).verdicts(contrasts)
        return verdicts.allSatisfy { $0 == .better } ? best : nil
    }
}
