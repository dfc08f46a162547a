/// Average precision, precision and recall as Ultralytics 8.3.0 computes them during validation. Its mAP is not COCO's:
/// boxes are matched otherwise, and the precision curve is a line through the points, integrated by the trapezoid rule,
/// where COCO has steps. A flawless class has .995, not 1.
///
/// ```
/// by image: IoU in float32 ─► each detection points to the box it overlaps most
///                          ─► each box keeps the surest detection that points to it, at 10 thresholds
/// by class: by falling score ─► precision, recall ─► AP, and both over the score ─► the score of the best mean F1
/// ```
/// Detections of an image are taken by falling score, whatever order they are given in; of equal scores in the order
/// given, images by ascending number. Crowd boxes, which YOLO labels do not know, are left out.
///
/// Where no detection of the whole set is right at IoU .5 everything is 0; Ultralytics then keeps showing the values of
/// the evaluation before.
public struct UltralyticsEvaluation: Sendable {
    /// .5, .55 … .95, in float32.
    public static let iouThresholds: [Float] = (0..<10).map { index in
        // Counted from the nearer end, as PyTorch's linspace does.
        let step = (Float(0.95) - Float(0.5)) / 9
        return index < 5 ? 0.5 + Float(index) * step : 0.95 - Float(9 - index) * step
    }

    /// Results of one class that has boxes.
    public struct ClassResult: Hashable, Sendable {
        /// What it is the result of.
        public let category: GroundTruth.Category
        /// Number of boxes to find.
        public let boxCount: Int
        /// At each of the ten IoU thresholds.
        public let averagePrecisions: [Double]
        /// At the score that is best for all classes, IoU .5, as the two below.
        public let precision: Double
        /// Share of boxes found.
        public let recall: Double
        /// Harmonic mean of the two.
        public let f1: Double

        /// AP at IoU .5.
        public var ap50: Double { averagePrecisions[0] }

        /// Mean AP over the ten IoU thresholds.
        public var ap: Double { averagePrecisions.reduce(0, +) / Double(averagePrecisions.count) }
    }

    /// Classes with boxes, by ascending number.
    public let perClass: [ClassResult]
    /// Over the score and over recall, in the order of `perClass`.
    public let curves: [UltralyticsCurves]
    /// The score at which the smoothed mean F1 is highest.
    public let bestScore: Double
    /// Which class was taken for which.
    public let confusion: ConfusionMatrix

    /// Mean over classes at `bestScore`, IoU .5; 0 without classes.
    public var precision: Double { mean { $0.precision } }
    /// Mean over classes at `bestScore`, IoU .5; 0 without classes.
    public var recall: Double { mean { $0.recall } }
    /// Mean AP over classes at IoU .5; 0 without classes.
    public var mAP50: Double { mean { $0.ap50 } }
    /// Mean AP over classes and IoU thresholds; 0 without classes.
    public var mAP50to95: Double { mean { $0.ap } }
    /// What decides which epoch was the best: .1 mAP50 + .9 mAP50-95.
    public var fitness: Double { 0.1 * mAP50 + 0.9 * mAP50to95 }

    private func mean(_ value: (ClassResult) -> Double) -> Double {
        perClass.isEmpty ? 0 : perClass.reduce(0) { $0 + value($1) } / Double(perClass.count)
    }

    /// Evaluates detections.
    ///
    /// - Parameter confusionScore: detections up to this score do not enter the confusion matrix.
    /// - Throws: `EvaluationError` if the two do not fit together.
    public init(
        groundTruth: GroundTruth, detections: [Detection], confusionScore: Float = 0.25
    ) throws(EvaluationError) {
        let matches = UltralyticsMatches(
            groundTruth: groundTruth, detections: detections,
            indexed: try IndexedDetections(groundTruth, detections), confusionScore: confusionScore)
        confusion = matches.confusion

        let present = matches.categories.indices.filter { matches.boxCounts[$0] > 0 }
        let curves = present.map { UltralyticsCurves(matches.detections[$0], boxCount: matches.boxCounts[$0]) }
        let best = UltralyticsCurves.bestScoreIndex(curves)
        bestScore = UltralyticsCurves.scores[best]
        perClass = zip(present, curves).map { index, curves in
            ClassResult(
                category: matches.categories[index], boxCount: matches.boxCounts[index],
                averagePrecisions: curves.averagePrecisions, precision: curves.precisionByScore[best],
                recall: curves.recallByScore[best], f1: curves.f1(at: best))
        }
        self.curves = curves
    }
}
