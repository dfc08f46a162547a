/// An activation that stands alone; behind a convolution it is fused into `Convolution`.
public struct ActivationOperation: Operation, Hashable {
    public static let kind = "activation"

    public var activation: Activation

    public init(_ activation: Activation) { self.activation = activation }

    public var signature: String { activation.rawValue }

    public func outputShape(inputs: [Shape]) throws(GraphError) -> Shape { inputs[0] }
}

/// Sum of two maps of one shape.
public struct Add: Operation, Hashable {
    public static let kind = "add"

    public init() {}

    public var signature: String { Self.kind }

    public func outputShape(inputs: [Shape]) throws(GraphError) -> Shape {
        guard inputs[0] == inputs[1] else {
            throw GraphError(message: "cannot add \(inputs[0]) and \(inputs[1])")
        }
        return inputs[0]
    }
}

/// Product of a map and a gate: a second map of its channels that is as large or coarser, down to one pixel. Each pixel
/// takes the gate's nearest pixel, ⌊position · gate / size⌋, as if the gate were up-sampled first.
public struct Multiply: Operation, Hashable {
    public static let kind = "multiply"

    public init() {}

    public var signature: String { Self.kind }

    public func outputShape(inputs: [Shape]) throws(GraphError) -> Shape {
        let (a, b) = (inputs[0], inputs[1])
        guard a.channels == b.channels, b.height <= a.height, b.width <= a.width else {
            throw GraphError(
                message: "cannot multiply \(a) by \(b): expected \(a.channels) channels and at most its size")
        }
        return a
    }
}

/// Dropout on single scalars: training only.
public struct Dropout: Operation, Hashable {
    public static let kind = "dropout"

    /// Probability that a scalar becomes 0, in 0 ..< 1.
    public var rate: Float

    public init(rate: Float) { self.rate = rate }

    public var signature: String { "\(Self.kind) \(rate)" }

    public func outputShape(inputs: [Shape]) throws(GraphError) -> Shape {
        guard rate >= 0, rate < 1 else { throw GraphError(message: "dropout rate \(rate) is not in 0 ..< 1") }
        return inputs[0]
    }
}
