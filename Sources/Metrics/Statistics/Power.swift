/// How likely a comparison is to find a difference that is there, by simulation.
public struct Power: Hashable, Sendable {
    /// Share of simulated comparisons that called the arm better.
    public let estimate: Double
    /// How many comparisons were simulated.
    public let simulations: Int

    /// Uncertainty of the estimate from the number of simulations.
    public var standardError: Double {
        (estimate * (1 - estimate) / Double(simulations)).squareRoot()
    }

    /// Simulates one contrast whose differences are normally distributed, in a family whose other contrasts show nothing:
    /// its p is then multiplied by the number of contrasts.
    ///
    /// - Parameters:
    ///   - effect: true mean difference, in the metric's unit.
    ///   - standardDeviation: of the differences between pairs, above 0.
    ///   - pairs: number of pairs, at least two.
    ///   - contrasts: size of the family.
    public init(
        effect: Double, standardDeviation: Double, pairs: Int, contrasts: Int = 1, alpha: Double = 0.05,
        simulations: Int = 2_000, seed: UInt64 = 0
    ) {
        precondition(standardDeviation > 0 && pairs >= 2 && contrasts >= 1 && simulations >= 1, "a possible comparison")
        self.simulations = simulations
        // No simulation can reach what no data can.
        guard SignFlipTest.smallestP(pairs: pairs) * Double(contrasts) <= alpha else {
            estimate = 0
            return
        }
        let reach = StudentT(degreesOfFreedom: Double(pairs - 1)).value(exceededWith: alpha / 2)
        var random = SplitMix64(seed: seed)
        var found = 0
        for simulation in 0..<simulations {
            let differences = (0..<pairs).map { _ in effect + standardDeviation * random.normal() }
            guard let sample = Sample(differences), let standardError = sample.standardError,
                sample.mean > reach * standardError
            else { continue }
            let test = SignFlipTest(differences, resamples: 2_000, seed: seed &+ UInt64(simulation))
            if test.p * Double(contrasts) <= alpha { found += 1 }
        }
        estimate = Double(found) / Double(simulations)
    }
}
