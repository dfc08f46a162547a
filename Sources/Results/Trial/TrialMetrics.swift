/// Everything that the final validation of a trial measured, and the curves that led there: the content of
/// `metrics.h5`.
public struct TrialMetrics: Hashable, Sendable {
    /// Metrics by name (`mAP50-95`, `mAP50`, …): rows, so that a new one needs no new format. A metric without a value,
    /// such as the AP of a split without small objects, is absent.
    public var metrics: [String: Double]
    /// Names of the classes, in order.
    public var classNames: [String]
    /// Per-class metrics by name (`AP`, `AP50`, …): one value a class, NaN where the class has none.
    public var classMetrics: [String: [Double]]
    /// The rows of `results.csv`.
    public var epochs: [EpochRow]
    /// Precision against recall at IoU .5; `nil` where it was not kept.
    public var precisionRecall: PrecisionRecall?
    public var images: Images
    /// `nil` where they were not read, or a bundle left them out.
    public var detections: Detections?

    /// Precision of each class at common recalls.
    public struct PrecisionRecall: Hashable, Sendable {
        /// Recalls from 0 to 1, ascending.
        public var recalls: [Double]
        /// One list a class, as long as `recalls`; NaN for a class without boxes.
        public var precisions: [[Double]]

        public init(recalls: [Double], precisions: [[Double]]) {
            self.recalls = recalls
            self.precisions = precisions
        }
    }

    /// The images of the validation split, in order.
    public struct Images: Hashable, Sendable {
        public var ids: [Int64]
        public var names: [String]

        public init(ids: [Int64] = [], names: [String] = []) {
            precondition(ids.count == names.count, "Each image has an ID and a name.")
            self.ids = ids
            self.names = names
        }
    }

    /// The detections of the validation split, one column a property.
    public struct Detections: Hashable, Sendable {
        /// Position of the image in `images`.
        public var images: [Int32]
        /// Position of the class in `classNames`.
        public var classes: [Int32]
        public var scores: [Float]
        /// Corners x₁, y₁, x₂, y₂ in pixels of the original image, detection after detection.
        public var boxes: [Float]

        public init(images: [Int32] = [], classes: [Int32] = [], scores: [Float] = [], boxes: [Float] = []) {
            precondition(
                classes.count == images.count && scores.count == images.count && boxes.count == 4 * images.count,
                "Each detection has an image, a class, a score and four coordinates.")
            self.images = images
            self.classes = classes
            self.scores = scores
            self.boxes = boxes
        }

        public var count: Int { images.count }
    }

    public init(
        metrics: [String: Double], classNames: [String], classMetrics: [String: [Double]], epochs: [EpochRow],
        precisionRecall: PrecisionRecall? = nil, images: Images = Images(), detections: Detections = Detections()
    ) {
        self.metrics = metrics
        self.classNames = classNames
        self.classMetrics = classMetrics
        self.epochs = epochs
        self.precisionRecall = precisionRecall
        self.images = images
        self.detections = detections
    }
}
