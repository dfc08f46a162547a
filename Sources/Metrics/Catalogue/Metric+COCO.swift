extension Metric {
    static let mAP50to95 = coco(
        "mAP50-95", "COCO's AP: mean over classes, 101 recalls and IoU thresholds .5 to .95.", \.ap)
    static let mAP50 = coco("mAP50", "COCO's AP at IoU .5.", \.ap50)
    static let mAP75 = coco("mAP75", "COCO's AP at IoU .75.", \.ap75)
    static let apSmall = coco("APs", "COCO's AP of objects up to 32² pixels.", \.apSmall)
    static let apMedium = coco("APm", "COCO's AP of objects from 32² to 96² pixels.", \.apMedium)
    static let apLarge = coco("APl", "COCO's AP of objects from 96² pixels.", \.apLarge)
    static let ar1 = coco("AR1", "COCO's highest recall with one detection of a class in an image.", \.ar1)
    static let ar10 = coco("AR10", "COCO's highest recall with ten detections of a class in an image.", \.ar10)
    static let ar100 = coco("AR100", "COCO's highest recall with 100 detections of a class in an image.", \.ar100)
    static let arSmall = coco("ARs", "COCO's highest recall of objects up to 32² pixels.", \.arSmall)
    static let arMedium = coco("ARm", "COCO's highest recall of objects from 32² to 96² pixels.", \.arMedium)
    static let arLarge = coco("ARl", "COCO's highest recall of objects from 96² pixels.", \.arLarge)

    private static func coco(
        _ name: String, _ summary: String, _ value: any KeyPath<COCOEvaluation.Summary, Double> & Sendable
    ) -> Metric {
        Metric(name: name, summary: summary, reference: "pycocotools COCOeval; arXiv 1405.0312") { result in
            // -1 says that there was nothing to find.
            result.coco.map { $0.summary[keyPath: value] }.flatMap { $0 < 0 ? nil : $0 }
        }
    }
}
