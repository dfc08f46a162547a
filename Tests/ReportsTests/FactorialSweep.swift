import Foundation
import Results

/// A sweep of every combination of some levels, with a value for each cell and seed.
struct FactorialSweep {
    /// In the manifest's order.
    var axes: [(name: String, levels: [String])]
    /// Axes that comparisons stay within.
    var within: Set<String> = ["scale"]
    var seeds = 6
    /// By the positions of the levels, then the seed; `nil` for a training that is missing.
    var value: ([Int], Int) -> Double?

    var places: [[Int]] {
        axes.reduce([[]]) { places, axis in places.flatMap { place in axis.levels.indices.map { place + [$0] } } }
    }

    var results: SweepResults {
        var cells: [StoredCell] = []
        var trials: [StoredTrial] = []
        var records: [TrialRecord] = []
        for place in places {
            let levels = zip(axes, place).map { ($0.name, $0.levels[$1]) }
            let label = levels.map { "\($0)=\($1)" }.joined(separator: " ")
            let cell = StoredCell(
                cellID: SampleSweep.id(label),
                arm: Dictionary(uniqueKeysWithValues: levels.filter { !within.contains($0.0) }),
                within: Dictionary(uniqueKeysWithValues: levels.filter { within.contains($0.0) }), label: label,
                configuration: ["data": "shapes", "imgsz": "640", "epochs": "1", "select": "last"],
                datasetDigest: SampleSweep.id("shapes"), parameters: 1, backboneParameters: 1, gflops: 1, gflops640: 1,
                gflopsU: 1, gflopsAll: 1)
            cells.append(cell)
            for seed in 0..<seeds {
                let trial = StoredTrial(trialID: SampleSweep.id("\(label) \(seed)"), cellID: cell.cellID, seed: seed)
                trials.append(trial)
                let done = value(place, seed).map { value in
                    DoneRecord(
                        status: .done, trialID: trial.trialID, cellID: cell.cellID, seed: seed, attempt: 1,
                        metrics: ["mAP50-95": value], checkpoint: "last", epochs: 1, weightHashes: [:], seconds: 1,
                        peakMemoryBytes: 1, finishedAt: Date(timeIntervalSince1970: 0))
                }
                records.append(
                    TrialRecord(
                        trial: trial, directory: nil, state: done == nil ? .pending : .done,
                        attempts: done == nil ? 0 : 1,
                        record: done, environment: nil))
            }
        }
        let baseline = Dictionary(
            uniqueKeysWithValues: axes.filter { !within.contains($0.name) }.map { ($0.name, $0.levels[0]) })
        return SweepResults(
            plan: StoredPlan(
                sweep: "factorial", manifestPath: "", manifestText: "", createdAt: Date(timeIntervalSince1970: 0),
                axes: axes.map(\.name), cells: cells, trials: trials,
                compare: StoredComparison(
                    baseline: baseline, within: Array(within), primary: "mAP50-95", contrasts: []),
                plannedSeeds: Array(0..<seeds)),
            records: records)
    }
}
