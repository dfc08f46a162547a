public import Metrics
public import Results

/// One cell of the plan with its trials: a row of the table of results.
public struct CellSummary: Sendable {
    public let cell: StoredCell
    public let plannedSeeds: [Int]
    /// One a planned seed.
    public let trials: [TrialSummary]
    /// Name of the metric that decides.
    public let primary: String
    /// Whether other cells are held against this one.
    public let isBaseline: Bool
    /// Differences of the primary metric to the cell's own baseline, seed by seed; `nil` where it has none.
    public let differences: PairedDifferences<Int>?
    /// Metrics in which no other cell of the same `within` axes is as good, and the seeds say so.
    public internal(set) var bestMetrics: Set<String> = []
    private let baselineTrials: [TrialSummary]

    init(
        cell: StoredCell, plannedSeeds: [Int], trials: [TrialSummary], primary: String, isBaseline: Bool,
        baselineTrials: [TrialSummary]?
    ) {
        self.cell = cell
        self.plannedSeeds = plannedSeeds
        self.trials = trials
        self.primary = primary
        self.isBaseline = isBaseline
        self.baselineTrials = baselineTrials ?? []
        differences = baselineTrials.map {
            PairedDifferences(Self.values(primary, trials), against: Self.values(primary, $0))
        }
    }

    /// IDs of the trials that have a value of a metric.
    func trialIDs(_ metric: String) -> [String] {
        trials.filter { $0.value(metric) != nil }.map(\.trial.trialID)
    }

    /// IDs of the trials that have finished.
    var finishedIDs: [String] { trials.filter { $0.outcome == .done }.map(\.trial.trialID) }

    /// IDs of the trials on both sides of the differences to the baseline.
    var differenceIDs: [String] {
        let keys = Set(differences?.keys ?? [])
        return (trials + baselineTrials).filter { keys.contains($0.trial.seed) }.map(\.trial.trialID)
    }

    /// A metric by seed.
    func values(_ metric: String) -> [Int: Double] { Self.values(metric, trials) }

    /// Mean, deviation and range of a metric over the seeds; `nil` where no trial has it.
    public func sample(_ metric: String) -> Sample? { Sample(trials.compactMap { $0.value(metric) }) }

    /// Mean of something that a finished trial took; `nil` where none has finished.
    public func mean(_ value: (DoneRecord) -> Double) -> Double? {
        Sample(trials.filter { $0.outcome == .done }.compactMap { $0.record?.record }.map(value))?.mean
    }

    /// What a reader must know about a mean over `count` seeds.
    public func marks(count: Int) -> [Cell.Mark] {
        var marks: [Cell.Mark] = []
        if count < plannedSeeds.count { marks.append(.fewerSeeds) }
        if trials.contains(where: { $0.outcome == .diverged }) { marks.append(.diverged) }
        if trials.contains(where: { $0.isStale && $0.outcome == .done }) { marks.append(.stale) }
        return marks
    }

    /// A metric as a table's cell.
    func mean(of metric: String, decimals: Int) -> Cell {
        guard let sample = sample(metric) else {
            let hasDiverged = trials.contains { $0.outcome == .diverged }
            return hasDiverged ? .remark("diverged") : .empty
        }
        return .mean(
            sample.mean, deviation: sample.standardDeviation, count: sample.count, planned: plannedSeeds.count,
            decimals: decimals, marks: marks(count: sample.count))
    }

    private static func values(_ metric: String, _ trials: [TrialSummary]) -> [Int: Double] {
        var values: [Int: Double] = [:]
        for trial in trials { values[trial.trial.seed] = trial.value(metric) }
        return values
    }
}
