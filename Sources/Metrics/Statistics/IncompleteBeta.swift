import Foundation

/// The regularised incomplete beta function I_x(a, b), by its continued fraction (DLMF 8.17.22).
///
/// - Parameters:
///   - x: from 0 to 1.
///   - complement: 1 − x, given apart so that an x close to 1 keeps its digits.
/// - Returns: a probability with a relative error below 1e-12 for a and b up to some thousands.
func regularizedIncompleteBeta(_ a: Double, _ b: Double, x: Double, complement: Double) -> Double {
    if x <= 0 { return 0 }
    if complement <= 0 { return 1 }
    // The fraction converges fast below the distribution's mean; above it the other tail is computed.
    if x > (a + 1) / (a + b + 2) { return 1 - regularizedIncompleteBeta(b, a, x: complement, complement: x) }

    let logarithm = logGamma(a + b) - logGamma(a) - logGamma(b) + a * log(x) + b * log(complement)
    let front = exp(logarithm) / a

    // Modified Lentz: value = 1 / (1 + d₁ / (1 + d₂ / …)).
    let tiny = 1e-300
    func guarded(_ value: Double) -> Double { abs(value) < tiny ? tiny : value }
    var c = 1.0
    var d = 1 / guarded(1 - (a + b) * x / (a + 1))
    var value = d
    for m in 1...10_000 {
        let m = Double(m)
        let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d = 1 / guarded(1 + even * d)
        c = guarded(1 + even / c)
        value *= c * d
        let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        d = 1 / guarded(1 + odd * d)
        c = guarded(1 + odd / c)
        let factor = c * d
        value *= factor
        if abs(factor - 1) < 1e-16 { break }
    }
    return front * value
}

private func logGamma(_ value: Double) -> Double { lgamma(value) }
