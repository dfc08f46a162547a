public import Engine
import Foundation
public import Models

extension TrainingConfiguration {
    /// Takes over what fits of the weights that the training starts from; nil where it starts from none.
    public func startingWeights(into parameters: ParameterStore) throws(StartingWeightsError) -> WeightFile.Transfer? {
        if weights.isEmpty { return nil }
        do {
            return try WeightFile.transfer(URL(fileURLWithPath: weights), into: parameters, isStrict: isStrict)
        } catch {
            throw StartingWeightsError(description: "\(error)")
        }
    }

    /// What a network would take over of them.
    public func startingWeights(of network: Network) throws(StartingWeightsError) -> WeightFile.Transfer? {
        weights.isEmpty ? nil : try startingWeights(into: ParameterStore(network.graph.parameters))
    }
}

/// Weights that a training cannot start from: they cannot be read, nothing fits, or not all of it although it is asked for.
public struct StartingWeightsError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String
}
