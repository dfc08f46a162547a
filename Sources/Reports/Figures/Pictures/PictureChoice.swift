import Metrics
public import Results

/// Which trials' detections are shown side by side, and in which images.
///
/// Of the first of the manifest's own contrasts, or else of the first arm against the baseline, the first pair that has
/// finished; without contrasts, the first and the last cell that have finished. Of the images, two in which the first arm found
/// more labelled objects than the other, two in which it found fewer, each time those with the greatest difference, and for the
/// rest the first of the split.
public struct PictureChoice: Sendable {
    /// Key of `SweepResults.validation`.
    public var labelsKey: String { cell.labelsKey }
    /// The cell whose data the images are of.
    public let cell: StoredCell
    /// Positions in the validation split, in the order in which they are shown.
    public let images: [Int]
    /// One or two, in the order in which they are shown.
    let columns: [Column]
    /// Images that were not chosen for what is found in them begin here.
    let plainImages: Int

    struct Column: Sendable {
        let cell: StoredCell
        let trial: StoredTrial
        /// By position in the split.
        let detections: [Int: [DetectionMatches.Scored]]
    }

    private static let imageCount = 6
    private static let extremesOfSide = 2

    /// The choice; without labels in `results.validation` no image is chosen. `nil` where no trial has finished.
    public init?(_ results: SweepResults) {
        guard let pair = Self.pair(results), let first = pair.first else { return nil }
        cell = first.cell
        columns = pair.compactMap { cell, trial in
            results.metrics[trial.trialID].map { Column(cell: cell, trial: trial, detections: $0.shownDetections()) }
        }
        guard let truth = results.validation[first.cell.labelsKey]?.groundTruth else {
            images = []
            plainImages = 0
            return
        }
        let labels = Dictionary(grouping: truth.boxes, by: \.imageID)
        let counts = columns.map { column in
            truth.images.map { image in
                DetectionMatches(column.detections[image] ?? [], labels: labels[image] ?? []).rightCount
            }
        }
        var chosen: [Int] = []
        if let first = counts.first, let last = counts.last, counts.count == 2 {
            for sign in [1, -1] {
                let order = truth.images.indices.filter { sign * (first[$0] - last[$0]) > 0 }
                    .sorted { (sign * (last[$0] - first[$0]), $0) < (sign * (last[$1] - first[$1]), $1) }
                chosen += order.prefix(Self.extremesOfSide).map { truth.images[$0] }
            }
        }
        plainImages = chosen.count
        let others = truth.images.filter { !chosen.contains($0) }
        images = chosen + others.prefix(Self.imageCount - chosen.count)
    }

    /// IDs of the trials whose detections the choice goes by.
    public var trialIDs: Set<String> { Set(columns.map(\.trial.trialID)) }

    /// Two trials of the same seed and the same data.
    private static func pair(_ results: SweepResults) -> [(cell: StoredCell, trial: StoredTrial)]? {
        let cells = Dictionary(results.plan.cells.map { ($0.cellID, $0) }, uniquingKeysWith: { first, _ in first })
        let shown = results.plan.trials.filter { results.metrics[$0.trialID] != nil }
        let byCell = Dictionary(grouping: shown, by: \.cellID)
        func common(_ one: String, _ other: String) -> [(cell: StoredCell, trial: StoredTrial)]? {
            guard let first = cells[one], let second = cells[other], first.labelsKey == second.labelsKey else {
                return nil
            }
            for trial in byCell[one] ?? [] {
                if let partner = byCell[other]?.first(where: { $0.seed == trial.seed }) {
                    return [(first, trial), (second, partner)]
                }
            }
            return nil
        }
        let contrasts = results.plan.compare?.contrasts ?? []
        let ordered = contrasts.filter { !$0.isAgainstBaseline } + contrasts.filter(\.isAgainstBaseline)
        for pair in ordered.flatMap(\.pairs) {
            if let found = common(pair.cellID, pair.againstCellID) { return found }
        }
        let present = results.plan.cells.filter { byCell[$0.cellID] != nil }
        guard let first = present.first, let trial = byCell[first.cellID]?.first else { return nil }
        for other in present.reversed() where other.cellID != first.cellID {
            if let found = common(first.cellID, other.cellID) { return found }
        }
        return [(first, trial)]
    }
}
