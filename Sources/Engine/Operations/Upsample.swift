/// Resizes a map to a given size.
public struct Upsample: Operation, Hashable {
    public static let kind = "upsample"

    public enum Mode: Hashable, Sendable {
        /// Source index = ⌊index · in / out⌋.
        case nearest
        /// Linear in both directions. With `alignCorners` source = i · (in − 1)/(out − 1), else
        /// source = max((i + ½) · in/out − ½, 0).
        case bilinear(alignCorners: Bool)
    }

    public var mode: Mode
    public var height: Int
    public var width: Int

    public init(_ mode: Mode, height: Int, width: Int) {
        self.mode = mode
        self.height = height
        self.width = width
    }

    public var signature: String {
        switch mode {
        case .nearest: "\(Self.kind) nearest \(height)x\(width)"
        case .bilinear(let align): "\(Self.kind) bilinear align \(align) \(height)x\(width)"
        }
    }

    public func outputShape(inputs: [Shape]) throws(GraphError) -> Shape {
        guard height > 0, width > 0 else { throw GraphError(message: "cannot resize to \(height)×\(width)") }
        return Shape(height: height, width: width, channels: inputs[0].channels)
    }

    public func cost(inputs: [Shape], output: Shape) -> Cost { Cost(upsampledElements: output.elementCount) }
}
