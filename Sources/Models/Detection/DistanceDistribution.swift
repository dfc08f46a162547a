import Foundation

/// A side's distance as a distribution over 16 bins: softmax, expectation and cross entropy (arXiv 2006.04388).
struct DistanceDistribution {
    /// Softmax of bins 0–7 and 8–15.
    var low: Lanes
    /// Softmax of bins 8–15.
    var high: Lanes
    /// Expected bin: the distance in cells.
    var distance: Float
    /// Logarithm of the sum of exponentials of the logits.
    var logarithmOfSum: Float

    private static let lowBins = Lanes(0, 1, 2, 3, 4, 5, 6, 7)
    private static let highBins = Lanes(8, 9, 10, 11, 12, 13, 14, 15)

    /// Exponentials of the 16 logits relative to their largest, that largest and their sum.
    @inline(__always)
    private static func exponentials(
        _ logits: UnsafePointer<Float>
    ) -> (low: Lanes, high: Lanes, largest: Float, sum: Float) {
        let a = logits.lanes(at: 0)
        let b = logits.lanes(at: 8)
        let c = a.replacing(with: b, where: b .> a)
        let d = c.lowHalf.replacing(with: c.highHalf, where: c.highHalf .> c.lowHalf)
        let largest = Swift.max(Swift.max(d.x, d.y), Swift.max(d.z, d.w))
        let low = Logistic.exponential(a - largest)
        let high = Logistic.exponential(b - largest)
        return (low, high, largest, total(low + high))
    }

    /// Sum of eight lanes as a tree of fixed shape.
    @inline(__always)
    static func total(_ v: Lanes) -> Float {
        let a = v.lowHalf + v.highHalf
        return (a.x + a.z) + (a.y + a.w)
    }

    /// The expected distance in cells, without the rest.
    @inline(__always)
    static func distance(_ logits: UnsafePointer<Float>) -> Float {
        let e = exponentials(logits)
        return total(e.low * lowBins + e.high * highBins) / e.sum
    }

    /// The distances left, top, right, bottom of the four sides that follow each other in memory.
    @inline(__always)
    static func distances(_ logits: UnsafePointer<Float>) -> SIMD4<Float> {
        SIMD4(distance(logits), distance(logits + 16), distance(logits + 32), distance(logits + 48))
    }

    /// The distribution of 16 logits.
    init(_ logits: UnsafePointer<Float>) {
        let e = Self.exponentials(logits)
        low = e.low / e.sum
        high = e.high / e.sum
        distance = Self.total(low * Self.lowBins + high * Self.highBins)
        logarithmOfSum = e.largest + log(e.sum)
    }

    /// Cross entropy against a distance that lies between two bins, weighted by its nearness to each.
    func crossEntropy(_ logits: UnsafePointer<Float>, target: Float) -> Float {
        let split = Self.split(target)
        return (logarithmOfSum - logits[split.bin]) * split.lowerWeight
            + (logarithmOfSum - logits[split.bin + 1]) * split.upperWeight
    }

    /// Writes the gradient of `distanceGain` · distance + `entropyGain` · cross entropy with respect to the logits.
    func storeGradient(
        to gradient: UnsafeMutablePointer<Float>, target: Float, distanceGain: Float, entropyGain: Float
    ) {
        gradient.store(low * ((Self.lowBins - distance) * distanceGain + entropyGain), at: 0)
        gradient.store(high * ((Self.highBins - distance) * distanceGain + entropyGain), at: 8)
        let split = Self.split(target)
        gradient[split.bin] -= entropyGain * split.lowerWeight
        gradient[split.bin + 1] -= entropyGain * split.upperWeight
    }

    /// The bin below a distance in 0…14.99 and the weights of that bin and the next.
    private static func split(_ target: Float) -> (bin: Int, lowerWeight: Float, upperWeight: Float) {
        let bin = Int(target)
        let lowerWeight = Float(bin + 1) - target
        return (bin, lowerWeight, 1 - lowerWeight)
    }
}
