/// A tensor of the network that is kept between steps: a trainable weight or a running statistic.
public struct Parameter: Hashable, Sendable {
    /// What the tensor is to the optimizer and to a weight file.
    public enum Role: String, Hashable, Sendable {
        /// A convolution's or linear layer's weight: decayed.
        case weight
        /// A bias, of a convolution or (β) of a batch norm: never decayed.
        case bias
        /// A batch norm's γ: never decayed.
        case normalizationWeight
        /// A batch norm's running mean: not trained, moved by the forward pass.
        case runningMean
        /// A batch norm's running variance (unbiased): not trained, moved by the forward pass.
        case runningVariance
        /// A constant that counts as a parameter and is never trained, such as the bins of DFL.
        case constant
    }

    /// How the first values are drawn.
    public enum Initialization: Hashable, Sendable, CustomStringConvertible {
        /// Uniform in ±bound.
        case uniform(bound: Float)
        case constant(Float)
        /// 0, 1, 2, …
        case ramp

        /// Spelled out, as graphs of thousands of parameters are written for their digests.
        public var description: String {
            switch self {
            case .uniform(let bound): "uniform(bound: \(bound))"
            case .constant(let value): "constant(\(value))"
            case .ramp: "ramp"
            }
        }
    }

    /// How the tensor lies in the engine's memory against its PyTorch dimensions.
    public enum Layout: Hashable, Sendable {
        /// The same order as PyTorch's.
        case plain
        /// PyTorch `[out, in/groups, kh, kw]`, here `[group][kh][kw][in/groups][out/groups]`: for each group the matrix
        /// that multiplies a row of an unrolled NHWC image. Depthwise (one channel in and out a group): `[kh][kw][c]`.
        case convolution(groups: Int)
    }

    /// PyTorch's name, such as `model.0.conv.weight`.
    public let name: String
    /// PyTorch's dimensions.
    public let dimensions: [Int]
    public let role: Role
    public let layout: Layout
    public var initialization: Initialization
    /// Whether training leaves it as it is, although its role is that of a weight or bias.
    public var isFrozen = false

    public init(
        name: String, dimensions: [Int], role: Role, layout: Layout = .plain, initialization: Initialization
    ) {
        self.name = name
        self.dimensions = dimensions
        self.role = role
        self.layout = layout
        self.initialization = initialization
    }

    public var elementCount: Int { dimensions.reduce(1, *) }

    /// Whether an optimizer moves it, unless it is frozen.
    public var isTrainable: Bool {
        switch role {
        case .weight, .bias, .normalizationWeight: true
        case .runningMean, .runningVariance, .constant: false
        }
    }

    /// Whether PyTorch's `parameters()` has it (constants included, running statistics not).
    public var isCounted: Bool { role != .runningMean && role != .runningVariance }
}
