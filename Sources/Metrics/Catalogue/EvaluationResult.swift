/// Everything that one evaluation of a detector found: what metrics read their values from.
public struct EvaluationResult: Sendable {
    /// Nil if only Ultralytics' metrics were computed.
    public let coco: COCOEvaluation?
    /// Nil if only COCO's metrics were computed.
    public let ultralytics: UltralyticsEvaluation?

    /// The result of whichever evaluations were made.
    public init(coco: COCOEvaluation?, ultralytics: UltralyticsEvaluation?) {
        self.coco = coco
        self.ultralytics = ultralytics
    }

    /// Evaluates detections both ways.
    ///
    /// - Throws: `EvaluationError` if the two do not fit together.
    public init(groundTruth: GroundTruth, detections: [Detection]) throws(EvaluationError) {
        coco = try COCOEvaluation(groundTruth: groundTruth, detections: detections)
        ultralytics = try UltralyticsEvaluation(groundTruth: groundTruth, detections: detections)
    }
}
