import Datasets
import Engine
import Foundation
import HDF5
import Metrics
import Models
import Testing
import Training

/// Whole small trainings: the same bits whatever the threads and interruptions, and clear ends where one goes wrong.
@Suite(.serialized) struct TrainerTests {
    /// The training that others are compared with: one thread, undisturbed.
    private static let undisturbed = Result { try TrialRun.train(TrialRun.configuration) }
    private static let undisturbedGhost = Result { try TrialRun.train(TrialRun.ghost) }

    @Test func trains() throws {
        let record = try Self.undisturbed.get()
        guard case .completed(let evaluation, let epoch) = record.outcome else {
            Issue.record("the training ended with \(record.outcome)")
            return
        }
        #expect(epoch == 2)
        #expect(record.steps.map(\.batch) == Array(1...6) + Array(1...6))
        #expect(record.steps.map(\.epoch) == Array(repeating: 1, count: 6) + Array(repeating: 2, count: 6))
        #expect(record.steps.allSatisfy { $0.batchesPerEpoch == 6 && $0.losses.sum.isFinite && $0.losses.sum > 0 })
        #expect(record.reports.map(\.epoch) == [1, 2])
        let last = try #require(record.reports.last?.evaluation)
        #expect(evaluation.detections == last.detections && evaluation.losses == last.losses)
        #expect(last.groundTruth.images.count == 8 && last.imageNames.count == 8)
        for (number, report) in record.reports.enumerated() {
            // An epoch's losses are the means of its batches'.
            let losses = record.steps.filter { $0.epoch == number + 1 }.map(\.losses)
            #expect(abs(report.trainLosses.box - losses.reduce(0) { $0 + $1.box } / 6) < 1e-12)
            #expect(abs(report.trainLosses.cls - losses.reduce(0) { $0 + $1.cls } / 6) < 1e-12)
            #expect(abs(report.trainLosses.dfl - losses.reduce(0) { $0 + $1.dfl } / 6) < 1e-12)
        }
    }

    /// Gradients of several batches add up, and what is left at an epoch's end carries over.
    @Test func updatesFollowTheSchedule() throws {
        let record = try Self.undisturbed.get()
        let configuration = TrialRun.configuration
        let schedule = LearningSchedule(
            configuration, batchesPerEpoch: TrialRun.batchesPerEpoch, learningRate: configuration.lr0,
            momentum: configuration.momentum, warmupBiasLR: configuration.warmupBiasLR, hasMomentum: true)
        var (last, steps, accumulate) = (-1, 0, schedule.initialAccumulate)
        for batch in 0..<TrialRun.batches {
            let rates = schedule.rates(batch: batch, epoch: batch / TrialRun.batchesPerEpoch)
            accumulate = rates.accumulate ?? accumulate
            if batch - last >= accumulate { (last, steps) = (batch, steps + 1) }
            if (batch + 1) % TrialRun.batchesPerEpoch == 0 {
                let report = record.reports[batch / TrialRun.batchesPerEpoch]
                let expected = [rates.bias, rates.weight, rates.weight]
                #expect(report.learningRates == expected)
            }
        }
        #expect(steps < TrialRun.batches && last < TrialRun.batches - 1, "the test wants gradients that are left over")
        #expect(record.checkpoint["optimizer_steps"]?.double == Double(steps))
        #expect(record.checkpoint["average_updates"]?.double == Double(steps))
        #expect(record.checkpoint["last_step"]?.double == Double(last))
        #expect(record.checkpoint["epoch"]?.double == 2 && record.checkpoint["batch"]?.double == 0)
    }

    @Test(arguments: [2, 4])
    func threadsDoNotChangeBits(threads: Int) throws {
        try TrialRun.train(TrialRun.configuration, threads: [threads]).expectSame(as: Self.undisturbed.get())
    }

    @Test func seeds() throws {
        try TrialRun.train(TrialRun.configuration).expectSame(as: Self.undisturbed.get())
        var configuration = TrialRun.configuration
        configuration.seed = 1
        let other = try TrialRun.train(configuration)
        let first = try Self.undisturbed.get()
        #expect(other.last != first.last)
        #expect(other.steps.first?.losses != first.steps.first?.losses)
    }

    /// In the middle of an epoch, at its last batch, at the very last batch, many times, and with other threads.
    @Test(arguments: [[3], [6], [12], [1, 4, 1, 1, 5], [2, 6, 2]])
    func interruptionsDoNotChangeBits(stops: [Int]) throws {
        try TrialRun.train(TrialRun.configuration, threads: [1, 2], stops: stops).expectSame(as: Self.undisturbed.get())
    }

    @Test func dropoutDoesNotDependOnThreadsOrInterruptions() throws {
        let record = try Self.undisturbedGhost.get()
        try TrialRun.train(TrialRun.ghost, threads: [2]).expectSame(as: record)
        try TrialRun.train(TrialRun.ghost, threads: [3, 1], stops: [4]).expectSame(as: record)
        var configuration = TrialRun.ghost
        configuration.stageDropout = 0
        configuration.epochs = 1
        // The first loss already: dropout is at work.
        let without = try TrialRun.train(configuration)
        #expect(without.steps.first?.losses != record.steps.first?.losses)
    }

    @Test func completedTrainingIsOnlyEvaluatedAgain() throws {
        let folder = try TrialRun.newFolder("completed")
        defer { try? FileManager.default.removeItem(at: folder) }
        var configuration = TrialRun.configuration
        configuration.epochs = 1
        let first = try TrialRun.train(configuration, in: folder)
        let again = try TrialRun.train(configuration, in: folder)
        #expect(again.steps.isEmpty && again.reports.isEmpty && again.last == first.last)
        guard case .completed(let a, let e) = first.outcome, case .completed(let b, let f) = again.outcome else {
            Issue.record("the trainings ended with \(first.outcome) and \(again.outcome)")
            return
        }
        #expect(a.detections == b.detections && e == f)
    }

    /// The reported evaluation is that of the selected epoch, and epochs without validation have none.
    @Test func selectionOfTheBest() throws {
        var configuration = TrialRun.configuration
        configuration.select = .best
        configuration.epochs = 3
        configuration.validationInterval = 2
        let record = try TrialRun.train(configuration)
        #expect(record.reports.map { $0.evaluation == nil } == [true, false, false])
        let best = try #require(record.reports.last { $0.isBest })
        let fitness = record.reports.compactMap { $0.evaluation?.fitness }
        #expect(best.evaluation?.fitness == fitness.max())
        guard case .completed(let evaluation, let epoch) = record.outcome else {
            Issue.record("the training ended with \(record.outcome)")
            return
        }
        #expect(epoch == best.epoch)
        #expect(evaluation.detections == best.evaluation?.detections)
        if epoch == 3 { #expect(record.best == record.last) }
    }

    // MARK: What goes wrong

    /// A network file counts by what it says: moved and commented anew, it is the same; with another row it is not.
    @Test func movedNetworkFilesAreResumed() throws {
        let folder = try TrialRun.newFolder("network")
        defer { try? FileManager.default.removeItem(at: folder) }
        let rows = """
            nc: 80
            scales: {n: [0.5, 0.25, 1024]}
            backbone:
              - [-1, 1, Conv, [64, 3, 2]]
              - [-1, 1, Conv, [128, 3, 2]]
              - [-1, 1, Conv, [128, 3, 2]]
              - [-1, 1, Conv, [128, 3, 2]]
              - [-1, 1, Conv, [128, 3, 2]]
            head:
              - [[2, 3, 4], 1, Detect, [nc]]

            """
        var configuration = TrialRun.configuration
        let first = folder.appending(path: "first.yaml")
        try rows.write(to: first, atomically: true, encoding: .utf8)
        configuration.backbone = .file(first.path)
        let undisturbed = try TrialRun.train(configuration)
        let trial = folder.appending(path: "trial")
        try FileManager.default.createDirectory(at: trial, withIntermediateDirectories: true)
        let data = try TrialRun.data.get()
        func train(_ configuration: TrainingConfiguration, stops: Bool) throws -> TrainerOutcome {
            try Trainer(
                configuration: configuration, data: data, threads: 1, directory: trial, shouldStop: { stops }
            ).run()
        }
        guard case .interrupted = try train(configuration, stops: true) else {
            Issue.record("the training was not interrupted")
            return
        }
        try FileManager.default.removeItem(at: first)
        let second = folder.appending(path: "second.yaml")
        try ("# moved\n" + rows).write(to: second, atomically: true, encoding: .utf8)
        configuration.backbone = .file(second.path)
        _ = try train(configuration, stops: false)
        // Tensor by tensor: a file of weights also carries the network file's text.
        let whole = folder.appending(path: "undisturbed.h5")
        try #require(undisturbed.last).write(to: whole)
        #expect(try WeightFile.digest(trial.appending(path: "weights/last.h5")) == WeightFile.digest(whole))
        try rows.replacing("[64, 3, 2]", with: "[32, 3, 2]").write(to: second, atomically: true, encoding: .utf8)
        #expect(throws: HDF5Error.self) { try train(configuration, stops: false) }
    }

    private func expectRefusal(
        _ configuration: TrainingConfiguration, in folder: URL, containing parts: [String],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let error = #expect(throws: HDF5Error.self, sourceLocation: sourceLocation) {
            try TrialRun.train(configuration, in: folder)
        }
        let text = error?.description ?? ""
        for part in parts { #expect(text.contains(part), "“\(text)” lacks “\(part)”", sourceLocation: sourceLocation) }
    }

    @Test func foreignAndDamagedCheckpoints() throws {
        let folder = try TrialRun.newFolder("damaged")
        defer { try? FileManager.default.removeItem(at: folder) }
        let trainer = try Trainer(
            configuration: TrialRun.configuration, data: try TrialRun.data.get(), threads: 1, directory: folder,
            shouldStop: { true })
        guard case .interrupted(epoch: 1, batch: 1) = try trainer.run() else {
            Issue.record("the training was not interrupted")
            return
        }
        let file = folder.appending(path: "checkpoint.h5")
        var other = TrialRun.configuration
        other.seed = 5
        try expectRefusal(other, in: folder, containing: [file.path, "another configuration"])
        other = TrialRun.configuration
        other.optimizer = .adamW
        try expectRefusal(other, in: folder, containing: [file.path, "another configuration"])

        let whole = try Data(contentsOf: file)
        for length in [0, 7, 100, whole.count / 2, whole.count - 1] {
            try whole.prefix(length).write(to: file)
            try expectRefusal(TrialRun.configuration, in: folder, containing: [file.path])
        }
        try Data("not a checkpoint".utf8).write(to: file)
        try expectRefusal(TrialRun.configuration, in: folder, containing: [file.path])
        // A file that HDF5 can read and that is none of ours.
        try HDF5File.write(to: file) { try $0.setAttribute("version", .int(99)) }
        try expectRefusal(TrialRun.configuration, in: folder, containing: [file.path, "another version"])

        // Whole again, it goes on to the same end.
        try whole.write(to: file)
        let record = try TrialRun.train(TrialRun.configuration, in: folder)
        #expect(record.last == (try Self.undisturbed.get().last))
        #expect(record.steps.count == TrialRun.batches - 1)
    }

    /// A checkpoint belongs to weights by their content, not by where they lie.
    @Test func checkpointsKnowTheirStartingWeights() throws {
        let folder = try TrialRun.newFolder("started")
        defer { try? FileManager.default.removeItem(at: folder) }
        let (file, moved) = (folder.appending(path: "start.h5"), folder.appending(path: "moved.h5"))
        let network = try TrialRun.configuration.network(classCount: try TrialRun.data.get().classNames.count)
        let store = ParameterStore(network.graph.parameters)
        store.initialize(seed: 11)
        try WeightFile.write(store, to: file)
        var configuration = TrialRun.configuration
        configuration.weights = file.path
        let undisturbed = try TrialRun.train(configuration)
        #expect(undisturbed.last != (try Self.undisturbed.get().last))

        let trial = folder.appending(path: "trial")
        try FileManager.default.createDirectory(at: trial, withIntermediateDirectories: true)
        let trainer = try Trainer(
            configuration: configuration, data: try TrialRun.data.get(), threads: 1, directory: trial,
            shouldStop: { true })
        guard case .interrupted = try trainer.run() else {
            Issue.record("the training was not interrupted")
            return
        }
        try FileManager.default.moveItem(at: file, to: moved)
        store.initialize(seed: 12)
        try WeightFile.write(store, to: file)
        try expectRefusal(configuration, in: trial, containing: ["checkpoint.h5", "another configuration"])
        configuration.weights = moved.path
        #expect(try TrialRun.train(configuration, in: trial).last == undisturbed.last)
    }

    /// Weights that grow ninefold with every step: an outcome, not a crash, and the same one at every attempt.
    @Test func divergenceIsAnOutcome() throws {
        var configuration = TrialRun.configuration
        configuration.optimizer = .adamW
        configuration.lr0 = 10
        configuration.weightDecay = 1
        configuration.warmupEpochs = 0
        configuration.nominalBatch = 4
        configuration.epochs = 20
        let folder = try TrialRun.newFolder("diverged")
        defer { try? FileManager.default.removeItem(at: folder) }
        let record = try TrialRun.train(configuration, in: folder)
        guard case .diverged(let epoch, let batch, let reason) = record.outcome else {
            Issue.record("the training ended with \(record.outcome)")
            return
        }
        #expect((1...20).contains(epoch) && (1...6).contains(batch))
        #expect(reason.contains("finite"))
        // The batch at fault is the one after the last that was told, or that one itself.
        #expect(record.steps.count == (epoch - 1) * 6 + batch - 1)
        #expect(record.reports.count == epoch - 1)
        // From its last checkpoint it comes to the same end.
        let again = try TrialRun.train(configuration, in: folder)
        guard case .diverged(epoch, batch, reason) = again.outcome else {
            Issue.record("the second attempt ended with \(again.outcome)")
            return
        }
    }
}
