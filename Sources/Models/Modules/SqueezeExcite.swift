import Engine

extension Layer {
    /// Squeeze-and-excitation (arXiv 1709.01507): every channel times a factor from the means of all channels.
    mutating func squeezeExcite(_ x: Value, reducedChannels: Int, path: String) throws(GraphError) -> Value {
        let mean = try builder.globalAveragePool(x, name: path + ".pool")
        let reduced = try builder.convolution(
            mean, Convolution(outputChannels: reducedChannels, kernel: Extent(1), hasBias: true, activation: .relu),
            name: path + ".conv_reduce")
        let gate = try builder.convolution(
            reduced,
            Convolution(outputChannels: x.shape.channels, kernel: Extent(1), hasBias: true, activation: .hardSigmoid),
            name: path + ".conv_expand")
        return try builder.multiply(x, gate, name: path)
    }
}
