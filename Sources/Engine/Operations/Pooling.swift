/// Maximum or mean over windows.
public struct Pooling: Operation, Hashable {
    public static let kind = "pooling"

    public enum Reduction: String, Hashable, Sendable {
        /// Padding never wins; of equal scalars the first in row order takes the gradient.
        case max
        /// Mean of the window; without padding.
        case average
    }

    public var reduction: Reduction
    public var kernel: Extent
    public var stride: Extent
    public var padding: Extent

    public init(_ reduction: Reduction, kernel: Extent, stride: Extent, padding: Extent) {
        self.reduction = reduction
        self.kernel = kernel
        self.stride = stride
        self.padding = padding
    }

    public var signature: String { "\(reduction.rawValue)_pool \(kernel) stride \(stride) padding \(padding)" }

    public func outputShape(inputs: [Shape]) throws(GraphError) -> Shape {
        let x = inputs[0]
        guard reduction == .max || padding == Extent(0) else {
            throw GraphError(message: "average pooling has no padding here, not \(padding)")
        }
        guard min(kernel.height, kernel.width, stride.height, stride.width) > 0 else {
            throw GraphError(message: "a window of \(kernel) moves by \(stride), expected sizes above 0")
        }
        guard 2 * padding.height <= kernel.height, 2 * padding.width <= kernel.width else {
            throw GraphError(message: "a pooling window of \(kernel) is padded by at most its half, not by \(padding)")
        }
        guard reduction == .average || kernel.height * kernel.width <= 256 else {
            throw GraphError(message: "a max-pooling window has at most 256 positions, not \(kernel)")
        }
        let height = x.height + 2 * padding.height - kernel.height
        let width = x.width + 2 * padding.width - kernel.width
        guard height >= 0, width >= 0 else {
            throw GraphError(message: "a \(kernel) pooling window does not fit into a map of \(x.height)×\(x.width)")
        }
        return Shape(height: height / stride.height + 1, width: width / stride.width + 1, channels: x.channels)
    }
}

/// Mean over all positions of a map: 1×1×C.
public struct GlobalAveragePool: Operation, Hashable {
    public static let kind = "global_average_pool"

    public init() {}

    public var signature: String { Self.kind }

    public func outputShape(inputs: [Shape]) throws(GraphError) -> Shape {
        Shape(height: 1, width: 1, channels: inputs[0].channels)
    }
}
