/// COCO's average precision of boxes, as pycocotools' `COCOeval` computes it (arXiv 1405.0312 and cocodataset.org).
///
/// ```
/// ground truth, detections
///   └─ by (category, image), the 100 best of each image ─► IoU ─► matches at 4 area ranges × 10 thresholds
///        └─ by category, by falling score ─► precision over recall, read off at 101 recalls ─► means
/// ```
/// * A detection takes, among the boxes of its image and category that are still free and overlap by at least the
///   threshold, the one that overlaps most (the last of equals). The surest detection chooses first.
/// * Crowd boxes, and boxes outside the area range, are ignored: they are taken only when no other box can be, and what
///   takes them counts neither for nor against. A crowd may be taken many times; its overlap is the share of the
///   detection that lies inside.
/// * A detection outside the area range that takes no box is ignored too.
/// * Detections of equal score keep the order of the images' numbers, then the order given.
/// * A value is -1 where no box could have been found.
///
/// A box with number 0 counts like any other; pycocotools takes it for "no box" and never credits it.
public struct COCOEvaluation: Sendable {
    /// Sizes of objects, by area in square pixels, bounds included.
    public enum AreaRange: Int, CaseIterable, Sendable {
        case all, small, medium, large

        /// Smallest and largest area.
        public var bounds: ClosedRange<Double> {
            switch self {
            case .all: 0...1e10
            case .small: 0...1024
            case .medium: 1024...9216
            case .large: 9216...1e10
            }
        }
    }

    /// .5, .55 … .95.
    public static let iouThresholds = evenlySpaced(from: 0.5, to: 0.95, count: 10)
    /// 0, .01 … 1.
    public static let recallThresholds = evenlySpaced(from: 0, to: 1, count: 101)
    /// How many detections of one category are looked at in one image, at most.
    public static let maximumDetections = 100

    /// Numbers of all images, ascending.
    public let images: [Int]
    /// All categories, by ascending number.
    public let categories: [GroundTruth.Category]
    /// The twelve numbers.
    public let summary: Summary
    /// AP and AP50 of each category, in the order of `categories`.
    public let perClass: [ClassResult]
    /// What was matched in each category, in the order of `categories`.
    let matches: [CategoryMatches]

    /// Evaluates detections.
    ///
    /// - Throws: `EvaluationError` if the two do not fit together.
    public init(groundTruth: GroundTruth, detections: [Detection]) throws(EvaluationError) {
        let indexed = try IndexedDetections(groundTruth, detections)
        var matcher = COCOMatcher(groundTruth: groundTruth, detections: detections, indexed: indexed)
        let matches = indexed.categories.indices.map { matcher.matches(ofCategory: $0) }
        images = indexed.images
        categories = indexed.categories
        self.matches = matches

        var scratch = PrecisionScratch()
        let overall = matches.map { scratch.curves($0, area: .all, limit: Self.maximumDetections) }
        perClass = zip(categories, overall).map { ClassResult(category: $0, curves: $1) }
        summary = Summary(matches: matches, overall: overall, scratch: &scratch)
    }

    /// Precision over recall of one category, nil where no box could have been found.
    ///
    /// - Parameters:
    ///   - category: position in `categories`.
    ///   - limit: how many detections of an image count, at most `maximumDetections`.
    public func curves(category: Int, area: AreaRange = .all, limit: Int = maximumDetections) -> PrecisionCurves? {
        precondition(limit <= Self.maximumDetections, "no more than the 100 best detections of an image were matched")
        var scratch = PrecisionScratch()
        return scratch.curves(matches[category], area: area, limit: limit)
    }

    /// Numbers at equal distances, rounded as numpy's `linspace` rounds them.
    static func evenlySpaced(from first: Double, to last: Double, count: Int) -> [Double] {
        let step = (last - first) / Double(count - 1)
        return (0..<count).map { $0 == count - 1 ? last : Double($0) * step + first }
    }
}
