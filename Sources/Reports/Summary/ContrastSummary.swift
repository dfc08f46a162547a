public import Metrics
public import Results

/// One question of the comparison with its answer: a row of the table of differences.
public struct ContrastSummary: Sendable {
    public let contrast: StoredContrast
    public let result: ContrastResult
    /// Pairs of cells × seeds.
    public let plannedPairs: Int

    /// All contrasts of a comparison, answered together as one family.
    static func all(_ comparison: StoredComparison, trialsByCell: [String: [TrialSummary]]) -> [ContrastSummary] {
        let family = ContrastFamily(
            correction: FamilyCorrection(rawValue: comparison.correction) ?? .holm, margin: comparison.margin,
            direction: Metric.named(comparison.primary)?.direction ?? .higherIsBetter)
        let contrasts = comparison.contrasts.map { contrast in
            var arm: [PairKey: Double] = [:]
            var against: [PairKey: Double] = [:]
            var hasDiverged = false
            for (index, pair) in contrast.pairs.enumerated() {
                let members = trialsByCell[pair.cellID] ?? []
                let partners = trialsByCell[pair.againstCellID] ?? []
                for trial in members {
                    arm[PairKey(pair: index, seed: trial.trial.seed)] = trial.value(comparison.primary)
                }
                for trial in partners {
                    against[PairKey(pair: index, seed: trial.trial.seed)] = trial.value(comparison.primary)
                }
                hasDiverged = hasDiverged || (members + partners).contains { $0.outcome == .diverged }
            }
            return Contrast(
                name: contrast.name, differences: PairedDifferences(arm, against: against).values,
                hasDivergedTrial: hasDiverged)
        }
        return zip(comparison.contrasts, family.results(contrasts)).map { contrast, result in
            let planned = contrast.pairs.reduce(0) { $0 + (trialsByCell[$1.cellID]?.count ?? 0) }
            return ContrastSummary(contrast: contrast, result: result, plannedPairs: planned)
        }
    }

    /// What two cells of a comparison share: the place of their pair, which stands for the `within` axes, and the seed.
    private struct PairKey: Hashable, Comparable, Sendable {
        let pair: Int
        let seed: Int

        static func < (a: PairKey, b: PairKey) -> Bool { (a.pair, a.seed) < (b.pair, b.seed) }
    }
}
