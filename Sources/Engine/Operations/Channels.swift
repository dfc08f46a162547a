/// Joins maps of one size along their channels.
public struct Concat: Operation, Hashable {
    public static let kind = "concat"

    public init() {}

    public var signature: String { Self.kind }

    public func outputShape(inputs: [Shape]) throws(GraphError) -> Shape {
        let first = inputs[0]
        for shape in inputs where shape.height != first.height || shape.width != first.width {
            throw GraphError(message: "cannot concatenate \(inputs.map(\.description).joined(separator: " and "))")
        }
        return Shape(height: first.height, width: first.width, channels: inputs.reduce(0) { $0 + $1.channels })
    }
}

/// Some consecutive channels of a map.
public struct Slice: Operation, Hashable {
    public static let kind = "slice"

    public var channels: Range<Int>

    public init(channels: Range<Int>) { self.channels = channels }

    public var signature: String { "\(Self.kind) \(channels)" }

    public func outputShape(inputs: [Shape]) throws(GraphError) -> Shape {
        guard channels.lowerBound >= 0, channels.upperBound <= inputs[0].channels, !channels.isEmpty else {
            throw GraphError(message: "channels \(channels) are not within \(inputs[0])")
        }
        return Shape(height: inputs[0].height, width: inputs[0].width, channels: channels.count)
    }
}
