import Foundation

/// A range that is said to contain the true value.
public struct ConfidenceInterval: Hashable, Sendable {
    /// Its lower end, contained.
    public let low: Double
    /// Its upper end, contained.
    public let high: Double
    /// Share of such intervals that contain the true value, such as .95.
    public let level: Double

    /// The interval between two ends.
    public init(low: Double, high: Double, level: Double) {
        self.low = low
        self.high = high
        self.level = level
    }

    /// Whether a value lies in it, ends included.
    public func contains(_ value: Double) -> Bool { low <= value && value <= high }

    /// Student's interval for the mean; nil below two values.
    public static func studentT(of values: [Double], level: Double = 0.95) -> ConfidenceInterval? {
        guard let sample = Sample(values), let standardError = sample.standardError else { return nil }
        let distribution = StudentT(degreesOfFreedom: Double(sample.count - 1))
        let reach = distribution.value(exceededWith: (1 - level) / 2) * standardError
        return ConfidenceInterval(low: sample.mean - reach, high: sample.mean + reach, level: level)
    }

    /// The middle part of a set of numbers, such as a bootstrap's; nil for none.
    public static func percentile(of values: [Double], level: Double = 0.95) -> ConfidenceInterval? {
        guard !values.isEmpty else { return nil }
        let sorted = values.sorted()
        return ConfidenceInterval(
            low: quantile((1 - level) / 2, ofSorted: sorted), high: quantile((1 + level) / 2, ofSorted: sorted),
            level: level)
    }

    /// Bias-corrected and accelerated bootstrap interval for the mean (Efron 1987, doi 10.2307/2289144).
    ///
    /// At few values it is too short: of six, it contains the true mean about 86 times in 100, not 95. It is to be shown,
    /// not to decide by.
    ///
    /// - Returns: nil below five values, and for values that are all the same.
    public static func bca(
        of values: [Double], level: Double = 0.95, resamples: Int = 10_000, seed: UInt64 = 0
    ) -> ConfidenceInterval? {
        guard values.count >= 5, let sample = Sample(values), !sample.isConstant else { return nil }
        var random = SplitMix64(seed: seed)
        let count = Double(values.count)
        var means = (0..<resamples).map { _ in
            var sum = 0.0
            for _ in values { sum += values[random.index(below: values.count)] }
            return sum / count
        }
        means.sort()

        // Bias: where the estimate lies among the resampled means, ties counted half.
        let tolerance = 1e-12 * max(sample.minimum.magnitude, sample.maximum.magnitude)
        let below = means.partitioningIndex { $0 >= sample.mean - tolerance }
        let notAbove = means.partitioningIndex { $0 > sample.mean + tolerance }
        let bias = Normal.quantile(Double(below + notAbove) / 2 / Double(resamples))

        // Acceleration: skewness of the means with one value left out each. Those deviate from their own mean by the
        // value's deviation, turned round and divided by n − 1; the divisor cancels.
        var squares = 0.0
        var cubes = 0.0
        for value in values {
            let deviation = value - sample.mean
            squares += deviation * deviation
            cubes += deviation * deviation * deviation
        }
        let acceleration = cubes / (6 * squares * squares.squareRoot())

        func bound(_ probability: Double) -> Double {
            let shifted = bias + Normal.quantile(probability)
            let adjusted = Normal.cumulative(bias + shifted / (1 - acceleration * shifted))
            return quantile(adjusted, ofSorted: means)
        }
        return ConfidenceInterval(low: bound((1 - level) / 2), high: bound((1 + level) / 2), level: level)
    }

    /// Linear interpolation between the neighbours in a sorted list.
    private static func quantile(_ probability: Double, ofSorted values: [Double]) -> Double {
        let place = probability * Double(values.count - 1)
        let below = min(max(Int(place), 0), values.count - 1)
        let above = min(below + 1, values.count - 1)
        return values[below] + (place - Double(below)) * (values[above] - values[below])
    }
}

extension [Double] {
    /// First position from which on a condition holds, in a list where it holds for all later ones too.
    fileprivate func partitioningIndex(where condition: (Double) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if condition(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
