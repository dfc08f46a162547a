extension Metric {
    static let ultralyticsMAP50 = ultralytics("mAP50(U)", "Ultralytics' mAP at IoU .5.") { $0.mAP50 }
    static let ultralyticsMAP50to95 = ultralytics(
        "mAP50-95(U)", "Ultralytics' mAP: mean over classes and IoU thresholds .5 to .95, by the trapezoid rule."
    ) { $0.mAP50to95 }
    static let ultralyticsPrecision = ultralytics(
        "precision(U)", "Ultralytics' mean precision at IoU .5 and the score of the best mean F1."
    ) { $0.precision }
    static let ultralyticsRecall = ultralytics(
        "recall(U)", "Ultralytics' mean recall at IoU .5 and the score of the best mean F1."
    ) { $0.recall }
    static let fitness = ultralytics(
        "fitness", "What chooses the best epoch: .1 mAP50(U) + .9 mAP50-95(U)."
    ) { $0.fitness }

    private static func ultralytics(
        _ name: String, _ summary: String, _ value: @escaping @Sendable (UltralyticsEvaluation) -> Double
    ) -> Metric {
        Metric(name: name, summary: summary, reference: "Ultralytics 8.3.0, validation of detectors") {
            $0.ultralytics.map(value)
        }
    }
}
