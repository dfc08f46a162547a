import Foundation

extension SplitMix64 {
    /// A number from the standard normal distribution (Box and Muller).
    package mutating func normal() -> Double {
        let radius = (-2 * log(1 - uniform())).squareRoot()
        return radius * cos(2 * .pi * uniform())
    }
}
