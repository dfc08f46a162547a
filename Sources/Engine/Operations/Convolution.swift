/// `activation(batchNorm(x ∗ w + b)) + residual`: cross-correlation of an NHWC map, groups from 1 to depthwise, with
/// what usually follows it fused into the same node.
public struct Convolution: Operation, Hashable {
    public static let kind = "convolution"
    /// Positions of a depthwise kernel, 9×9: the C kernels keep one vector for each.
    static let maximumDepthwiseTaps = 81

    public var outputChannels: Int
    public var kernel: Extent
    public var stride: Extent
    public var padding: Extent
    public var groups: Int
    public var hasBias: Bool
    /// Batch norm of the result, before the activation.
    public var normalization: BatchNormalization?
    public var activation: Activation

    public init(
        outputChannels: Int, kernel: Extent, stride: Extent = Extent(1), padding: Extent = Extent(0), groups: Int = 1,
        hasBias: Bool = false, normalization: BatchNormalization? = nil, activation: Activation = .identity
    ) {
        self.outputChannels = outputChannels
        self.kernel = kernel
        self.stride = stride
        self.padding = padding
        self.groups = groups
        self.hasBias = hasBias
        self.normalization = normalization
        self.activation = activation
    }

    public var signature: String {
        """
        \(Self.kind) \(kernel) stride \(stride) padding \(padding) groups \(groups) bias \(hasBias) \
        \(normalization?.signature ?? "-") \(activation.rawValue)
        """
    }

    public func outputShape(inputs: [Shape]) throws(GraphError) -> Shape {
        let x = inputs[0]
        guard groups > 0, x.channels % groups == 0, outputChannels % groups == 0, outputChannels > 0 else {
            throw GraphError(message: "\(groups) groups do not divide \(x.channels) → \(outputChannels) channels")
        }
        guard min(kernel.height, kernel.width, stride.height, stride.width) > 0 else {
            throw GraphError(message: "a kernel of \(kernel) moves by \(stride), expected sizes above 0")
        }
        let weight = [outputChannels, x.channels / groups, kernel.height, kernel.width]
        guard Shape.elementCount(weight) != nil else {
            throw GraphError(
                message: "a weight of \(weight.map { "\($0)" }.joined(separator: "×")) is too large, expected "
                    + "\(Shape.largestTensor) values at most")
        }
        if isDepthwise(x), kernel.height * kernel.width > Self.maximumDepthwiseTaps {
            throw GraphError(
                message: "a depthwise kernel has at most \(Self.maximumDepthwiseTaps) positions, not \(kernel)")
        }
        let height = x.height + 2 * padding.height - kernel.height
        let width = x.width + 2 * padding.width - kernel.width
        guard height >= 0, width >= 0 else {
            throw GraphError(message: "a \(kernel) kernel does not fit into a map of \(x.height)×\(x.width)")
        }
        let output = Shape(
            height: height / stride.height + 1, width: width / stride.width + 1, channels: outputChannels)
        if inputs.count > 1, inputs[1] != output {
            throw GraphError(message: "the residual is \(inputs[1]), the convolution gives \(output)")
        }
        return output
    }

    public func cost(inputs: [Shape], output: Shape) -> Cost {
        Cost(
            convolutionMACs: output.elementCount * (inputs[0].channels / groups) * kernel.height * kernel.width,
            normalizedElements: normalization == nil ? 0 : output.elementCount)
    }

    public func parameters(name: String, inputs: [Shape]) -> [Parameter] {
        let groupChannels = inputs[0].channels / groups
        let bound = 1 / Float(groupChannels * kernel.height * kernel.width).squareRoot()
        var list = [
            Parameter(
                name: name + ".weight",
                dimensions: [outputChannels, groupChannels, kernel.height, kernel.width],
                role: .weight, layout: .convolution(groups: groups), initialization: .uniform(bound: bound))
        ]
        if hasBias {
            list.append(
                Parameter(
                    name: name + ".bias", dimensions: [outputChannels], role: .bias,
                    initialization: .uniform(bound: bound)))
        }
        if let normalization { list += normalization.parameters(channels: outputChannels) }
        return list
    }
}
