import Foundation

/// Eight numbers worked on at once. Plain additions and multiplications only, so every machine gets the same bits.
typealias Lanes = SIMD8<Float>

/// Exponential function and what follows from it, in float32, to about 2 units in the last place.
///
/// Arguments are at most 0: everything in a detection loss can be written that way, and nothing overflows.
/// Below −87 the result stays at e^−87, which is 0 beside any other number here. NaN stays NaN.
enum Logistic {
    /// e^x for x ≤ 0: x = n·ln 2 + r, a Taylor polynomial of degree 7 in r (|r| ≤ ln 2 / 2), times 2^n.
    @inline(__always)
    static func exponential(_ x: Lanes) -> Lanes {
        let x = x.replacing(with: -87, where: x .< -87)
        // Adding 1.5·2^23 rounds to an integer, which then stands in the lowest bits of the sum.
        let shift: Float = 12_582_912
        let shifted = x * 1.442_695_04 + shift
        let n = shifted - shift
        // ln 2 in two parts; the first has 9 bits, so that n times it is exact.
        let r = x - n * 0.693_359_375 + n * 2.121_944_4e-4
        var p = r * (1 / 5040) + 1 / 720
        p = p * r + 1 / 120
        p = p * r + 1 / 24
        p = p * r + 1 / 6
        p = p * r + 0.5
        p = p * (r * r) + r + 1
        let exponent = (unsafeBitCast(shifted, to: SIMD8<UInt32>.self) &+ 127) &<< 23
        return p * unsafeBitCast(exponent, to: Lanes.self)
    }

    /// ln(1 + y) for 0 ≤ y ≤ 1, as 2·artanh(y / (2 + y)).
    @inline(__always)
    static func logarithmOfOnePlus(_ y: Lanes) -> Lanes {
        let s = y / (y + 2)
        let q = s * s
        var p = q * (1 / 13) + 1 / 11
        p = p * q + 1 / 9
        p = p * q + 1 / 7
        p = p * q + 1 / 5
        p = p * q + 1 / 3
        return (p * q) * (s + s) + (s + s)
    }

    /// Sigmoid of x and ln(1 + e^−|x|) + max(x, 0), the binary cross entropy of a logit with target 0.
    @inline(__always)
    static func crossEntropyOfZero(_ x: Lanes) -> (sigmoid: Lanes, loss: Lanes) {
        let negative = x .< 0
        let y = exponential((-x).replacing(with: x, where: negative))
        let r = 1 / (y + 1)
        let sigmoid = r.replacing(with: y * r, where: negative)
        return (sigmoid, x.replacing(with: 0, where: negative) + logarithmOfOnePlus(y))
    }

    /// Sigmoid of eight logits.
    @inline(__always)
    static func sigmoid(_ x: Lanes) -> Lanes {
        let negative = x .< 0
        let y = exponential((-x).replacing(with: x, where: negative))
        let r = 1 / (y + 1)
        return r.replacing(with: y * r, where: negative)
    }

    /// Sigmoid of one logit.
    @inline(__always)
    static func sigmoid(_ x: Float) -> Float {
        let y = exp(x < 0 ? x : -x)
        return x < 0 ? y / (1 + y) : 1 / (1 + y)
    }

    /// ln(1 + e^−|x|) + max(x, 0) − x·t of one logit.
    @inline(__always)
    static func crossEntropy(_ x: Float, target: Float) -> Float {
        (x < 0 ? 0 : x) - x * target + log1p(exp(x < 0 ? x : -x))
    }
}

extension UnsafePointer<Float> {
    /// Eight floats from `offset` on, at any alignment.
    @inline(__always)
    func lanes(at offset: Int) -> Lanes {
        UnsafeRawPointer(self + offset).loadUnaligned(as: Lanes.self)
    }

    /// The `count` < 8 floats from `offset` on, the other lanes holding `filler`.
    @inline(__always)
    func lanes(at offset: Int, count: Int, filler: Float) -> Lanes {
        var result = Lanes(repeating: filler)
        for i in 0..<count { result[i] = self[offset + i] }
        return result
    }
}

extension UnsafeMutablePointer<Float> {
    /// Stores eight floats from `offset` on, at any alignment.
    @inline(__always)
    func store(_ value: Lanes, at offset: Int) {
        UnsafeMutableRawPointer(self + offset).storeBytes(of: value, as: Lanes.self)
    }
}
