public import Metrics
public import Models

/// What a pass over the validation split gave.
public struct Evaluation: Sendable {
    /// COCO's and Ultralytics' numbers, from the same detections.
    public var result: EvaluationResult
    /// Means over the batches of box, class and distribution-focal loss.
    public var losses: DetectionLoss.Items
    /// In pixels of the original images; `imageID` and `categoryID` are positions in the split and in the class list.
    public var detections: [Detection]
    public var groundTruth: GroundTruth
    /// Names of the images, by `imageID`.
    public var imageNames: [String]

    /// The number that chooses the best checkpoint: 0.1 · mAP50 + 0.9 · mAP50-95 by Ultralytics' definition, rounded to 5
    /// decimals.
    public var fitness: Double {
        guard let ultralytics = result.ultralytics else { return 0 }
        return (ultralytics.fitness * 1e5).rounded() / 1e5
    }
}
