import Metrics
import Testing

@Suite struct DistributionTests {
    @Test func `Student's t has scipy's quantiles and tails`() throws {
        let golden = try Comparisons.golden()
        #expect(golden.tQuantiles.count > 100)
        for row in golden.tQuantiles {
            let value = StudentT(degreesOfFreedom: row[0]).value(exceededWith: row[1])
            #expect(abs(value - row[2]) <= 1e-10 * abs(row[2]), "\(row)")
            let mirrored = StudentT(degreesOfFreedom: row[0]).value(exceededWith: 1 - row[1])
            if row[1] > 1e-3 { #expect(abs(mirrored + value) <= 1e-10 * abs(value), "\(row)") }
        }
        for row in golden.tTails {
            let tail = StudentT(degreesOfFreedom: row[0]).upperTail(row[1])
            #expect(abs(tail - row[2]) <= 1e-11 * row[2] + 1e-300, "\(row)")
            #expect(abs(StudentT(degreesOfFreedom: row[0]).cumulative(row[1]) + tail - 1) < 1e-14)
        }
        #expect(StudentT(degreesOfFreedom: 3).upperTail(.infinity) == 0)
        #expect(StudentT(degreesOfFreedom: 3).value(exceededWith: 0.5) == 0)
    }

    @Test func `The normal distribution has scipy's quantiles`() throws {
        for row in try Comparisons.golden().normalQuantiles {
            #expect(abs(Normal.quantile(row[0]) - row[1]) <= 1e-10 * max(1, abs(row[1])), "\(row)")
            #expect(abs(Normal.cumulative(row[1]) - row[0]) <= 1e-12 * row[0] + 1e-15, "\(row)")
        }
        #expect(Normal.quantile(0) == -.infinity)
        #expect(Normal.quantile(1) == .infinity)
    }

    @Test func `SplitMix64 gives the published numbers`() {
        var random = SplitMix64(seed: 1_234_567)
        #expect(
            (0..<3).map { _ in random.next() }
                == [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423])
    }

    @Test func `Streams of a seed are independent of each other`() {
        var firsts: Set<UInt64> = []
        for seed in 0..<20 as Range<UInt64> {
            for stream in 0..<500 as Range<UInt64> {
                var random = SplitMix64(seed: seed, stream: stream)
                firsts.insert(random.next())
            }
        }
        #expect(firsts.count == 10_000)
    }
}

@Suite struct ComparisonTests {
    private func isClose(_ value: Double?, _ expected: Double?, _ tolerance: Double = 1e-10) -> Bool {
        guard let value, let expected else { return value == nil && expected == nil }
        return abs(value - expected) <= tolerance * max(abs(expected), 1e-3)
    }

    @Test func `Samples have scipy's intervals and p values`() throws {
        for expected in try Comparisons.golden().samples {
            let values = expected.values
            let sample = try #require(Sample(values))
            #expect(isClose(sample.mean, expected.mean))
            #expect(isClose(sample.standardDeviation, expected.standardDeviation))
            let interval = try #require(ConfidenceInterval.studentT(of: values))
            #expect(isClose(interval.low, expected.t[0]))
            #expect(isClose(interval.high, expected.t[1]))
            let bootstrap = ConfidenceInterval.bca(of: values)
            #expect(isClose(bootstrap?.low, expected.bca?[0]), "\(values)")
            #expect(isClose(bootstrap?.high, expected.bca?[1]), "\(values)")
            let test = SignFlipTest(values)
            #expect(test.method == .exact)
            #expect(isClose(test.p, expected.signFlip, 1e-14), "\(values)")
            #expect(isClose(EquivalenceTest(values, margin: expected.margin)?.p, expected.equivalence), "\(values)")
        }
    }

    @Test func `Holm's procedure scales p by rank`() throws {
        for expected in try Comparisons.golden().holm {
            let adjusted = FamilyCorrection.holm.adjusted(expected.p)
            #expect(zip(adjusted, expected.adjusted).allSatisfy { isClose($0, $1, 1e-14) })
            #expect(FamilyCorrection.none.adjusted(expected.p) == expected.p)
        }
        #expect(FamilyCorrection.holm.adjusted([0.01, 0.04, 0.03, 0.005]) == [0.03, 0.06, 0.06, 0.02])
        #expect(FamilyCorrection.holm.adjusted([]) == [])
    }

    @Test func `Too few values have no interval`() {
        #expect(Sample([]) == nil)
        #expect(Sample([1])?.standardDeviation == nil)
        #expect(ConfidenceInterval.studentT(of: [1]) == nil)
        #expect(ConfidenceInterval.bca(of: [1, 2, 3, 4]) == nil)
        #expect(ConfidenceInterval.bca(of: [1, 1, 1, 1, 1]) == nil)
        #expect(EquivalenceTest([0.001], margin: 0.1) == nil)
        #expect(EquivalenceTest([0.1, 0.1, 0.1], margin: 0.5) == nil)
        #expect(ConfidenceInterval.percentile(of: []) == nil)
    }

    // MARK: Sign-flip

    @Test func `All signs alike give the smallest p`() {
        for pairs in 1...20 {
            let values = (1...pairs).map { 0.1 / Double($0) }
            #expect(SignFlipTest(values).p == SignFlipTest.smallestP(pairs: pairs))
            #expect(SignFlipTest(values.map { -$0 }).p == SignFlipTest.smallestP(pairs: pairs))
        }
        #expect(SignFlipTest.smallestP(pairs: 3) == 0.25)
        #expect(SignFlipTest([0, 0, 0]).p == 1)
        #expect(SignFlipTest([0.5, -0.5]).p == 1)
    }

    @Test func `Above twenty pairs signs are drawn, and the share is close to the exact one`() {
        var random = SplitMix64(seed: 3)
        let values = (0..<20).map { _ in random.normal() + 0.2 }
        // A difference of 0 changes no sum, so the exact p stays the same.
        let exact = SignFlipTest(values).p
        let drawn = SignFlipTest(values + [0])
        #expect(drawn.method == .monteCarlo(resamples: 100_000))
        #expect(exact > 0.001 && exact < 0.9)
        #expect(abs(drawn.p - exact) < 5 * (exact * (1 - exact) / 100_000).squareRoot())
        #expect(drawn == SignFlipTest(values + [0]))
        #expect(drawn != SignFlipTest(values + [0], seed: 1))
    }

    @Test func `Families need more pairs`() {
        #expect((1...6).map { SignFlipTest.pairsNeeded(contrasts: $0) } == [6, 7, 7, 8, 8, 8])
        #expect(SignFlipTest.pairsNeeded(contrasts: 1, alpha: 0.25) == 3)
        for contrasts in 1...40 {
            let pairs = SignFlipTest.pairsNeeded(contrasts: contrasts)
            for count in [pairs - 1, pairs] {
                let clear = [Contrast](
                    repeating: Contrast(name: "", differences: (1...count).map { 1 + Double($0) / 1_000 }),
                    count: contrasts)
                let expected: Verdict = count == pairs ? .better : .inconclusive
                #expect(ContrastFamily().results(clear).allSatisfy { $0.verdict == expected })
            }
        }
    }

    // MARK: Pairs

    @Test func `Only what both arms have is paired`() {
        let differences = PairedDifferences([3: 0.5, 1: 0.25, 2: 1], against: [1: 0.5, 3: 0.25, 7: 0])
        #expect(differences.keys == [1, 3])
        #expect(differences.values == [-0.25, 0.25])
        #expect(differences.unpaired == [2, 7])
    }

    // MARK: Verdicts

    private static let clear = [0.021, 0.018, 0.025, 0.019, 0.022, 0.024]

    private func verdict(_ family: ContrastFamily, _ differences: [Double], diverged: Bool = false) throws -> Verdict {
        let contrast = Contrast(name: "arm", differences: differences, hasDivergedTrial: diverged)
        return try #require(family.results([contrast]).first).verdict
    }

    @Test func `Verdicts`() throws {
        let family = ContrastFamily(margin: 0.005)
        let negated = Self.clear.map { -$0 }
        let tiny = Self.clear.map { $0 - 0.0215 }
        #expect(try verdict(family, Self.clear) == .better)
        #expect(try verdict(family, negated) == .worse)
        #expect(try verdict(family, tiny) == .equivalent)
        #expect(try verdict(ContrastFamily(), tiny) == .inconclusive)
        #expect(try verdict(family, [0.02, -0.03, 0.01, 0.04, -0.02, 0.01]) == .inconclusive)
        #expect(try verdict(ContrastFamily(direction: .lowerIsBetter), Self.clear) == .worse)
        #expect(try verdict(ContrastFamily(direction: .lowerIsBetter), negated) == .better)
        // Certain, but too small to matter.
        #expect(try verdict(family, Self.clear.map { $0 - 0.0195 }) == .equivalent)
        #expect(try verdict(ContrastFamily(), Self.clear.map { $0 - 0.0175 }) == .better)
    }

    @Test func `The t interval alone does not decide`() throws {
        let few = Array(Self.clear.prefix(5))
        let result = try #require(ContrastFamily().results([Contrast(name: "", differences: few)]).first)
        #expect(result.tInterval?.contains(0) == false)
        #expect(result.signFlip?.p == 0.0625)
        #expect(result.verdict == .inconclusive)
        #expect(result.reason == "too few pairs for the sign-flip test")
    }

    @Test func `The sign-flip test alone does not decide`() throws {
        // All of one sign, but so uneven that t leaves room for 0.
        let uneven = [0.001, 0.001, 0.001, 0.001, 0.001, 0.2, 0.0011]
        let result = try #require(ContrastFamily().results([Contrast(name: "", differences: uneven)]).first)
        #expect(result.adjustedP <= 0.05)
        #expect(result.tInterval?.contains(0) == true)
        #expect(result.verdict == .inconclusive)
    }

    @Test func `A diverged trial forbids better and equivalent, not worse`() throws {
        let family = ContrastFamily(margin: 0.005)
        #expect(try verdict(family, Self.clear, diverged: true) == .inconclusive)
        #expect(try verdict(family, Self.clear.map { $0 - 0.0215 }, diverged: true) == .inconclusive)
        #expect(try verdict(family, Self.clear.map { -$0 }, diverged: true) == .worse)
        #expect(try verdict(ContrastFamily(direction: .lowerIsBetter), Self.clear, diverged: true) == .worse)
    }

    @Test func `Nothing to judge by is inconclusive`() throws {
        let family = ContrastFamily(margin: 0.005)
        #expect(try verdict(family, []) == .inconclusive)
        #expect(try verdict(family, [0.02]) == .inconclusive)
        #expect(try verdict(family, [0, 0, 0, 0, 0, 0, 0, 0]) == .inconclusive)
        #expect(try verdict(family, [Double](repeating: 0.1, count: 9)) == .inconclusive)
    }

    @Test func `A contrast without pairs still counts as a question`() throws {
        let results = ContrastFamily().results([
            Contrast(name: "a", differences: Self.clear), Contrast(name: "b", differences: []),
        ])
        #expect(results.map(\.adjustedP) == [0.0625, 1])
        #expect(results.map(\.verdict) == [.inconclusive, .inconclusive])
        #expect(results.map(\.contrast.name) == ["a", "b"])
    }

    // MARK: Power

    @Test func `Power rises with pairs and stays below the t test's`() throws {
        for row in try Comparisons.golden().tPower {
            let power = Power(effect: row.effect, standardDeviation: 1, pairs: row.pairs)
            #expect(power.estimate <= row.power + 3 * power.standardError, "\(row)")
            // Both tests mostly agree.
            if row.pairs >= 8 { #expect(power.estimate >= row.power - 0.1, "\(row)") }
        }
        let family = Power(effect: 1, standardDeviation: 1, pairs: 8, contrasts: 4)
        #expect(family.estimate < Power(effect: 1, standardDeviation: 1, pairs: 8).estimate)
        #expect(Power(effect: 9, standardDeviation: 1, pairs: 5).estimate == 0)
        #expect(Power(effect: 9, standardDeviation: 1, pairs: 6).estimate > 0.99)
        #expect(Power(effect: 1, standardDeviation: 1, pairs: 30, simulations: 40).estimate > 0.9)
    }
}

/// Reference values of tools/golden/comparisons.py.
struct Comparisons: Decodable {
    struct Case: Decodable {
        let values: [Double]
        let mean: Double
        let standardDeviation: Double
        let t: [Double]
        let bca: [Double]?
        let signFlip: Double
        let margin: Double
        let equivalence: Double
    }
    struct Family: Decodable {
        let p: [Double]
        let adjusted: [Double]
    }
    struct TPower: Decodable {
        let effect: Double
        let pairs: Int
        let power: Double
    }

    let tQuantiles: [[Double]]
    let tTails: [[Double]]
    let normalQuantiles: [[Double]]
    let samples: [Case]
    let holm: [Family]
    let tPower: [TPower]

    static func golden() throws -> Comparisons { try Golden.decode(Comparisons.self, "comparisons.json") }
}
