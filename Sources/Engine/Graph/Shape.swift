/// Height, width and channels of one image's feature map; the batch dimension is not part of a graph.
///
/// Feature maps lie in memory as NHWC: channels innermost.
public struct Shape: Hashable, Sendable, CustomStringConvertible {
    public var height: Int
    public var width: Int
    public var channels: Int

    public init(height: Int, width: Int, channels: Int) {
        self.height = height
        self.width = width
        self.channels = channels
    }

    /// Number of spatial positions, `height · width`.
    public var pixelCount: Int { height * width }

    /// Number of scalars of one image.
    public var elementCount: Int { height * width * channels }

    public var description: String { "\(height)×\(width)×\(channels)" }

    /// Scalars that a tensor has at most: 1 GiB of them.
    static let largestTensor = 1 << 28

    /// The product of sizes; nil where one is below 1 or the product is above `largestTensor`.
    static func elementCount(_ sizes: [Int]) -> Int? {
        var product = 1
        for size in sizes {
            let (next, overflows) = product.multipliedReportingOverflow(by: size)
            guard size > 0, !overflows, next <= largestTensor else { return nil }
            product = next
        }
        return product
    }
}

/// A pair of spatial sizes in pixels: a kernel, a stride, a padding.
public struct Extent: Hashable, Sendable, CustomStringConvertible {
    public var height: Int
    public var width: Int

    public init(height: Int, width: Int) {
        self.height = height
        self.width = width
    }

    /// The same size in both directions.
    public init(_ side: Int) {
        self.init(height: side, width: side)
    }

    public var description: String { height == width ? "\(height)" : "\(height)x\(width)" }
}
