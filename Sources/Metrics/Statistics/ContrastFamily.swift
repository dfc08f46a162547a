/// The contrasts that a comparison declared, answered together: the more questions, the stronger each answer must be.
///
/// * *better* or *worse*: the t interval leaves out 0 and the corrected sign-flip p is at most alpha.
/// * *equivalent*: both one-sided t tests place the mean difference inside the margin. A difference that is certain but
///   inside the margin is equivalent too: the margin says that it does not matter.
/// * *inconclusive*: neither.
///
/// With a diverged trial in it a contrast is never better or equivalent. Differences that are all the same, as of
/// trainings that all end at 0, are inconclusive: they have no spread to judge by.
public struct ContrastFamily: Sendable {
    /// Highest corrected p at which a difference is claimed; the t interval has level 1 − alpha.
    public var alpha: Double
    /// How p is raised because there are several contrasts.
    public var correction: FamilyCorrection
    /// Largest difference that does not matter, in the metric's unit; nil if none was declared.
    public var margin: Double?
    /// Whether more or less of the metric is better.
    public var direction: Metric.Direction
    /// Of the bootstrap, and of the sign-flip test where it has to draw.
    public var seed: UInt64

    /// A family with the usual level of .05.
    public init(
        alpha: Double = 0.05, correction: FamilyCorrection = .holm, margin: Double? = nil,
        direction: Metric.Direction = .higherIsBetter, seed: UInt64 = 0
    ) {
        self.alpha = alpha
        self.correction = correction
        self.margin = margin
        self.direction = direction
        self.seed = seed
    }

    /// Answers all contrasts of the family, in the order given. One without pairs counts as a question all the same.
    public func results(_ contrasts: [Contrast]) -> [ContrastResult] {
        let tests = contrasts.map { $0.differences.isEmpty ? nil : SignFlipTest($0.differences, seed: seed) }
        let adjusted = correction.adjusted(tests.map { $0?.p ?? 1 })
        return contrasts.indices.map { result(contrasts[$0], signFlip: tests[$0], adjustedP: adjusted[$0]) }
    }

    /// The verdicts alone, without the intervals that are only shown.
    public func verdicts(_ contrasts: [Contrast]) -> [Verdict] {
        let pValues = contrasts.map { $0.differences.isEmpty ? 1 : SignFlipTest($0.differences, seed: seed).p }
        return zip(contrasts, correction.adjusted(pValues)).map { contrast, adjustedP in
            judge(
                contrast, Sample(contrast.differences),
                .studentT(of: contrast.differences, level: 1 - alpha), adjustedP,
                margin.flatMap { EquivalenceTest(contrast.differences, margin: $0) }
            ).0
        }
    }

    private func result(_ contrast: Contrast, signFlip: SignFlipTest?, adjustedP: Double) -> ContrastResult {
        let sample = Sample(contrast.differences)
        let tInterval = ConfidenceInterval.studentT(of: contrast.differences, level: 1 - alpha)
        let equivalence = margin.flatMap { EquivalenceTest(contrast.differences, margin: $0) }
        let (verdict, reason) = judge(contrast, sample, tInterval, adjustedP, equivalence)
        return ContrastResult(
            contrast: contrast, sample: sample, tInterval: tInterval,
            bootstrapInterval: .bca(of: contrast.differences, level: 1 - alpha, seed: seed), signFlip: signFlip,
            adjustedP: adjustedP, equivalence: equivalence, verdict: verdict, reason: reason)
    }

    package func judge(
        _ contrast: Contrast, _ sample: Sample?, _ tInterval: ConfidenceInterval?, _ adjustedP: Double,
        _ equivalence: EquivalenceTest?
    ) -> (Verdict, reason: String) {
        guard let sample else { return (.inconclusive, "no pairs") }
        guard let tInterval else { return (.inconclusive, "a single pair has no interval") }
        if sample.isConstant { return (.inconclusive, "all differences are the same") }

        let intervalDiffers = !tInterval.contains(0)
        let differs = intervalDiffers && adjustedP <= alpha
        let isEquivalent = equivalence.map { $0.p <= alpha } ?? false
        if isEquivalent && !contrast.hasDivergedTrial {
            return (.equivalent, differs ? "differs, but inside the margin" : "inside the margin")
        }
        if differs {
            let isBetter = (sample.mean > 0) == (direction == .higherIsBetter)
            if !isBetter { return (.worse, "interval and sign-flip test agree") }
            if !contrast.hasDivergedTrial { return (.better, "interval and sign-flip test agree") }
        }
        if contrast.hasDivergedTrial && (differs || isEquivalent) { return (.inconclusive, "a trial diverged") }
        if intervalDiffers {
            let smallest = SignFlipTest.smallestP(pairs: sample.count)
            return (
                .inconclusive,
                smallest > alpha
                    ? "too few pairs for the sign-flip test" : "interval leaves out 0, sign-flip test does not agree"
            )
        }
        if adjustedP <= alpha { return (.inconclusive, "sign-flip test leaves out 0, interval does not agree") }
        return (.inconclusive, margin == nil ? "interval contains 0" : "interval contains 0 and leaves the margin")
    }
}
