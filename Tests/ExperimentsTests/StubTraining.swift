import Experiments
import Foundation
import Results
import Training

import class Engine.ParameterStore
import enum HDF5.HDF5Attribute
import struct Engine.Parameter

/// A runner that trains nothing: each epoch adds a line to a checkpoint, so that what was trained, and how often, can be
/// read from the weights.
struct StubRunner: TrialRunner {
    enum Behaviour: Sendable {
        case finishes
        case diverges
        /// Asks for no reason to stop after so many epochs of this attempt.
        case stops(afterEpochs: Int)
        case fails
        /// As `finishes`, with another second epoch, other weights and another result.
        case differs
        /// As `finishes`, with a weight file that names a model and has one tensor of equal values.
        case writes(model: String, value: Float)
    }

    var behaviour = Behaviour.finishes
    /// What a training from a file of weights tells where it begins anew.
    var start: StartingWeights?
    /// What a diagnosis goes by.
    var conditions: LearningConditions?
    let checkpointName = "checkpoint.txt"

    func run(
        _ configuration: TrainingConfiguration, threads: Int, directory: URL,
        shouldStop: @escaping @Sendable () -> Bool,
        onEvent: @escaping (TrialEvent) throws -> Void
    ) throws -> TrialOutcome {
        let weights = directory.appendingPathComponent("weights")
        try FileManager.default.createDirectory(at: weights, withIntermediateDirectories: true)
        let checkpoint = directory.appendingPathComponent(checkpointName)
        var lines: [String] = []
        if let text = try? String(contentsOf: checkpoint, encoding: .utf8) {
            lines = text.split(separator: "\n").map(String.init)
            if !lines.allSatisfy({ $0.hasPrefix("epoch") }) { throw StubError(description: "damaged checkpoint") }
        }
        try onEvent(
            .started(
                WorkerEvent.Started(
                    epochs: configuration.epochs, completedEpochs: lines.count, batchesPerEpoch: 2, parameters: 10,
                    plannedBytes: 1 << 20, start: lines.isEmpty ? start : nil)))
        if let conditions { try onEvent(.conditions(conditions)) }
        if case .fails = behaviour { throw StubError(description: "the disk is on fire") }
        var trained = 0
        while lines.count < configuration.epochs {
            if case .stops(trained) = behaviour { return .interrupted }
            if shouldStop() { return .interrupted }
            let epoch = lines.count + 1
            for batch in 1...2 {
                try onEvent(
                    .step(WorkerEvent.Step(epoch: epoch, batch: batch, batchesPerEpoch: 2, loss: 1 / Double(epoch))))
            }
            if case .diverges = behaviour {
                return .diverged(epoch: epoch, batch: 2, reason: "the loss is not finite")
            }
            var row = EpochRow.stub(epoch)
            if case .differs = behaviour, epoch == 2 { row.mAP5095 = 0.2 }
            lines.append("epoch \(epoch) of seed \(configuration.seed)" + (row.mAP5095 == 0.2 ? "!" : ""))
            try onEvent(.epoch(row))
            let text = Data((lines.joined(separator: "\n") + "\n").utf8)
            // Never in place: an earlier attempt may share the file.
            try text.write(to: weights.appendingPathComponent("last.h5"), options: .atomic)
            try text.write(to: checkpoint, options: .atomic)
            trained += 1
        }
        if case .writes(let model, let value) = behaviour {
            let store = ParameterStore([
                Parameter(name: "conv.weight", dimensions: [3], role: .weight, initialization: .constant(value))
            ])
            store.initialize(seed: 0)
            try WeightFile.write(
                store, to: weights.appendingPathComponent("last.h5"), attributes: ["model": .string(model)])
        }
        let isOther = lines.contains { $0.hasSuffix("!") }
        let metrics = TrialMetrics(
            metrics: ["mAP50-95": isOther ? 0.25 : 0.5], classNames: ["a"], classMetrics: ["AP": [0.5]], epochs: [])
        return .completed(TrialResult(metrics: metrics, epoch: lines.count))
    }
}

extension EpochRow {
    static func stub(_ epoch: Int) -> EpochRow {
        EpochRow(
            epoch: epoch, time: Double(epoch), trainLosses: Losses(box: 1, classification: 2, distribution: 3),
            precision: .nan, recall: .nan, mAP50: .nan, mAP5095: 0.1,
            validationLosses: Losses(box: 1, classification: 2, distribution: 3),
            learningRates: LearningRates(group0: 0.1, group1: 0.01, group2: 0.01))
    }
}

/// Runs workers in this process, one after another.
struct InlineExecutor: Executor {
    /// What the runner does, by the trial's label.
    var behaviour: @Sendable (String) -> StubRunner.Behaviour = { _ in .finishes }
    /// Stop after so many jobs.
    var limit = Int.max
    /// Stands for the code that trains.
    var codeVersion = ""

    func run(_ jobs: [TrialJob], report: (ExecutionEvent) throws -> ExecutionWish) throws -> ExecutionEnd {
        for (index, job) in jobs.enumerated() {
            if index == limit { return .interrupted }
            _ = try report(.launched(job, tryNumber: 1))
            var events: [WorkerEvent] = []
            var exit = WorkerExit.crashed("error")
            var message = ""
            do {
                exit = try Worker(
                    jobURL: job.fileURL, runner: StubRunner(behaviour: behaviour(job.trial.label)),
                    codeVersion: codeVersion, shouldStop: { false }, emit: { events.append($0) }
                ).run()
            } catch {
                message = "\(error)"
            }
            for event in events { _ = try report(.progress(job, event)) }
            if try report(.ended(job, exit, message: message)) == .stop { return .interrupted }
        }
        return .finished
    }
}

/// A folder that goes away with the test.
final class TemporaryFolder {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("ablate-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }
}

/// Two arms and two seeds, three epochs each.
let small = """
    schema = 1
    name = "small"
    [base]
    epochs = 3
    [matrix]
    backbone = ["v1", "v2"]
    [seeds]
    values = [0, 1]
    [compare]
    baseline = { backbone = "v1" }
    """
