/// Which category was taken for which, as Ultralytics 8.3.0 counts it: boxes and detections above a score are paired by
/// IoU whatever their categories. Detections without a partner count only in images where at least one has a partner,
/// and images without boxes do not count.
public struct ConfusionMatrix: Hashable, Sendable {
    /// Pairs overlap by more than this.
    public static let iouThreshold: Float = 0.45

    /// By ascending number; the background, which stands last in rows and columns, is not among them.
    public let categories: [GroundTruth.Category]
    /// Row by row: `counts[predicted * (categories.count + 1) + actual]`.
    public private(set) var counts: [Int]

    init(categories: [GroundTruth.Category]) {
        self.categories = categories
        counts = [Int](repeating: 0, count: (categories.count + 1) * (categories.count + 1))
    }

    /// How many boxes of one category were taken for another.
    ///
    /// - Parameters:
    ///   - predicted: position in `categories`; nil for boxes that were not found.
    ///   - actual: position in `categories`; nil for detections where there is nothing.
    public subscript(predicted predicted: Int?, actual actual: Int?) -> Int { counts[index(predicted, actual)] }

    mutating func add(predicted: Int?, actual: Int?) { counts[index(predicted, actual)] += 1 }

    private func index(_ predicted: Int?, _ actual: Int?) -> Int {
        (predicted ?? categories.count) * (categories.count + 1) + (actual ?? categories.count)
    }
}
