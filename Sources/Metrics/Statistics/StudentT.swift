/// Student's t distribution.
public struct StudentT: Hashable, Sendable {
    /// One less than the number of values, where it is about a mean.
    public let degreesOfFreedom: Double

    /// The distribution with a number of degrees of freedom above 0.
    public init(degreesOfFreedom: Double) {
        precondition(degreesOfFreedom > 0, "degrees of freedom are positive")
        self.degreesOfFreedom = degreesOfFreedom
    }

    /// Probability of a value above `t`.
    public func upperTail(_ t: Double) -> Double {
        if t < 0 { return 1 - upperTail(-t) }
        if t.isInfinite { return 0 }
        // Dividing by the larger term keeps both shares exact, however large t is.
        let ratio = t * t / degreesOfFreedom
        let x = ratio.isInfinite ? 0 : 1 / (1 + ratio)
        let complement = ratio.isInfinite ? 1 : ratio / (1 + ratio)
        return regularizedIncompleteBeta(degreesOfFreedom / 2, 0.5, x: x, complement: complement) / 2
    }

    /// Probability of a value up to `t`.
    public func cumulative(_ t: Double) -> Double { upperTail(-t) }

    /// The value that is exceeded with a probability between 0 and 1.
    public func value(exceededWith probability: Double) -> Double {
        precondition(probability > 0 && probability < 1, "a probability between 0 and 1")
        if probability == 0.5 { return 0 }
        if probability > 0.5 { return -value(exceededWith: 1 - probability) }
        var low = 0.0
        var high = 1.0
        while upperTail(high) > probability { (low, high) = (high, high * 2) }
        // Halving until the interval has no inner number left takes some sixty steps.
        while true {
            let middle = low + (high - low) / 2
            guard middle > low, middle < high else { return high }
            if upperTail(middle) > probability { low = middle } else { high = middle }
        }
    }
}
