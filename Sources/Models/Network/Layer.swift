import Engine

/// One row on its way into a graph: what a module reads and the builder that it appends to.
struct Layer {
    var builder: GraphBuilder
    /// The maps that the row reads.
    var inputs: [Value]
    /// Prefix of node and weight names, such as `model.3`; empty for none.
    var path: String
    let arguments: ModuleArguments
    /// After scaling by the depth.
    let repeats: Int
    let scale: Scale
    /// The row's options under those of the caller.
    let options: BackboneOptions
    let classCount: Int
    let imageHeight: Int
    let imageWidth: Int
    let isDetector: Bool
    /// Batch norms that Ultralytics' counter of operations does not see.
    var uncountedNormalizations: Set<String> = []

    var input: Value { inputs[0] }

    /// A name below the row's.
    func name(_ part: String) -> String { path.isEmpty ? part : "\(path).\(part)" }

    /// Batch norm `name`: Ultralytics' constants in detectors, PyTorch's in classifiers.
    ///
    /// Ultralytics 8.3.0 probes the strides with one image of zeros in training mode, so that its running variances
    /// start at 0.9.
    func normalization(_ name: String) -> BatchNormalization {
        isDetector
            ? BatchNormalization(name: name, epsilon: 1e-3, momentum: 0.03, initialVariance: 0.9)
            : BatchNormalization(name: name)
    }

    /// Convolution without bias, batch norm, activation and residual, under any names.
    mutating func normalizedConvolution(
        _ x: Value, channels: Int, kernel: Extent = Extent(1), stride: Int = 1, padding: Extent? = nil, groups: Int = 1,
        activation: Activation = .identity, weight: String, norm: String, residual: Value? = nil
    ) throws(GraphError) -> Value {
        let convolution = Convolution(
            outputChannels: channels, kernel: kernel, stride: Extent(stride),
            padding: padding ?? Extent(height: kernel.height / 2, width: kernel.width / 2), groups: groups,
            normalization: normalization(norm), activation: activation)
        return try builder.convolution(x, convolution, name: weight, residual: residual)
    }

    /// Ultralytics' `Conv`: convolution, batch norm and SiLU with the names `<path>.conv` and `<path>.bn`.
    mutating func conv(
        _ x: Value, channels: Int, kernel: Int = 1, stride: Int = 1, groups: Int = 1, activation: Activation = .silu,
        path: String, residual: Value? = nil
    ) throws(GraphError) -> Value {
        try normalizedConvolution(
            x, channels: channels, kernel: Extent(kernel), stride: stride, groups: groups, activation: activation,
            weight: path + ".conv", norm: path + ".bn", residual: residual)
    }
}
