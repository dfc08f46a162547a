import Datasets
import Foundation
import HDF5
import Metrics
import Models
import Synchronization
import Testing
import Training

/// A training that is small enough to be repeated: 24 images of 64 px, batches of 4, two epochs of six batches.
enum TrialRun {
    /// Where the rendered images lie, and every folder of this process; removed by the system with its temporary files.
    static let folder = FileManager.default.temporaryDirectory.appending(path: "ablate-tests-\(getpid())")

    static let data = Result {
        var options = ShapesOptions()
        options.train = 24
        options.val = 8
        options.size = 64
        return try openShapes(options, spec: "shapes?train=24&val=8&size=64", folder: folder.appending(path: "cache"))
    }

    /// What every test begins with; mosaic ends after the first epoch.
    static var configuration: TrainingConfiguration {
        var configuration = TrainingConfiguration()
        configuration.data = "shapes?train=24&val=8&size=64"
        configuration.imageSize = 64
        configuration.batch = 4
        configuration.epochs = 2
        configuration.closeMosaic = 1
        // A moving training within twelve batches, on several layouts of accumulation.
        configuration.warmupBiasLR = 0.01
        configuration.lr0 = 0.05
        return configuration
    }

    /// Two blocks of GhostNetV2 at half width, with dropout.
    static var ghost: TrainingConfiguration {
        var configuration = configuration
        configuration.backbone = .ghostNetV2
        configuration.width = 0.5
        configuration.hasTail = false
        configuration.stageDropout = 0.2
        return configuration
    }

    static let batchesPerEpoch = 6
    static let batches = 12

    /// What a training left, all attempts together.
    struct Record {
        var outcome: TrainerOutcome
        var steps: [TrainerEvent.Step] = []
        var reports: [EpochReport] = []
        /// Bytes of `weights/last.h5`.
        var last: Data?
        /// Bytes of `weights/best.h5`.
        var best: Data?
        /// Numbers in the checkpoint.
        var checkpoint: [String: HDF5Attribute]
    }

    /// A folder that no other test has.
    static func newFolder(_ name: String) throws -> URL {
        let url = folder.appending(path: "\(name)-\(UUID())")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        return url
    }

    /// Trains in a folder.
    ///
    /// - Parameters:
    ///   - stops: after how many batches each attempt but the last is interrupted; the next one goes on.
    ///   - threads: of each attempt in turn.
    static func train(
        _ configuration: TrainingConfiguration, in folder: URL? = nil, threads: [Int] = [1], stops: [Int] = []
    ) throws -> Record {
        let url = try folder ?? newFolder("trial")
        defer { if folder == nil { try? FileManager.default.removeItem(at: url) } }
        var steps: [TrainerEvent.Step] = []
        var reports: [EpochReport] = []
        for attempt in 0...stops.count {
            let limit = attempt < stops.count ? stops[attempt] : Int.max
            let counter = Counter()
            let trainer = try Trainer(
                configuration: configuration, data: try data.get(), threads: threads[attempt % threads.count],
                directory: url, shouldStop: { counter.next() >= limit },
                onEvent: { event in
                    switch event {
                    case .started: break
                    case .step(let step): steps.append(step)
                    case .epoch(let report): reports.append(report)
                    }
                })
            let outcome = try trainer.run()
            if attempt < stops.count {
                guard case .interrupted(let epoch, let batch) = outcome else {
                    Issue.record("attempt \(attempt) ended with \(outcome)")
                    continue
                }
                #expect(steps.last?.epoch == epoch && steps.last?.batch == batch)
                #expect(steps.count == stops[...attempt].reduce(0, +))
            } else {
                let checkpoint = url.appending(path: "checkpoint.h5")
                return Record(
                    outcome: outcome, steps: steps, reports: reports, last: try? Data(contentsOf: trainer.lastWeights),
                    best: try? Data(contentsOf: trainer.bestWeights),
                    checkpoint: FileManager.default.fileExists(atPath: checkpoint.path)
                        ? try HDF5File.read(checkpoint) { try $0.attributes() } : [:])
            }
        }
        preconditionFailure("the last attempt is not interrupted")
    }

    private final class Counter: Sendable {
        private let count = Atomic<Int>(0)

        func next() -> Int { count.add(1, ordering: .relaxed).newValue }
    }
}

extension TrialRun.Record {
    /// Everything but the clock is the same to the bit.
    func expectSame(as other: TrialRun.Record, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(last != nil && last == other.last, "last.h5 differs", sourceLocation: sourceLocation)
        #expect(best != nil && best == other.best, "best.h5 differs", sourceLocation: sourceLocation)
        #expect(steps.count == other.steps.count, sourceLocation: sourceLocation)
        for (a, b) in zip(steps, other.steps) {
            #expect(
                a.epoch == b.epoch && a.batch == b.batch && a.losses == b.losses, "\(a) and \(b) differ",
                sourceLocation: sourceLocation)
        }
        #expect(reports.count == other.reports.count, sourceLocation: sourceLocation)
        for (a, b) in zip(reports, other.reports) {
            let title: Comment = "the reports of epoch \(a.epoch) differ"
            #expect(a.epoch == b.epoch, title, sourceLocation: sourceLocation)
            #expect(a.trainLosses == b.trainLosses, title, sourceLocation: sourceLocation)
            #expect(a.learningRates == b.learningRates, title, sourceLocation: sourceLocation)
            #expect(a.isBest == b.isBest, title, sourceLocation: sourceLocation)
            #expect(a.evaluation?.losses == b.evaluation?.losses, title, sourceLocation: sourceLocation)
            #expect(a.evaluation?.detections == b.evaluation?.detections, title, sourceLocation: sourceLocation)
            #expect(a.evaluation?.fitness == b.evaluation?.fitness, title, sourceLocation: sourceLocation)
        }
        var (a, b) = (checkpoint, other.checkpoint)
        a["seconds"] = nil
        b["seconds"] = nil
        #expect(a == b, "the checkpoints' numbers differ", sourceLocation: sourceLocation)
    }
}
