package import Engine
import Foundation

/// The update rule and rates that a configuration asks for, with `auto` resolved.
package struct OptimizerChoice: Equatable {
    package var rule: UpdateRule
    package var learningRate: Double
    package var momentum: Double
    package var warmupBiasLR: Double
    /// Whether warm-up moves the momentum.
    package var hasMomentum: Bool

    /// PyTorch's defaults.
    private static let beta2 = 0.999
    private static let epsilon: Float = 1e-8

    /// - Parameters:
    ///   - imageCount: training images, which `auto` depends on.
    package init(_ configuration: TrainingConfiguration, imageCount: Int, classCount: Int) {
        let momentum = configuration.momentum
        let (beta2, epsilon) = (Self.beta2, Self.epsilon)
        learningRate = configuration.lr0
        self.momentum = momentum
        warmupBiasLR = configuration.warmupBiasLR
        hasMomentum = false
        switch configuration.optimizer {
        case .sgd:
            rule = .sgd(momentum: Float(momentum), nesterov: true)
            hasMomentum = true
        case .rmsProp:
            rule = .rmsProp(momentum: Float(momentum), smoothing: 0.99, epsilon: epsilon)
            hasMomentum = true
        case .adamW: rule = .adamW(beta1: momentum, beta2: beta2, epsilon: epsilon)
        case .adam: rule = .adam(beta1: momentum, beta2: beta2, epsilon: epsilon)
        case .adamax: rule = .adamax(beta1: momentum, beta2: beta2, epsilon: epsilon)
        case .nAdam: rule = .nAdam(beta1: momentum, beta2: beta2, epsilon: epsilon, momentumDecay: 0.004)
        case .rAdam: rule = .rAdam(beta1: momentum, beta2: beta2, epsilon: epsilon)
        case .auto:
            let perEpoch = max(configuration.batch, configuration.nominalBatch)
            let iterations = (imageCount + perEpoch - 1) / perEpoch * configuration.epochs
            warmupBiasLR = 0
            if iterations > 10_000 {
                // Warm-up still aims at the configured momentum afterwards.
                rule = .sgd(momentum: 0.9, nesterov: true)
                learningRate = 0.01
                hasMomentum = true
            } else {
                rule = .adamW(beta1: 0.9, beta2: beta2, epsilon: epsilon)
                learningRate = (0.002 * 5 / Double(4 + classCount) * 1e6).rounded(.toNearestOrEven) / 1e6
                self.momentum = 0.9
            }
        }
    }
}
