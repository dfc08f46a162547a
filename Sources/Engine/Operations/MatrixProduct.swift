/// For each head, the product of two matrices that lie inside feature maps: `scale · a · b` or `scale · a · bᵀ`.
///
/// A map H×W×C is read as a matrix of H·W rows; head `h` takes the columns `offset + h · headStride ..< + columns`.
/// With `.headMajor` a map is instead heads×rows×columns, as scores are. The output is either of the two.
public struct MatrixProduct: Operation, Hashable {
    public static let kind = "matrix_product"

    /// Where the matrices of an operand lie.
    public enum Operand: Hashable, Sendable {
        /// Channels `offset + head · headStride ..< + columns` of every position.
        case channels(offset: Int, headStride: Int, columns: Int)
        /// The map is heads × rows × columns.
        case headMajor
    }

    public var heads: Int
    public var a: Operand
    public var b: Operand
    public var isTransposed: Bool
    public var scale: Float
    /// Shape of the output: `headMajor` (heads × rows × columns) or the positions of `a` or `b` with heads side by side.
    public var output: Shape
    public var outputIsHeadMajor: Bool

    public init(
        heads: Int, a: Operand, b: Operand, isTransposed: Bool, scale: Float = 1, output: Shape, outputIsHeadMajor: Bool
    ) {
        self.heads = heads
        self.a = a
        self.b = b
        self.isTransposed = isTransposed
        self.scale = scale
        self.output = output
        self.outputIsHeadMajor = outputIsHeadMajor
    }

    public var signature: String {
        "\(Self.kind) heads \(heads) a \(a) b \(b) transposed \(isTransposed) scale \(scale) output \(output)"
    }

    /// Rows and columns of one head's matrix of an operand.
    func size(of operand: Operand, in shape: Shape) -> (rows: Int, columns: Int) {
        switch operand {
        case .channels(_, _, let columns): (shape.pixelCount, columns)
        case .headMajor: (shape.width, shape.channels)
        }
    }

    public func outputShape(inputs: [Shape]) throws(GraphError) -> Shape {
        for (operand, shape) in zip([a, b], inputs) {
            switch operand {
            case .channels(let offset, let headStride, let columns):
                guard offset >= 0, offset + (heads - 1) * headStride + columns <= shape.channels else {
                    throw GraphError(message: "\(heads) heads of \(columns) columns do not lie within \(shape)")
                }
            case .headMajor:
                guard shape.height == heads else {
                    throw GraphError(message: "expected \(heads) heads × rows × columns, not \(shape)")
                }
            }
        }
        let (left, right) = (size(of: a, in: inputs[0]), size(of: b, in: inputs[1]))
        let (inner, columns) = isTransposed ? (right.columns, right.rows) : (right.rows, right.columns)
        guard left.columns == inner else {
            throw GraphError(message: "inner sizes \(left.columns) and \(inner) of a matrix product differ")
        }
        let fits =
            outputIsHeadMajor
            ? output == Shape(height: heads, width: left.rows, channels: columns)
            : output.pixelCount == left.rows && output.channels == heads * columns
        guard fits else {
            throw GraphError(message: "\(heads) products of \(left.rows)×\(columns) do not fill \(output)")
        }
        return output
    }

    public func cost(inputs: [Shape], output: Shape) -> Cost {
        Cost(productMACs: output.elementCount * size(of: a, in: inputs[0]).columns)
    }
}

/// Softmax over the channels of each position.
public struct Softmax: Operation, Hashable {
    public static let kind = "softmax"

    public init() {}

    public var signature: String { Self.kind }

    public func outputShape(inputs: [Shape]) throws(GraphError) -> Shape { inputs[0] }
}
