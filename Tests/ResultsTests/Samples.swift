import Foundation
import Results

/// Runs `body` with a folder of its own, which is removed afterwards.
func inTemporaryFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("ablate-results-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
}

let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Golden")

/// A made-up SHA-256.
func digits(_ text: String) -> String {
    let code = text.utf8.reduce(into: UInt64(0xcbf2_9ce4_8422_2325)) { $0 = ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    let word = String(code, radix: 16)
    return String(repeating: String(repeating: "0", count: 16 - word.count) + word, count: 4)
}

func sampleDescription(_ arm: String = "v2", seed: Int = 0) -> TrialDescription {
    TrialDescription(
        identity: TrialIdentity(
            id: digits("\(arm) \(seed)"), cellID: digits(arm), seed: seed, readableName: "\(arm)-n-s\(seed)"),
        configuration: ["backbone": arm, "epochs": "3", "imgsz": "64"], datasetDigest: digits("data"))
}

func sampleEpoch(_ epoch: Int) -> EpochRow {
    let value = Double(epoch)
    return EpochRow(
        epoch: epoch, time: value * 1.5,
        trainLosses: .init(box: 3 / value, classification: 2 / value, distribution: 1 / value), precision: 0.1 * value,
        recall: 0.2 * value, mAP50: 0.03 * value, mAP5095: 0.01 * value,
        validationLosses: .init(box: 4 / value, classification: 3 / value, distribution: 2 / value),
        learningRates: .init(group0: 0.1 / value, group1: 1e-5 * value, group2: 0.01))
}

func sampleRecord(
    _ attempt: AttemptDirectory, status: DoneRecord.Status = .done, mAP: Double = 0.25, codeVersion: String = "1"
) -> DoneRecord {
    DoneRecord(
        status: status, trialID: attempt.trial.identity.id, cellID: attempt.trial.identity.cellID,
        seed: attempt.trial.identity.seed, attempt: attempt.number,
        metrics: status == .done ? ["mAP50-95": mAP, "mAP50": 2 * mAP, "odd": .nan] : [:],
        classMetrics: ["circle": ["AP": 0.5], "square": ["AP": .nan]], checkpoint: "last", epochs: 3, bestEpoch: 2,
        weightHashes: [:], seconds: 4.5, cpuSeconds: 3.25, peakMemoryBytes: 123_456_789, codeVersion: codeVersion,
        message: status == .done ? "" : "epoch 2, step 7: loss is nan",
        start: StartingWeights(
            file: "start.h5", digest: digits("start"), tensors: 3, tensorCount: 4, parameters: 5, parameterCount: 6,
            summary: "3 of 4 tensors"), diagnosis: "Too short.",
        finishedAt: Date(timeIntervalSince1970: 1_800_000_000))
}

func samplePlan(arms: [String] = ["v1", "v2"], seeds: [Int] = [0, 1]) -> StoredPlan {
    StoredPlan(
        sweep: "ghost", manifestPath: "sweeps/ghost.toml", manifestText: "schema = 1\n",
        createdAt: Date(timeIntervalSince1970: 1_800_000_000), narrowing: ["scale=n"],
        leftOut: ["scale": ["s", "m"]], axes: ["backbone"],
        cells: arms.map { arm in
            StoredCell(
                cellID: digits(arm), arm: ["backbone": arm], within: [:], label: arm,
                configuration: ["backbone": arm, "epochs": "3", "imgsz": "64"], datasetDigest: digits("data"),
                parameters: 5_000_000, backboneParameters: 2_000_000, gflops: 0.1, gflops640: 6.9, gflopsU: 7.4,
                gflopsAll: 0.11)
        },
        trials: seeds.flatMap { seed in
            arms.map { StoredTrial(trialID: digits("\($0) \(seed)"), cellID: digits($0), seed: seed) }
        },
        compare: StoredComparison(
            baseline: ["backbone": "v1"], within: [], primary: "mAP50-95", margin: 0.005,
            contrasts: [
                StoredContrast(
                    name: "v2 vs v1", isAgainstBaseline: true, arm: ["backbone": "v2"], against: ["backbone": "v1"],
                    pairs: [StoredPair(cellID: digits("v2"), againstCellID: digits("v1"))])
            ]),
        plannedSeeds: seeds, excludedCount: 4)
}

/// Trains nothing, and leaves what a training leaves.
@discardableResult
func leaveTrial(
    _ description: TrialDescription, in sweep: URL, status: DoneRecord.Status? = .done, mAP: Double = 0.25
) throws -> AttemptDirectory {
    let trial = try TrialDirectory.create(description, in: sweep)
    let attempt = try trial.makeAttempt()
    var log = try attempt.epochLog()
    for epoch in 1...3 { try log.append(sampleEpoch(epoch)) }
    try attempt.publish(Data("weights".utf8), as: "weights/last.h5")
    let environment = TrialEnvironment(
        host: "host", processor: "Processor", processorCount: 2, memoryBytes: 1 << 33, system: "Linux 6", threads: 1)
    try attempt.publish(environment.encoded(), as: "env.json")
    if let status { try attempt.finish(sampleRecord(attempt, status: status, mAP: mAP)) }
    return attempt
}

/// The file's content with one kind of damage.
func damage(_ data: Data, _ kind: String) -> Data {
    switch kind {
    case "empty": Data()
    case "cut in half": data.prefix(data.count / 2)
    case "without its end": data.dropLast(3)
    case "zeros": Data(count: data.count)
    case "zeros in the middle":
        data.prefix(data.count / 4) + Data(count: data.count / 2) + data.suffix(data.count - data.count / 4 * 3)
    default: Data("not this".utf8)
    }
}

let damages = ["empty", "cut in half", "without its end", "zeros", "zeros in the middle", "something else"]
