/// Which feature maps share memory: a slice lies in its input, the parts of a concat lie in its output.
///
/// Every value ends in a *root*, a buffer of its own, at an offset of channels. Gradients lie in the same way.
struct StoragePlan {
    /// Where a value lies.
    struct Placement: Hashable {
        /// Index of the value that owns the buffer.
        var root: Int
        /// First channel within the root's pixels.
        var offset: Int
    }

    let placements: [Placement]
    /// For each node whether each input lies inside the output's memory (concat without copies).
    let inputLiesInOutput: [[Bool]]

    init(_ graph: Graph) {
        var parents = [Placement?](repeating: nil, count: graph.values.count)
        var producers = [Int?](repeating: nil, count: graph.values.count)
        for (index, node) in graph.nodes.enumerated() { producers[node.output.index] = index }
        var shared: [[Bool]] = []
        for node in graph.nodes {
            var flags = [Bool](repeating: false, count: node.inputs.count)
            if let slice = node.operation as? Slice {
                parents[node.output.index] = Placement(
                    root: node.inputs[0].index, offset: slice.channels.lowerBound)
            } else if node.operation is Concat {
                flags = Self.adopt(node, graph, producers, &parents)
            }
            shared.append(flags)
        }
        placements = graph.values.indices.map { value in
            var place = Placement(root: value, offset: 0)
            while let parent = parents[place.root] {
                place = Placement(root: parent.root, offset: place.offset + parent.offset)
            }
            return place
        }
        inputLiesInOutput = shared
    }

    /// Puts a concat's inputs into its output where they are free: made by a node and part of nothing else.
    private static func adopt(
        _ node: Node, _ graph: Graph, _ producers: [Int?], _ parents: inout [Placement?]
    ) -> [Bool] {
        var flags = [Bool](repeating: false, count: node.inputs.count)
        var offset = 0
        var index = 0
        while index < node.inputs.count {
            let input = node.inputs[index]
            let run = sliceRun(node, from: index, graph, producers)
            let candidate = run.map(\.whole) ?? input
            let length = run?.length ?? 1
            if parents[candidate.index] == nil, producers[candidate.index] != nil, candidate != node.output {
                parents[candidate.index] = Placement(root: node.output.index, offset: offset)
                for part in index..<index + length { flags[part] = true }
            }
            for part in index..<index + length { offset += node.inputs[part].shape.channels }
            index += length
        }
        return flags
    }

    /// Inputs from `start` that are all the slices of one value, in order: then that value can be put in place whole.
    private static func sliceRun(
        _ node: Node, from start: Int, _ graph: Graph, _ producers: [Int?]
    ) -> (whole: Value, length: Int)? {
        func slice(_ value: Value) -> (whole: Value, channels: Range<Int>)? {
            guard let producer = producers[value.index], let slice = graph.nodes[producer].operation as? Slice else {
                return nil
            }
            return (graph.nodes[producer].inputs[0], slice.channels)
        }
        guard let first = slice(node.inputs[start]), first.channels.lowerBound == 0 else { return nil }
        var end = first.channels.upperBound
        var length = 1
        while end < first.whole.shape.channels {
            guard start + length < node.inputs.count, let next = slice(node.inputs[start + length]),
                next.whole == first.whole, next.channels.lowerBound == end
            else { return nil }
            end = next.channels.upperBound
            length += 1
        }
        return (first.whole, length)
    }
}
