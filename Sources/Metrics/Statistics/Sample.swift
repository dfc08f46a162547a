/// What a set of numbers says in short, such as one metric over the seeds of a cell.
public struct Sample: Hashable, Sendable {
    /// How many numbers there are, at least one.
    public let count: Int
    /// Their arithmetic mean.
    public let mean: Double
    /// With n − 1 in the denominator; nil for a single number.
    public let standardDeviation: Double?
    /// The smallest.
    public let minimum: Double
    /// The largest.
    public let maximum: Double

    /// - Returns: nil for no numbers.
    public init?(_ values: [Double]) {
        guard let minimum = values.min(), let maximum = values.max() else { return nil }
        self.minimum = minimum
        self.maximum = maximum
        count = values.count
        let mean = values.reduce(0, +) / Double(values.count)
        self.mean = mean
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        standardDeviation = values.count > 1 ? (squares / Double(values.count - 1)).squareRoot() : nil
    }

    /// Standard error of the mean; nil for a single number.
    public var standardError: Double? { standardDeviation.map { $0 / Double(count).squareRoot() } }

    /// Whether all numbers are the same up to rounding: then a t statistic means nothing.
    public var isConstant: Bool {
        maximum - minimum <= 1e-12 * max(minimum.magnitude, maximum.magnitude)
    }
}
