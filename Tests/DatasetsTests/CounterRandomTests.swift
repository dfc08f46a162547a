import Datasets
import Testing

@Suite struct CounterRandomTests {
    @Test("Philox4x32-10 of its authors' known answers")
    func knownAnswers() {
        #expect(
            CounterRandom.philox([0, 0, 0, 0], key: [0, 0]) == [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8])
        let ones = UInt32.max
        #expect(
            CounterRandom.philox([ones, ones, ones, ones], key: [ones, ones])
                == [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd])
        #expect(
            CounterRandom.philox(
                [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], key: [0xa409_3822, 0x299f_31d0])
                == [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1])
    }

    @Test("Streams of different keys differ, of equal keys agree")
    func keys() {
        func first(_ seed: UInt64, _ purpose: CounterRandom.Purpose, _ epoch: Int, _ index: Int) -> [UInt64] {
            var random = CounterRandom(seed: seed, purpose: purpose, epoch: epoch, index: index)
            return (0..<5).map { _ in random.next() }
        }
        var seen: Set<[UInt64]> = []
        for seed in [0, 1, 1 << 32] as [UInt64] {
            for purpose in CounterRandom.Purpose.allCases {
                for epoch in 0..<3 {
                    for index in 0..<3 {
                        let numbers = first(seed, purpose, epoch, index)
                        #expect(seen.insert(numbers).inserted)
                        #expect(numbers == first(seed, purpose, epoch, index))
                    }
                }
            }
        }
    }

    @Test func uniformNumbersAreSpreadEvenly() {
        var random = CounterRandom(seed: 1, purpose: .test)
        let count = 200_000
        let numbers = (0..<count).map { _ in random.uniform() }
        let mean = numbers.reduce(0, +) / Double(count)
        let variance = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
        // Five standard errors.
        #expect(abs(mean - 0.5) < 5 * 0.2887 / Double(count).squareRoot())
        #expect(abs(variance - 1.0 / 12) < 0.001)
        #expect(numbers.allSatisfy { $0 >= 0 && $0 < 1 })
    }

    @Test(arguments: [1, 2, 3, 7, 1000])
    func integersHitEveryValueEqually(bound: Int) {
        var random = CounterRandom(seed: 2, purpose: .test)
        var counts = [Int](repeating: 0, count: bound)
        let draws = 2000 * bound
        for _ in 0..<draws { counts[random.integer(below: bound)] += 1 }
        #expect(counts.allSatisfy { abs($0 - 2000) < 270 })
    }

    @Test func betaHasItsMeanAndSpread() {
        var random = CounterRandom(seed: 3, purpose: .test)
        let numbers = (0..<20_000).map { _ in random.beta(32, 32) }
        let mean = numbers.reduce(0, +) / 20_000
        let variance = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 20_000
        #expect(abs(mean - 0.5) < 0.003)
        // Variance of Beta(a, a) is 1/(4(2a + 1)).
        #expect(abs(variance - 1.0 / 260) < 0.0002)
        let skewed = (0..<20_000).map { _ in random.beta(1, 3) }
        #expect(abs(skewed.reduce(0, +) / 20_000 - 0.25) < 0.01)
    }

    @Test func permutationsHoldEverythingOnceAndPutItAnywhere() {
        var places = [Int](repeating: 0, count: 10)
        for seed in 0..<5000 as Range<UInt64> {
            var random = CounterRandom(seed: seed, purpose: .test)
            let order = random.permutation(10)
            #expect(order.sorted() == Array(0..<10))
            places[order.firstIndex(of: 0) ?? 0] += 1
        }
        #expect(places.allSatisfy { abs($0 - 500) < 110 })
    }
}
