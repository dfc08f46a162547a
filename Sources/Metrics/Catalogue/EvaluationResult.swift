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
    /// - Parameter roundTrip: for Ultralytics' metrics, the same labels as they come back from the network's input, up to
    ///   half a pixel of it away; nil uses the labels themselves.
    /// - Throws: `EvaluationError` if the two do not fit together.
    public init(
        groundTruth: GroundTruth, roundTrip: GroundTruth? = nil, detections: [Detection]
    ) throws(EvaluationError) {
        coco = try COCOEvaluation(groundTruth: groundTruth, detections: detections)
        ultralytics = try UltralyticsEvaluation(groundTruth: roundTrip ?? groundTruth, detections: detections)
    }
}
