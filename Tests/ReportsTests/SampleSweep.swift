import Foundation
import Metrics
import Results

/// A made-up sweep that was run almost to its end: five arms × two scales × three seeds.
///
/// Values are a formula of cell and seed, so that means and differences can be worked out by hand.
struct SampleSweep {
    var seeds = [0, 1, 2]
    var scales = ["n", "s"]
    var isNarrowed = false
    var hasCompare = true

    static let arms: [[String: String]] = [
        ["backbone": "baseline"], ["backbone": "v1"], ["backbone": "v2", "dfc": "expanded"],
        ["backbone": "v2", "dfc": "output"], ["backbone": "v2", "dfc": "both"],
    ]

    static func id(_ text: String) -> String {
        let code = text.utf8.reduce(into: UInt64(0xcbf2_9ce4_8422_2325)) { $0 = ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        let word = String(code, radix: 16)
        return String(repeating: String(repeating: "0", count: 16 - word.count) + word, count: 4)
    }

    static func label(_ arm: [String: String], _ scale: String) -> String {
        [arm["backbone"], arm["dfc"].map { "dfc=\($0)" }, scale].compactMap { $0 }.joined(separator: " ")
    }

    /// v1 has .300 at scale n and .350 at s, each seed adds .010; the arms lie a fixed step and a small wobble apart.
    static func mAP(_ arm: Int, _ scale: String, _ seed: Int) -> Double {
        let step = [0.03, 0, 0.02, 0.001, 0.015][arm]
        let wobble = arm == 1 ? 0 : Double((arm * 7 + seed * 5 + (scale == "s" ? 3 : 0)) % 4) * 0.0008
        return 0.3 + (scale == "s" ? 0.05 : 0) + Double(seed) * 0.01 + step + wobble
    }

    var plan: StoredPlan {
        let cells = Self.arms.enumerated().flatMap { index, arm in
            scales.map { scale in
                let size = scale == "s" ? 3.0 : 1.0
                return StoredCell(
                    cellID: Self.id(Self.label(arm, scale)), arm: arm, within: ["scale": scale],
                    label: Self.label(arm, scale),
                    configuration: [
                        "backbone": arm["backbone"] ?? "", "scale": scale, "data": "shapes", "imgsz": "128",
                        "epochs": "20", "batch": "16", "select": "last",
                    ],
                    datasetDigest: Self.id("shapes"), parameters: Int(2_590_035 * size) + 1_000_000 * index,
                    backboneParameters: index == 0 ? Int(1_250_000 * size) : 2_600_000 + 100_000 * index,
                    gflops: 0.25 * size + 0.02 * Double(index), gflops640: 6.28 * size + 0.4 * Double(index),
                    gflopsU: 6.44 * size + 0.4 * Double(index), gflopsAll: 0.27 * size + 0.02 * Double(index))
            }
        }
        let contrasts =
            (try? StoredContrast.againstBaseline(
                cells: cells, baseline: ["backbone": "v1"], within: ["scale"], conditional: ["dfc"])) ?? []
        let declared = try? StoredContrast.declared(
            name: "expanded vs output", arm: ["dfc": "expanded"], against: ["dfc": "output"], cells: cells,
            within: ["scale"], conditional: ["dfc"])
        return StoredPlan(
            sweep: "ghost", manifestPath: "sweeps/ghost.toml", manifestText: "schema = 1\nname = \"ghost\"\n",
            createdAt: Date(timeIntervalSince1970: 1_800_000_000), narrowing: isNarrowed ? ["scale=n", "seeds=0"] : [],
            leftOut: isNarrowed ? ["scale": ["s", "m"], "seeds": ["1", "2"]] : [:],
            overrides: isNarrowed ? ["epochs=2"] : [], axes: ["backbone", "dfc", "scale"], cells: cells,
            trials: seeds.flatMap { seed in
                cells.map { StoredTrial(trialID: Self.id("\($0.label) s\(seed)"), cellID: $0.cellID, seed: seed) }
            },
            compare: hasCompare
                ? StoredComparison(
                    baseline: ["backbone": "v1"], within: ["scale"], primary: "mAP50-95", margin: 0.005,
                    contrasts: contrasts + [declared].compactMap { $0 }) : nil,
            plannedSeeds: seeds, excludedCount: 4)
    }

    /// What becomes of a trial instead of a result.
    typealias Fate = (label: String, seed: Int, status: DoneRecord.Status?)

    /// Leaves the trials' folders and a database in `root`. A fate without status is a trial that was interrupted.
    func run(
        in root: URL, fates: [Fate] = [], codeVersion: (String, Int) -> String = { _, _ in "1" },
        mAP: (Int, String, Int) -> Double = Self.mAP, diagnosis: (String) -> String? = { _ in nil },
        metrics: (Int, Int) -> TrialMetrics? = { _, _ in nil }
    ) throws -> ResultStore {
        let store = try ResultStore(root, .writing)
        let plan = plan
        try store.save(plan)
        for trial in plan.trials {
            guard let index = plan.cells.firstIndex(where: { $0.cellID == trial.cellID }) else { continue }
            let cell = plan.cells[index]
            let identity = TrialIdentity(
                id: trial.trialID, cellID: trial.cellID, seed: trial.seed,
                readableName: "\(cell.label.replacing(" ", with: "-"))-s\(trial.seed)")
            let directory = try TrialDirectory.create(
                TrialDescription(
                    identity: identity, configuration: cell.configuration, datasetDigest: cell.datasetDigest),
                in: store.sweepURL("ghost"))
            let attempt = try directory.makeAttempt()
            var log = try attempt.epochLog()
            for epoch in 1...2 {
                var row = Self.epoch(epoch)
                // No two trainings are equal.
                row.trainLosses.box += Double(index) / 16 + Double(trial.seed) / 256
                try log.append(row)
            }
            try attempt.publish(Self.environment.encoded(), as: "env.json")
            guard var record = record(of: trial, fates, codeVersion, mAP) else { continue }
            record.diagnosis = diagnosis(cell.label)
            if record.status == .done, let metrics = metrics(index, trial.seed) {
                try metrics.write(to: attempt.metricsURL)
            }
            try attempt.finish(record)
            try store.record(attempt)
        }
        return store
    }

    /// The same trials' records without any file.
    func records(
        fates: [Fate] = [], codeVersion: (String, Int) -> String = { _, _ in "1" },
        mAP: (Int, String, Int) -> Double = Self.mAP
    ) -> [TrialRecord] {
        plan.trials.map { trial in
            let record = record(of: trial, fates, codeVersion, mAP)
            let state: TrialState =
                switch record?.status {
                case .done: .done
                case .diverged: .diverged
                case .failed: .failed
                case nil: .interrupted
                }
            return TrialRecord(
                trial: trial, directory: nil, state: state, attempts: 1, record: record,
                environment: record == nil ? nil : Self.environment)
        }
    }

    /// How a trial ended; `nil` for one that was interrupted.
    private func record(
        of trial: StoredTrial, _ fates: [Fate], _ codeVersion: (String, Int) -> String,
        _ mAP: (Int, String, Int) -> Double
    ) -> DoneRecord? {
        guard let index = plan.cells.firstIndex(where: { $0.cellID == trial.cellID }) else { return nil }
        let cell = plan.cells[index]
        let fate = fates.first { $0.label == cell.label && $0.seed == trial.seed }
        guard fate == nil || fate?.status != nil else { return nil }
        let status = fate?.status ?? .done
        let value = mAP(index / scales.count, cell.within["scale"] ?? "", trial.seed)
        return DoneRecord(
            status: status, trialID: trial.trialID, cellID: trial.cellID, seed: trial.seed, attempt: 1,
            metrics: status == .done ? ["mAP50-95": value, "mAP50": min(1, value * 1.6)] : [:], checkpoint: "last",
            epochs: 2, weightHashes: [:], seconds: 754, peakMemoryBytes: 600 << 20,
            codeVersion: codeVersion(cell.label, trial.seed),
            message: status == .diverged
                ? "epoch 3, step 12: box loss is nan" : status == .failed ? "killed | by signal 9" : "",
            finishedAt: Date(timeIntervalSince1970: 1_800_001_000))
    }

    /// Four images with a box of either class each; what is found is the further off the later cell and seed are.
    static let validation = SweepResults.ValidationImages(
        groundTruth: GroundTruth(
            images: [0, 1, 2, 3], categories: [.init(id: 0, name: "disc"), .init(id: 1, name: "star")],
            boxes: (0..<8).map { number in
                GroundTruthBox(
                    id: number + 1, imageID: number / 2, categoryID: number % 2,
                    box: BoundingBox(x: Double(10 + 20 * (number % 2)), y: 8, width: 12, height: 16))
            }),
        pictures: [.init(image: 0, name: "a.png", width: 64, height: 48, png: [1, 2, 3])])

    static func metrics(cell: Int, seed: Int) -> TrialMetrics {
        TrialMetrics(
            metrics: ["mAP50-95": 0.5], classNames: ["disc", "star"],
            classMetrics: ["AP": [0.25, 0.125], "AP50": [0.5, 0.75]], epochs: (1...2).map(epoch),
            precisionRecall: .init(recalls: [0, 0.5, 1], precisions: [[1, 0.5, 0], [1, 1, 0.25]]),
            images: .init(ids: [0, 1, 2, 3], names: ["a.png", "b.png", "c.png", "d.png"]),
            detections: .init(
                images: (0..<8).map { Int32($0 / 2) }, classes: (0..<8).map { Int32($0 % 2) },
                scores: (0..<8).map { 0.9 - 0.1 * Float($0) },
                boxes: (0..<8).flatMap { number -> [Float] in
                    let left = Float(10 + 20 * (number % 2)) + 0.5 * Float((cell + seed + number) % 7)
                    return [left, 8, left + 12, 24]
                }))
    }

    static let environment = TrialEnvironment(
        host: "host", processor: "Some Processor", processorCount: 2, memoryBytes: 1 << 33, system: "Linux 6.1",
        threads: 1,
        details: [
            "commit": "0123456789abcdef0123", "changed": "no", "compiler": "Swift 6.3",
            "command": "ablate run /home/somebody/ghost.toml", "worker command": "/home/somebody/ablate worker",
        ])

    static func epoch(_ epoch: Int) -> EpochRow {
        EpochRow(
            epoch: epoch, time: 37.5 * Double(epoch), trainLosses: .init(box: 3, classification: 2, distribution: 1),
            precision: 0.5, recall: 0.25, mAP50: 0.2, mAP5095: 0.1 * Double(epoch),
            validationLosses: .init(box: 3, classification: 2, distribution: 1),
            learningRates: .init(group0: 0.1, group1: 0.01, group2: 0.01))
    }
}

/// Runs `body` with a folder of its own, which is removed afterwards.
func inTemporaryFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("ablate-reports-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
}
