import Metrics
import Testing

/// Whether the statistics keep what they promise when nothing differs.
@Suite struct SimulationTests {
    /// Sweeps of four arms that are all the same as the baseline: seeds that differ in difficulty, and noise.
    private func sweep(_ random: inout SplitMix64, seeds: Int, shift: Double = 0) -> [[Double]] {
        let difficulty = (0..<seeds).map { _ in 0.02 * random.normal() }
        let baseline = difficulty.map { $0 + 0.01 * random.normal() }
        return (0..<4).map { _ in
            (0..<seeds).map { difficulty[$0] + shift + 0.01 * random.normal() - baseline[$0] }
        }
    }

    /// Highest count that a share of 5 % leads to, with two standard errors of the simulation.
    private func limit(_ trials: Int, share: Double = 0.05) -> Double {
        share * Double(trials) + 2 * (share * (1 - share) * Double(trials)).squareRoot()
    }

    @Test(arguments: 3...10) func `Equal arms are rarely called better or worse`(seeds: Int) {
        let sweeps = 2_000
        var random = SplitMix64(seed: 100, stream: UInt64(seeds))
        let family = ContrastFamily()
        var falseFamilies = 0
        var falseSingles = 0
        var covered = 0
        for _ in 0..<sweeps {
            let arms = sweep(&random, seeds: seeds)
            let tests = arms.map { SignFlipTest($0).p }
            func claims(_ adjusted: [Double]) -> Int {
                zip(arms, adjusted).count { differences, p in
                    let (verdict, _) = family.judge(
                        Contrast(name: "", differences: differences), Sample(differences),
                        .studentT(of: differences), p, nil)
                    return verdict == .better || verdict == .worse
                }
            }
            if claims(FamilyCorrection.holm.adjusted(tests)) > 0 { falseFamilies += 1 }
            // One contrast of each sweep, without correction: what a family of one claims.
            if claims([tests[0], 1, 1, 1]) > 0 { falseSingles += 1 }
            covered += arms.count { ConfidenceInterval.studentT(of: $0)?.contains(0) == true }
        }
        print(
            "False claims with \(seeds) seeds: \(falseFamilies) of \(sweeps) families, \(falseSingles) single contrasts; "
                + "t covers \(Double(covered) / Double(4 * sweeps))")
        #expect(Double(falseFamilies) <= limit(sweeps))
        #expect(Double(falseSingles) <= limit(sweeps))
        #expect(Double(covered) >= 0.93 * Double(4 * sweeps))
        // From where it is possible at all, the procedure does claim now and then: it is not just silent.
        #expect((falseSingles > 0) == (seeds >= SignFlipTest.pairsNeeded(contrasts: 1)))
        if seeds > SignFlipTest.pairsNeeded(contrasts: 4) { #expect(falseFamilies > 0) }
    }

    @Test func `The verdict of a whole result is the one that was simulated`() {
        var random = SplitMix64(seed: 9)
        let family = ContrastFamily()
        for _ in 0..<20 {
            let arms = sweep(&random, seeds: 8, shift: 0.02)
            let results = family.results(arms.map { Contrast(name: "", differences: $0) })
            let adjusted = FamilyCorrection.holm.adjusted(arms.map { SignFlipTest($0).p })
            #expect(results.map(\.adjustedP) == adjusted)
            #expect(
                family.verdicts(arms.map { Contrast(name: "", differences: $0) }) == results.map(\.verdict))
            for (result, differences) in zip(results, arms) {
                let (verdict, reason) = family.judge(
                    result.contrast, Sample(differences), .studentT(of: differences), result.adjustedP, nil)
                #expect(result.verdict == verdict)
                #expect(result.reason == reason)
            }
        }
    }

    @Test(arguments: [3, 5, 8]) func `Arms that differ by the margin are rarely called equivalent`(seeds: Int) {
        let sweeps = 2_000
        var random = SplitMix64(seed: 101, stream: UInt64(seeds))
        let family = ContrastFamily(margin: 0.03)
        var wrong = 0
        var right = 0
        for _ in 0..<sweeps {
            let differing = sweep(&random, seeds: seeds, shift: 0.03)[0]
            let same = differing.map { $0 - 0.03 }
            if EquivalenceTest(differing, margin: 0.03).map({ $0.p <= family.alpha }) ?? false { wrong += 1 }
            if EquivalenceTest(same, margin: 0.03).map({ $0.p <= family.alpha }) ?? false { right += 1 }
        }
        #expect(Double(wrong) <= limit(sweeps))
        #expect(wrong > 0)
        #expect(right > wrong)
    }

    /// Coverage of BCa's 95 % interval of a normal mean, by number of pairs, as docs/statistics.md prints it: share of
    /// 4,000 intervals, each of 1,000 resamples.
    private static let bcaCoverage: [(pairs: Int, share: Double)] = [
        (5, 0.844), (6, 0.862), (7, 0.868), (8, 0.884), (9, 0.896), (10, 0.891), (15, 0.914), (20, 0.926),
    ]

    @Test(arguments: bcaCoverage.map(\.pairs))
    func `BCa is too short for few pairs, which is why it decides nothing`(pairs: Int) throws {
        let sweeps = 4_000
        var random = SplitMix64(seed: 102, stream: UInt64(pairs))
        var covered = 0
        var student = 0
        for sweep in 0..<sweeps {
            let differences = (0..<pairs).map { _ in random.normal() }
            let interval = ConfidenceInterval.bca(of: differences, resamples: 1_000, seed: UInt64(sweep))
            if interval?.contains(0) == true { covered += 1 }
            if ConfidenceInterval.studentT(of: differences)?.contains(0) == true { student += 1 }
        }
        let share = Double(covered) / Double(sweeps)
        print("BCa's 95 % interval covers \(share) at \(pairs) pairs; Student's \(Double(student) / Double(sweeps))")
        let documented = try #require(Self.bcaCoverage.first { $0.pairs == pairs }).share
        #expect(abs(share - documented) <= 2 * (documented * (1 - documented) / Double(sweeps)).squareRoot())
        // Fewer pairs than twenty: below what it says by more than the simulation's error.
        if pairs <= 15 { #expect(share < 0.94) }
        #expect(Double(student) >= 0.93 * Double(sweeps))
    }

    @Test func `BCa's interval never decides`() {
        // Six differences of one sign: BCa leaves out 0 and so does t, the sign-flip test after Holm does not.
        let clear = [0.021, 0.018, 0.025, 0.019, 0.022, 0.024]
        let family = ContrastFamily()
        let results = family.results((0..<3).map { Contrast(name: "\($0)", differences: clear) })
        for result in results {
            #expect(result.bootstrapInterval?.contains(0) == false)
            #expect(result.tInterval?.contains(0) == false)
            #expect(result.verdict == .inconclusive)
        }
    }

    /// Power at an effect of one standard deviation of the differences, as docs/statistics.md prints it.
    private static let powerAtOneDeviation: [(pairs: Int, alone: Double, ofFive: Double)] = [
        (5, 0.000, 0.000), (6, 0.340, 0.000), (7, 0.542, 0.000), (8, 0.641, 0.244), (9, 0.718, 0.338),
        (10, 0.799, 0.472), (12, 0.884, 0.626), (15, 0.952, 0.805),
    ]

    @Test(arguments: powerAtOneDeviation.map(\.pairs)) func `Power at a known effect`(pairs: Int) throws {
        let alone = Power(effect: 1, standardDeviation: 1, pairs: pairs)
        let ofFive = Power(effect: 1, standardDeviation: 1, pairs: pairs, contrasts: 5)
        print("Power at one standard deviation, \(pairs) pairs: \(alone.estimate) alone, \(ofFive.estimate) of five")
        let documented = try #require(Self.powerAtOneDeviation.first { $0.pairs == pairs })
        #expect(abs(alone.estimate - documented.alone) <= 2 * alone.standardError)
        #expect(abs(ofFive.estimate - documented.ofFive) <= 2 * ofFive.standardError)
        #expect((alone.estimate > 0) == (pairs >= SignFlipTest.pairsNeeded(contrasts: 1)))
        #expect((ofFive.estimate > 0) == (pairs >= SignFlipTest.pairsNeeded(contrasts: 5)))
    }

    @Test func `Pairs pooled over scales keep the promise where scales differ in level and noise`() {
        let sweeps = 2_000
        var random = SplitMix64(seed: 103)
        let family = ContrastFamily()
        var claims = 0
        for _ in 0..<sweeps {
            // Three seeds × three scales; the smallest scale is noisier than the largest.
            let arms = (0..<3).map { _ in
                [0.02, 0.01, 0.005].flatMap { noise in (0..<3).map { _ in noise * random.normal() } }
            }
            let verdicts = family.verdicts(arms.map { Contrast(name: "", differences: $0) })
            if verdicts.contains(.better) || verdicts.contains(.worse) { claims += 1 }
        }
        #expect(Double(claims) <= limit(sweeps))
        #expect(claims > 0)
    }
}
