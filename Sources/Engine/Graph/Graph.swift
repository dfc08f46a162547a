/// A feature map in a graph: the output of one node, or an input of the graph.
public struct Value: Hashable, Sendable {
    /// Position in `Graph.values`.
    public let index: Int
    public let shape: Shape
}

/// One operation of a graph with what it reads and what it writes.
public struct Node: Sendable {
    /// Path of the module that made it, such as `model.2.m.0.cv1`.
    public let name: String
    public let operation: any Operation
    public let inputs: [Value]
    public let output: Value
    /// Positions in `Graph.parameters`, in the order that the operation expects.
    public let parameters: [Int]
}

/// A network traced for one image size: immutable, in execution order, independent of the batch size.
public struct Graph: Sendable {
    public let nodes: [Node]
    public let values: [Value]
    /// Weights and running statistics, in order of creation.
    public private(set) var parameters: [Parameter]
    public let inputs: [Value]
    public let outputs: [Value]

    /// Number of parameters as PyTorch counts them.
    public var parameterCount: Int {
        parameters.reduce(0) { $0 + ($1.isCounted ? $1.elementCount : 0) }
    }

    /// Cost of one forward pass of one image.
    public var cost: Cost { nodes.reduce(into: Cost()) { $0 += cost(of: $1) } }

    public func cost(of node: Node) -> Cost {
        node.operation.cost(inputs: node.inputs.map(\.shape), output: node.output.shape)
    }

    /// The same graph in which some weights and biases keep their values: no gradient is computed before the first that is
    /// trained. Running statistics move as ever.
    public func freezing(_ isFrozen: (Parameter) -> Bool) -> Graph {
        var graph = self
        for index in parameters.indices where parameters[index].isTrainable {
            graph.parameters[index].isFrozen = isFrozen(parameters[index])
        }
        return graph
    }

    /// One line for each node, parameter and output that says everything about it except module names: two graphs with
    /// equal signatures compute the same function of equally initialised weights.
    public var signature: String {
        var lines: [String] = []
        for node in nodes {
            let inputs = node.inputs.map { "\($0.index):\($0.shape)" }.joined(separator: ",")
            lines.append("\(node.operation.signature)(\(inputs))->\(node.output.index):\(node.output.shape)")
        }
        for parameter in parameters {
            lines.append("\(parameter.dimensions) \(parameter.role.rawValue) \(parameter.initialization)")
        }
        lines.append("outputs \(outputs.map(\.index))")
        return lines.joined(separator: "\n")
    }
}

/// A network that cannot be built: which node, and why.
public struct GraphError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Path of the module, empty while the operation alone is checked.
    public var node: String
    public var message: String

    public init(node: String = "", message: String) {
        self.node = node
        self.message = message
    }

    public var description: String { node.isEmpty ? message : "\(node): \(message)" }
}
