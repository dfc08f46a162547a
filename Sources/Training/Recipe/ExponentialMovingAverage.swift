package import Engine
import Foundation

/// A slowly moving copy of all weights and running statistics, which is what gets validated.
///
/// After the t-th step its decay is `0.9999 · (1 − exp(−t / 2000))`: it follows quickly at first.
package struct ExponentialMovingAverage {
    package let average: ParameterStore
    package var updateCount = 0

    package init(of parameters: ParameterStore) {
        average = ParameterStore(parameters.parameters)
        average.copy(from: parameters)
    }

    package static func decay(update t: Int) -> Double { 0.9999 * (1 - exp(-Double(t) / 2000)) }

    package mutating func update(with parameters: ParameterStore) {
        updateCount += 1
        average.average(with: parameters, decay: Float(Self.decay(update: updateCount)))
    }
}
