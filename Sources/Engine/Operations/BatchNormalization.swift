/// Attributes of a batch norm: normalised with the batch's biased variance in training, with the running statistics in
/// evaluation (arXiv 1502.03167).
public struct BatchNormalization: Hashable, Sendable {
    /// Path of its tensors: `<name>.weight`, `.bias`, `.running_mean`, `.running_var`.
    public var name: String
    /// Added to the variance.
    public var epsilon: Float
    /// Running statistics become (1 − momentum) · old + momentum · batch; the batch's variance is unbiased there.
    public var momentum: Float
    /// First value of the running variance.
    public var initialVariance: Float

    public init(name: String, epsilon: Float = 1e-5, momentum: Float = 0.1, initialVariance: Float = 1) {
        self.name = name
        self.epsilon = epsilon
        self.momentum = momentum
        self.initialVariance = initialVariance
    }

    func parameters(channels: Int) -> [Parameter] {
        [
            Parameter(
                name: name + ".weight", dimensions: [channels], role: .normalizationWeight, initialization: .constant(1)
            ),
            Parameter(name: name + ".bias", dimensions: [channels], role: .bias, initialization: .constant(0)),
            Parameter(
                name: name + ".running_mean", dimensions: [channels], role: .runningMean, initialization: .constant(0)),
            Parameter(
                name: name + ".running_var", dimensions: [channels], role: .runningVariance,
                initialization: .constant(initialVariance)),
        ]
    }

    var signature: String { "bn(eps \(epsilon), momentum \(momentum))" }
}
