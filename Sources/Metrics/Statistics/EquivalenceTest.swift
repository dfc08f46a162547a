/// Two one-sided t tests: is the mean difference within a margin on both sides of 0 (Schuirmann 1987,
/// doi 10.1007/BF01068419)?
public struct EquivalenceTest: Hashable, Sendable {
    /// The larger of the two tests' p values. Below alpha, the 1 − 2·alpha interval lies inside the margin.
    public let p: Double
    /// Largest difference that does not matter.
    public let margin: Double

    /// - Parameter margin: largest difference that does not matter, above 0.
    /// - Returns: nil below two differences, and where all differences are the same: without spread there is no t.
    public init?(_ differences: [Double], margin: Double) {
        guard margin > 0, let sample = Sample(differences), let standardError = sample.standardError,
            !sample.isConstant
        else { return nil }
        let distribution = StudentT(degreesOfFreedom: Double(sample.count - 1))
        self.margin = margin
        p = max(
            distribution.upperTail((sample.mean + margin) / standardError),
            distribution.upperTail((margin - sample.mean) / standardError))
    }
}
