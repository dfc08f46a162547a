/// A pointwise non-linearity.
public enum Activation: String, Hashable, Sendable, CaseIterable {
    case identity
    /// max(x, 0)
    case relu
    /// x · sigmoid(x)
    case silu
    case sigmoid
    /// min(max(x + 3, 0), 6) / 6
    case hardSigmoid
}
