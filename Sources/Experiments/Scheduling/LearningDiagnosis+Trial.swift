import Results
import Training

extension LearningDiagnosis {
    /// The diagnosis of a trial from its epochs and its end; nil where it has not ended.
    init?(_ conditions: LearningConditions, _ rows: [EpochRow], _ outcome: TrialOutcome) {
        let ending: Ending
        switch outcome {
        case .interrupted: return nil
        case .diverged(let epoch, let batch, let reason):
            ending = .diverged(epoch: epoch, batch: batch, reason: reason)
        case .completed(let result):
            let perClass = result.metrics.classMetrics["AP50"] ?? []
            ending = .evaluated(
                mAP50: result.metrics.metrics["mAP50"] ?? 0, classAP50: perClass.map { $0.isNaN ? nil : $0 },
                detections: result.metrics.detections?.count ?? 0)
        }
        self.init(
            conditions,
            epochs: rows.map { row in
                let loss = row.trainLosses
                return Epoch(
                    trainLoss: loss.box + loss.classification + loss.distribution, mAP50: row.mAP50)
            }, ending: ending)
    }
}
