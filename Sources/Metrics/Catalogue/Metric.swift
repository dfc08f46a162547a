/// A number that an evaluation yields, with the name that reports and tables use.
public struct Metric: Sendable {
    /// Whether more or less of it is better.
    public enum Direction: String, Hashable, Sendable {
        case higherIsBetter, lowerIsBetter
    }

    /// As in reports and manifests: stable, as scripts depend on it.
    public let name: String
    /// What it is, in one sentence.
    public let summary: String
    /// Where it is defined.
    public let reference: String
    /// What it is counted in.
    public let unit: String
    /// Whether more or less of it is better.
    public let direction: Direction
    /// Its value; nil where the evaluation has none, as APs of a set without small objects.
    public let value: @Sendable (EvaluationResult) -> Double?

    /// A metric of a name that no other has.
    public init(
        name: String, summary: String, reference: String, unit: String = "0–1",
        direction: Direction = .higherIsBetter, value: @escaping @Sendable (EvaluationResult) -> Double?
    ) {
        self.name = name
        self.summary = summary
        self.reference = reference
        self.unit = unit
        self.direction = direction
        self.value = value
    }

    /// All metrics, in the order of tables.
    public static let all: [Metric] = [
        .mAP50to95, .mAP50, .mAP75, .apSmall, .apMedium, .apLarge, .ar1, .ar10, .ar100, .arSmall, .arMedium, .arLarge,
        .ultralyticsMAP50, .ultralyticsMAP50to95, .ultralyticsPrecision, .ultralyticsRecall, .fitness,
    ]

    /// The metric of a name; nil if there is none.
    public static func named(_ name: String) -> Metric? { all.first { $0.name == name } }
}
