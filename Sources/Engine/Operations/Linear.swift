/// Fully connected layer `y = W·x + b` on one image flattened in channel order; PyTorch's `nn.Linear`.
public struct Linear: Operation, Hashable {
    public static let kind = "linear"

    public var outputFeatures: Int
    public var hasBias: Bool

    public init(outputFeatures: Int, hasBias: Bool = true) {
        self.outputFeatures = outputFeatures
        self.hasBias = hasBias
    }

    public var signature: String { "\(Self.kind) \(outputFeatures) bias \(hasBias)" }

    public func outputShape(inputs: [Shape]) throws(GraphError) -> Shape {
        guard inputs[0].pixelCount == 1 else {
            throw GraphError(message: "a linear layer takes a 1×1 map, not \(inputs[0])")
        }
        return Shape(height: 1, width: 1, channels: outputFeatures)
    }

    public func cost(inputs: [Shape], output: Shape) -> Cost {
        Cost(productMACs: inputs[0].channels * outputFeatures)
    }

    public func parameters(name: String, inputs: [Shape]) -> [Parameter] {
        let bound = 1 / Float(inputs[0].channels).squareRoot()
        var list = [
            Parameter(
                name: name + ".weight", dimensions: [outputFeatures, inputs[0].channels], role: .weight,
                layout: .convolution(groups: 1), initialization: .uniform(bound: bound))
        ]
        if hasBias {
            list.append(
                Parameter(
                    name: name + ".bias", dimensions: [outputFeatures], role: .bias,
                    initialization: .uniform(bound: bound)))
        }
        return list
    }
}
