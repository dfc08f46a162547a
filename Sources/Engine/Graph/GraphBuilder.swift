/// Traces a network into a `Graph`: each call appends one node, checks its shapes and creates its parameters.
///
/// Nodes and parameters are named by the caller's path (`name`), which for weights is PyTorch's: a convolution named
/// `model.0.conv` owns `model.0.conv.weight`.
public struct GraphBuilder {
    private var nodes: [Node] = []
    private var values: [Value] = []
    private var parameters: [Parameter] = []
    private var parameterNames: Set<String> = []
    private var inputs: [Value] = []

    public init() {}

    /// An image or feature map that the caller fills before each forward pass.
    public mutating func input(_ shape: Shape) -> Value {
        let value = append(shape)
        inputs.append(value)
        return value
    }

    /// Appends any operation; the typed methods below are the usual way.
    /// - Throws: `GraphError` with `name` when the shapes do not fit or a parameter name is taken.
    public mutating func apply(_ operation: any Operation, to inputs: [Value], name: String) throws(GraphError) -> Value
    {
        let shapes = inputs.map(\.shape)
        let output: Shape
        do {
            output = try operation.outputShape(inputs: shapes)
        } catch {
            throw GraphError(node: name, message: error.message)
        }
        guard Shape.elementCount([output.height, output.width, output.channels]) != nil else {
            throw GraphError(
                node: name, message: "a map of \(output), expected \(Shape.largestTensor) values at most")
        }
        var indices: [Int] = []
        for parameter in operation.parameters(name: name, inputs: shapes) {
            indices.append(try add(parameter, node: name))
        }
        let value = append(output)
        nodes.append(Node(name: name, operation: operation, inputs: inputs, output: value, parameters: indices))
        return value
    }

    /// Registers a tensor that no node reads, such as the fixed bins of DFL, so that it counts and is stored.
    public mutating func constant(_ parameter: Parameter) throws(GraphError) {
        _ = try add(parameter, node: parameter.name)
    }

    /// Replaces the initial value of a parameter that exists already.
    public mutating func initialize(_ name: String, _ initialization: Parameter.Initialization) {
        guard let index = parameters.firstIndex(where: { $0.name == name }) else {
            preconditionFailure("no parameter is named \(name)")
        }
        parameters[index].initialization = initialization
    }

    public func finish(outputs: [Value]) -> Graph {
        Graph(nodes: nodes, values: values, parameters: parameters, inputs: inputs, outputs: outputs)
    }

    private mutating func append(_ shape: Shape) -> Value {
        let value = Value(index: values.count, shape: shape)
        values.append(value)
        return value
    }

    private mutating func add(_ parameter: Parameter, node: String) throws(GraphError) -> Int {
        guard parameterNames.insert(parameter.name).inserted else {
            throw GraphError(node: node, message: "a second parameter is named \(parameter.name)")
        }
        parameters.append(parameter)
        return parameters.count - 1
    }
}

extension GraphBuilder {
    /// Convolution with optional bias, batch norm, activation and residual, computed as one node:
    /// `activation(batchNorm(x ∗ w + b)) + residual`.
    ///
    /// - Parameters:
    ///   - name: path of the weight, `<name>.weight` and `<name>.bias`.
    ///   - convolution: attributes; `convolution.normalization` carries the path of the batch norm.
    ///   - residual: added after the activation; of the output's shape.
    public mutating func convolution(
        _ x: Value, _ convolution: Convolution, name: String, residual: Value? = nil
    ) throws(GraphError) -> Value {
        try apply(convolution, to: [x] + (residual.map { [$0] } ?? []), name: name)
    }

    /// Fully connected layer on the flattened image: a 1×1 output of `outputFeatures` channels.
    public mutating func linear(_ x: Value, outputFeatures: Int, hasBias: Bool = true, name: String) throws(GraphError)
        -> Value
    {
        try apply(Linear(outputFeatures: outputFeatures, hasBias: hasBias), to: [x], name: name)
    }

    public mutating func batchNorm(_ x: Value, _ attributes: BatchNormalization) throws(GraphError) -> Value {
        try apply(BatchNorm(attributes), to: [x], name: attributes.name)
    }

    public mutating func activation(_ x: Value, _ activation: Activation, name: String) throws(GraphError) -> Value {
        try apply(ActivationOperation(activation), to: [x], name: name)
    }

    public mutating func add(_ a: Value, _ b: Value, name: String) throws(GraphError) -> Value {
        try apply(Add(), to: [a, b], name: name)
    }

    /// Product of a map with `b`, a gate of equal channels that is as large or coarser: see `Multiply`.
    public mutating func multiply(_ a: Value, _ b: Value, name: String) throws(GraphError) -> Value {
        try apply(Multiply(), to: [a, b], name: name)
    }

    /// Joins maps of one size along their channels.
    public mutating func concat(_ parts: [Value], name: String) throws(GraphError) -> Value {
        try apply(Concat(), to: parts, name: name)
    }

    /// The channels `range` of a map; a split is several of these.
    public mutating func slice(_ x: Value, channels range: Range<Int>, name: String) throws(GraphError) -> Value {
        try apply(Slice(channels: range), to: [x], name: name)
    }

    /// Maximum over windows; padding never wins.
    public mutating func maxPool(_ x: Value, kernel: Extent, stride: Extent, padding: Extent, name: String)
        throws(GraphError) -> Value
    {
        try apply(Pooling(.max, kernel: kernel, stride: stride, padding: padding), to: [x], name: name)
    }

    /// Mean over windows without padding; what does not fill a window is dropped.
    public mutating func averagePool(_ x: Value, kernel: Extent, stride: Extent, name: String) throws(GraphError)
        -> Value
    {
        try apply(Pooling(.average, kernel: kernel, stride: stride, padding: Extent(0)), to: [x], name: name)
    }

    /// Mean over all positions: 1×1×C.
    public mutating func globalAveragePool(_ x: Value, name: String) throws(GraphError) -> Value {
        try apply(GlobalAveragePool(), to: [x], name: name)
    }

    /// Nearest-neighbour resize: source row = ⌊row · in / out⌋.
    public mutating func upsampleNearest(_ x: Value, height: Int, width: Int, name: String) throws(GraphError) -> Value
    {
        try apply(Upsample(.nearest, height: height, width: width), to: [x], name: name)
    }

    /// Bilinear resize; `alignCorners` maps the corner pixels onto each other.
    public mutating func upsampleBilinear(
        _ x: Value, height: Int, width: Int, alignCorners: Bool, name: String
    ) throws(GraphError) -> Value {
        try apply(Upsample(.bilinear(alignCorners: alignCorners), height: height, width: width), to: [x], name: name)
    }

    /// For each head `scale · a · bᵀ` (`transposed`) or `a · b`, on matrices that lie inside feature maps.
    public mutating func matrixProduct(
        _ a: Value, _ b: Value, _ product: MatrixProduct, name: String
    ) throws(GraphError) -> Value {
        try apply(product, to: [a, b], name: name)
    }

    /// Softmax over the channels of each position.
    public mutating func softmax(_ x: Value, name: String) throws(GraphError) -> Value {
        try apply(Softmax(), to: [x], name: name)
    }

    /// Zeroes a share `rate` of the scalars in training and scales the rest by 1/(1−rate); identity in evaluation.
    public mutating func dropout(_ x: Value, rate: Float, name: String) throws(GraphError) -> Value {
        try apply(Dropout(rate: rate), to: [x], name: name)
    }
}
