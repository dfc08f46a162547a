import Foundation

/// One direction of a plot: which values it covers, where each lies, and where its ticks are.
package struct Axis: Hashable, Sendable {
    package var title: String
    package let domain: ClosedRange<Double>
    package let isLogarithmic: Bool
    package let ticks: [Tick]

    /// A value that is written at the axis.
    package struct Tick: Hashable, Sendable {
        package let value: Double
        package let label: String
    }

    /// Where a value lies: 0 at the lower end, 1 at the upper; outside of that for values that the axis does not cover.
    package func share(_ value: Double) -> Double {
        let (low, high) = (transformed(domain.lowerBound), transformed(domain.upperBound))
        return (transformed(value) - low) / (high - low)
    }

    private func transformed(_ value: Double) -> Double { isLogarithmic ? log10(max(value, 1e-300)) : value }

    // MARK: - Equal distances

    /// An axis with ticks at multiples of 1, 2 or 5 times a power of ten, from tick to tick.
    ///
    /// - `values`: what it covers; those that are not finite are passed over. Without any it goes from 0 to 1.
    /// - `limits`: ends that it never passes, such as 0 and 1 of a share.
    /// - `ticks`: about how many.
    package static func linear(
        _ title: String, covering values: [Double], limits: ClosedRange<Double> = -.infinity ... .infinity,
        ticks count: Int = 5, wholeNumbers: Bool = false
    ) -> Axis {
        let finite = values.filter(\.isFinite)
        var (low, high) = (finite.min() ?? 0, finite.max() ?? 1)
        if high - low <= 1e-12 * max(abs(low), abs(high)) {
            let room = low == 0 ? 1 : abs(low) / 10
            (low, high) = (low - room, high + room)
        }
        var step = Step(near: (high - low) / Double(max(1, count)))
        if wholeNumbers, step.exponent < 0 { step = Step(mantissa: 1, exponent: 0) }
        // A tick that a value misses by a rounding error counts as reached.
        var first = Int((low / step.value + 1e-9).rounded(.down))
        var last = Int((high / step.value - 1e-9).rounded(.up))
        if step.at(first) < limits.lowerBound { first = Int((limits.lowerBound / step.value).rounded(.up)) }
        if step.at(last) > limits.upperBound { last = Int((limits.upperBound / step.value).rounded(.down)) }
        last = max(last, first + 1)
        return Axis(
            title: title, domain: step.at(first)...step.at(last), isLogarithmic: false,
            ticks: (first...last).map { Tick(value: step.at($0), label: step.label($0)) })
    }

    /// A distance between ticks: 1, 2 or 5 times a power of ten.
    private struct Step {
        let mantissa: Int
        let exponent: Int

        init(mantissa: Int, exponent: Int) {
            self.mantissa = mantissa
            self.exponent = exponent
        }

        /// The smallest that is not below a distance.
        init(near distance: Double) {
            let exponent = Int(log10(distance).rounded(.down))
            let rest = distance / pow(10, Double(exponent))
            switch rest {
            case ...1.0001: self.init(mantissa: 1, exponent: exponent)
            case ...2.0001: self.init(mantissa: 2, exponent: exponent)
            case ...5.0001: self.init(mantissa: 5, exponent: exponent)
            default: self.init(mantissa: 1, exponent: exponent + 1)
            }
        }

        var value: Double { at(1) }

        /// A multiple, without the error of adding up.
        func at(_ index: Int) -> Double {
            exponent < 0
                ? Double(index * mantissa) / pow(10, Double(-exponent))
                : Double(index * mantissa) * pow(10, Double(exponent))
        }

        func label(_ index: Int) -> String {
            Axis.label(at(index), decimals: max(0, -exponent))
        }
    }

    // MARK: - Equal ratios

    /// An axis on which equal ratios are equally far apart, with ticks at 1, 2 and 5 times powers of ten; for values above
    /// 0 only.
    package static func logarithmic(_ title: String, covering values: [Double]) -> Axis {
        let finite = values.filter { $0.isFinite && $0 > 0 }
        guard let low = finite.min(), let high = finite.max() else { return .linear(title, covering: []) }
        let exponents = Int(log10(low).rounded(.down)) - 1...Int(log10(high).rounded(.up)) + 1
        // From 1·10ᵃ on: 1, 2, 5, 10, 20, …
        let candidates = exponents.flatMap { exponent in
            [1, 2, 5].map { (value: Self.power($0, exponent), decimals: max(0, -exponent)) }
        }
        let first = candidates.lastIndex { $0.value <= low * 1.000001 } ?? 0
        let last = candidates.firstIndex { $0.value >= high * 0.999999 } ?? candidates.count - 1
        let range = first...max(last, first + 1)
        return Axis(
            title: title, domain: candidates[range.lowerBound].value...candidates[range.upperBound].value,
            isLogarithmic: true,
            ticks: candidates[range].map { Tick(value: $0.value, label: label($0.value, decimals: $0.decimals)) })
    }

    /// An axis for costs: of equal ratios where they differ by more than a factor of eight, else of equal distances.
    package static func cost(_ title: String, covering values: [Double]) -> Axis {
        let positive = values.filter { $0.isFinite && $0 > 0 }
        if let low = positive.min(), let high = positive.max(), positive.count == values.count, high > 8 * low {
            return .logarithmic(title, covering: values)
        }
        return .linear(title, covering: values)
    }

    private static func power(_ mantissa: Int, _ exponent: Int) -> Double {
        exponent < 0 ? Double(mantissa) / pow(10, Double(-exponent)) : Double(mantissa) * pow(10, Double(exponent))
    }

    private static func label(_ value: Double, decimals: Int) -> String {
        String(format: "%.\(decimals)f", value == 0 ? 0 : value).replacingOccurrences(of: "-", with: "−")
    }
}
