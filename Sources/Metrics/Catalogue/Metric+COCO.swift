extension Metric {
    static let mAP50to95 = coco(
        "mAP50-95", "COCO's AP: mean over classes, 101 recalls and IoU thresholds .5 to .95.", \.AP)
    static let mAP50 = coco("mAP50", "COCO's AP at IoU .5.", \.AP50)
    static let mAP75 = coco("mAP75", "COCO's AP at IoU .75.", \.AP75)
    static let APs = coco("APs", "COCO's AP of objects up to 32² pixels.", \.APs)
    static let APm = coco("APm", "COCO's AP of objects from 32² to 96² pixels.", \.APm)
    static let APl = coco("APl", "COCO's AP of objects from 96² pixels.", \.APl)
    static let AR1 = coco("AR1", "COCO's highest recall with one detection of a class in an image.", \.AR1)
    static let AR10 = coco("AR10", "COCO's highest recall with ten detections of a class in an image.", \.AR10)
    static let AR100 = coco("AR100", "COCO's highest recall with 100 detections of a class in an image.", \.AR100)
    static let ARs = coco("ARs", "COCO's highest recall of objects up to 32² pixels.", \.ARs)
    static let ARm = coco("ARm", "COCO's highest recall of objects from 32² to 96² pixels.", \.ARm)
    static let ARl = coco("ARl", "COCO's highest recall of objects from 96² pixels.", \.ARl)

    private static func coco(
        _ name: String, _ summary: String, _ value: any KeyPath<COCOEvaluation.Summary, Double> & Sendable
    ) -> Metric {
        Metric(name: name, summary: summary, reference: "pycocotools COCOeval; arXiv 1405.0312") { result in
            // -1 says that there was nothing to find.
            result.coco.map { $0.summary[keyPath: value] }.flatMap { $0 < 0 ? nil : $0 }
        }
    }
}
