import Foundation

/// The two-sided sign-flip test of a mean difference: had the two arms been the same, each difference could as well have
/// had the other sign. p is the share of all sign patterns whose mean lies at least as far from 0 as the one observed
/// (Fisher's randomisation test).
public struct SignFlipTest: Hashable, Sendable {
    /// How the sign patterns were gone through.
    public enum Method: Hashable, Sendable {
        /// All 2ⁿ of them.
        case exact
        /// That many drawn at random; the one observed counts as one more.
        case monteCarlo(resamples: Int)
    }

    /// From 2/2ⁿ to 1.
    public let p: Double
    /// Whether p is exact.
    public let method: Method

    /// Most differences whose sign patterns are all gone through.
    public static let exactLimit = 20

    /// - Parameters:
    ///   - differences: at least one.
    ///   - resamples: how many sign patterns to draw when there are more than `exactLimit` differences.
    public init(_ differences: [Double], resamples: Int = 100_000, seed: UInt64 = 0) {
        precondition(!differences.isEmpty, "a test needs at least one difference")
        let magnitudes = differences.map(\.magnitude)
        // Sums that are equal but for rounding count as equal.
        let threshold = differences.reduce(0, +).magnitude - 1e-12 * magnitudes.reduce(0, +)
        if differences.count <= Self.exactLimit {
            method = .exact
            p = Self.exact(magnitudes, threshold: threshold)
        } else {
            method = .monteCarlo(resamples: resamples)
            p = Self.monteCarlo(magnitudes, threshold: threshold, resamples: resamples, seed: seed)
        }
    }

    /// The smallest p that any n differences can have: 2/2ⁿ, and 1 for a single one.
    public static func smallestP(pairs: Int) -> Double { pairs < 1 ? 1 : exp2(Double(1 - pairs)) }

    /// The fewest pairs at which the smallest p, times the number of contrasts of a family, is at most alpha: with fewer
    /// no contrast of the family can be called different, however clear it is.
    public static func pairsNeeded(contrasts: Int, alpha: Double = 0.05) -> Int {
        precondition(contrasts >= 1 && alpha > 0 && alpha < 1, "at least one contrast, alpha between 0 and 1")
        var pairs = 1
        while smallestP(pairs: pairs) * Double(contrasts) > alpha { pairs += 1 }
        return pairs
    }

    private static func exact(_ magnitudes: [Double], threshold: Double) -> Double {
        if threshold <= 0 { return 1 }
        // Every sum is one of the first half's plus one of the second half's; both lists ascend, so one walk finds for
        // each of the first how many of the second reach the threshold with it.
        let middle = magnitudes.count / 2
        let first = signedSums(magnitudes[..<middle])
        let second = signedSums(magnitudes[middle...])
        var count = 0
        var reached = second.count
        for sum in first {
            while reached > 0, sum + second[reached - 1] >= threshold { reached -= 1 }
            count += second.count - reached
        }
        // The patterns below −threshold mirror those above.
        return 2 * Double(count) / exp2(Double(magnitudes.count))
    }

    /// Sums of all sign patterns, ascending.
    private static func signedSums(_ magnitudes: ArraySlice<Double>) -> [Double] {
        var sums = [0.0]
        for magnitude in magnitudes {
            var merged: [Double] = []
            merged.reserveCapacity(sums.count * 2)
            var next = 0
            for sum in sums {
                while next < sums.count, sums[next] + magnitude < sum - magnitude {
                    merged.append(sums[next] + magnitude)
                    next += 1
                }
                merged.append(sum - magnitude)
            }
            for sum in sums[next...] { merged.append(sum + magnitude) }
            sums = merged
        }
        return sums
    }

    private static func monteCarlo(_ magnitudes: [Double], threshold: Double, resamples: Int, seed: UInt64) -> Double {
        var random = SplitMix64(seed: seed)
        var count = 1
        for _ in 0..<resamples {
            var sum = 0.0
            var signs: UInt64 = 0
            for (index, magnitude) in magnitudes.enumerated() {
                if index % 64 == 0 { signs = random.next() }
                sum += signs & 1 == 0 ? magnitude : -magnitude
                signs >>= 1
            }
            if sum.magnitude >= threshold { count += 1 }
        }
        return Double(count) / Double(resamples + 1)
    }
}
