/// A batch norm that stands alone; behind a convolution it is fused into `Convolution`.
public struct BatchNorm: Operation, Hashable {
    public static let kind = "batch_norm"

    public var attributes: BatchNormalization

    public init(_ attributes: BatchNormalization) { self.attributes = attributes }

    public var signature: String { "\(Self.kind) \(attributes.signature)" }

    public func outputShape(inputs: [Shape]) throws(GraphError) -> Shape { inputs[0] }

    public func cost(inputs: [Shape], output: Shape) -> Cost { Cost(normalizedElements: output.elementCount) }

    public func parameters(name: String, inputs: [Shape]) -> [Parameter] {
        attributes.parameters(channels: inputs[0].channels)
    }
}
