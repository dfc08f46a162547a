public import Metrics
public import Results

/// One question of the comparison with its answer: a row of the table of differences.
public struct ContrastSummary: Sendable {
    public let contrast: StoredContrast
    public let result: ContrastResult
    /// Pairs of cells × seeds.
    public let plannedPairs: Int
    /// The pairs behind the result's differences, in their order.
    public let pairs: [Pair]

    /// Two trials that share seed and `within` axes.
    public struct Pair: Hashable, Sendable {
        public let trialID: String
        public let againstTrialID: String
        public let seed: Int
    }

    /// IDs of all trials of the pairs.
    var trialIDs: [String] { pairs.map(\.trialID) + pairs.map(\.againstTrialID) }

    /// All contrasts of a comparison, answered together as one family.
    static func all(
        _ comparison: StoredComparison, primary: String, trialsByCell: [String: [TrialSummary]]
    ) -> [ContrastSummary] {
        let family = ContrastFamily(
            correction: FamilyCorrection(rawValue: comparison.correction) ?? .holm, margin: comparison.margin,
            direction: Metric.named(primary)?.direction ?? .higherIsBetter)
        let questions = comparison.contrasts.map { question($0, primary, trialsByCell) }
        return zip(comparison.contrasts, zip(questions, family.results(questions.map(\.contrast)))).map {
            stored, answer in
            let (question, result) = answer
            let planned = stored.pairs.reduce(0) { $0 + (trialsByCell[$1.cellID]?.count ?? 0) }
            return ContrastSummary(contrast: stored, result: result, plannedPairs: planned, pairs: question.pairs)
        }
    }

    private static func question(
        _ stored: StoredContrast, _ primary: String, _ trialsByCell: [String: [TrialSummary]]
    ) -> (contrast: Contrast, pairs: [Pair]) {
        var arm: [PairKey: TrialSummary] = [:]
        var against: [PairKey: TrialSummary] = [:]
        var hasDiverged = false
        for (index, pair) in stored.pairs.enumerated() {
            let members = trialsByCell[pair.cellID] ?? []
            let partners = trialsByCell[pair.againstCellID] ?? []
            for trial in members { arm[PairKey(pair: index, seed: trial.trial.seed)] = trial }
            for trial in partners { against[PairKey(pair: index, seed: trial.trial.seed)] = trial }
            hasDiverged = hasDiverged || (members + partners).contains { $0.outcome == .diverged }
        }
        let differences = PairedDifferences(
            arm.compactMapValues { $0.value(primary) }, against: against.compactMapValues { $0.value(primary) })
        let pairs = differences.keys.compactMap { key in
            arm[key].flatMap { one in
                against[key].map {
                    Pair(trialID: one.trial.trialID, againstTrialID: $0.trial.trialID, seed: key.seed)
                }
            }
        }
        let contrast = Contrast(name: stored.name, differences: differences.values, hasDivergedTrial: hasDiverged)
        return (contrast, pairs)
    }

    /// What two cells of a comparison share: the place of their pair, which stands for the `within` axes, and the seed.
    private struct PairKey: Hashable, Comparable, Sendable {
        let pair: Int
        let seed: Int

        static func < (a: PairKey, b: PairKey) -> Bool { (a.pair, a.seed) < (b.pair, b.seed) }
    }
}
