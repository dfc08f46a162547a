import Datasets
public import Foundation
import Metrics
import Models
import Results
import Synchronization
public import Training

/// The native engine's training loop as a worker's runner.
public struct TrainerRunner: TrialRunner {
    public let checkpointName = "checkpoint.h5"

    public init() {}

    public func run(
        _ configuration: TrainingConfiguration, threads: Int, directory: URL,
        shouldStop: @escaping @Sendable () -> Bool,
        onEvent: @escaping (TrialEvent) throws -> Void
    ) throws -> TrialOutcome {
        let data = try configuration.openData()
        // An epoch that cannot be recorded ends the training as a request would; the error is thrown afterwards.
        let failure = Failure()
        let trainer = try Trainer(
            configuration: configuration, data: data, threads: threads, directory: directory,
            shouldStop: { shouldStop() || failure.isSet }
        ) { event in
            failure.keepFirst {
                try onEvent(TrialEvent(event))
                if case .started(let summary) = event { try onEvent(.conditions(summary.conditions)) }
            }
        }
        let outcome = try trainer.run()
        if let error = failure.error { throw error }
        switch outcome {
        case .completed(let evaluation, let epoch):
            return .completed(TrialResult(metrics: TrialMetrics(evaluation), epoch: epoch))
        case .diverged(let epoch, let batch, let reason):
            return .diverged(epoch: epoch, batch: batch, reason: reason)
        case .interrupted:
            return .interrupted
        }
    }

    /// The first error of the receiver of events.
    private final class Failure: Sendable {
        private let state = Mutex<(any Error)?>(nil)

        var error: (any Error)? { state.withLock { $0 } }
        var isSet: Bool { error != nil }

        func keepFirst(_ body: () throws -> Void) {
            if isSet { return }
            do {
                try body()
            } catch {
                state.withLock { $0 = error }
            }
        }
    }
}

extension TrialEvent {
    fileprivate init(_ event: TrainerEvent) {
        switch event {
        case .started(let summary):
            self = .started(
                WorkerEvent.Started(
                    epochs: summary.epochs, completedEpochs: summary.completedEpochs,
                    batchesPerEpoch: summary.batchesPerEpoch, parameters: summary.parameters,
                    plannedBytes: summary.plannedBytes, start: summary.start.map(StartingWeights.init)))
        case .step(let step):
            self = .step(
                WorkerEvent.Step(
                    epoch: step.epoch, batch: step.batch, batchesPerEpoch: step.batchesPerEpoch,
                    loss: Double(step.losses.sum)))
        case .epoch(let report):
            self = .epoch(EpochRow(report))
        }
    }
}

extension StartingWeights {
    fileprivate init(_ transfer: WeightFile.Transfer) {
        self.init(
            file: transfer.file, digest: transfer.digest, tensors: transfer.tensors, tensorCount: transfer.tensorCount,
            parameters: transfer.parameters, parameterCount: transfer.parameterCount, summary: transfer.description)
    }
}

extension EpochRow {
    /// An epoch that was not validated has no metrics: they are NaN.
    fileprivate init(_ report: EpochReport) {
        let ultralytics = report.evaluation?.result.ultralytics
        let validation = report.evaluation?.losses
        func rate(_ group: Int) -> Double {
            report.learningRates.indices.contains(group) ? report.learningRates[group] : .nan
        }
        self.init(
            epoch: report.epoch, time: report.seconds,
            trainLosses: Losses(
                box: Double(report.trainLosses.box), classification: Double(report.trainLosses.cls),
                distribution: Double(report.trainLosses.dfl)),
            precision: ultralytics?.precision ?? .nan, recall: ultralytics?.recall ?? .nan,
            mAP50: ultralytics?.mAP50 ?? .nan, mAP5095: ultralytics?.mAP50to95 ?? .nan,
            validationLosses: Losses(
                box: validation.map { Double($0.box) } ?? .nan,
                classification: validation.map { Double($0.cls) } ?? .nan,
                distribution: validation.map { Double($0.dfl) } ?? .nan),
            learningRates: LearningRates(group0: rate(0), group1: rate(1), group2: rate(2)))
    }
}

extension TrialMetrics {
    /// All metrics that the evaluation has a value for, per-class AP, precision over recall, and the detections.
    fileprivate init(_ evaluation: Evaluation) {
        let result = evaluation.result
        let values = Metric.all.compactMap { metric in metric.value(result).map { (metric.name, $0) } }
        let perClass = result.coco?.perClass ?? []
        let positions = Dictionary(
            evaluation.groundTruth.images.enumerated().map { ($1, Int32($0)) }, uniquingKeysWith: { first, _ in first })
        let classes = Dictionary(
            evaluation.groundTruth.categories.enumerated().map { ($1.id, Int32($0)) },
            uniquingKeysWith: { first, _ in first })
        let detections = evaluation.detections.filter { positions[$0.imageID] != nil && classes[$0.categoryID] != nil }
        let recalls = COCOEvaluation.recallThresholds
        let empty = [Double](repeating: .nan, count: recalls.count)
        self.init(
            metrics: Dictionary(uniqueKeysWithValues: values),
            classNames: evaluation.groundTruth.categories.map(\.name),
            classMetrics: perClass.isEmpty
                ? [:]
                : [
                    "AP": perClass.map { $0.ap < 0 ? .nan : $0.ap },
                    "AP50": perClass.map { $0.ap50 < 0 ? .nan : $0.ap50 },
                ],
            epochs: [],
            precisionRecall: result.coco.map { coco in
                PrecisionRecall(
                    recalls: recalls,
                    precisions: coco.categories.indices.map { coco.curves(category: $0)?.precision[0] ?? empty })
            },
            images: Images(
                ids: evaluation.groundTruth.images.map { Int64($0) },
                names: evaluation.groundTruth.images.indices.map {
                    evaluation.imageNames.indices.contains($0) ? evaluation.imageNames[$0] : ""
                }),
            detections: Detections(
                images: detections.compactMap { positions[$0.imageID] },
                classes: detections.compactMap { classes[$0.categoryID] }, scores: detections.map { Float($0.score) },
                boxes: detections.flatMap { detection in
                    let box = detection.box
                    return [box.x, box.y, box.x + box.width, box.y + box.height].map { Float($0) }
                }))
    }
}
