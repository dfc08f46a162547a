/// What one forward pass of one image costs, in scalar operations; sums over nodes with `+`.
public struct Cost: Hashable, Sendable {
    /// Multiply-accumulates of convolutions, biases not counted.
    public var convolutionMACs = 0
    /// Multiply-accumulates of linear layers and of matrix products (attention).
    public var productMACs = 0
    /// Scalars that pass through a batch norm.
    public var normalizedElements = 0
    /// Scalars that an up-sampling writes.
    public var upsampledElements = 0

    public init(
        convolutionMACs: Int = 0, productMACs: Int = 0, normalizedElements: Int = 0, upsampledElements: Int = 0
    ) {
        self.convolutionMACs = convolutionMACs
        self.productMACs = productMACs
        self.normalizedElements = normalizedElements
        self.upsampledElements = upsampledElements
    }

    public static func + (a: Cost, b: Cost) -> Cost {
        Cost(
            convolutionMACs: a.convolutionMACs + b.convolutionMACs,
            productMACs: a.productMACs + b.productMACs,
            normalizedElements: a.normalizedElements + b.normalizedElements,
            upsampledElements: a.upsampledElements + b.upsampledElements)
    }

    public static func += (a: inout Cost, b: Cost) { a = a + b }
}
