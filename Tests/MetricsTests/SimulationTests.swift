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

    @Test func `BCa is too short for six pairs, which is why it decides nothing`() {
        let sweeps = 1_000
        var random = SplitMix64(seed: 102)
        var covered = 0
        for sweep in 0..<sweeps {
            let differences = (0..<6).map { _ in random.normal() }
            let interval = ConfidenceInterval.bca(of: differences, resamples: 1_000, seed: UInt64(sweep))
            if interval?.contains(0) == true { covered += 1 }
        }
        #expect(covered > 820 && covered < 910)
    }
}
