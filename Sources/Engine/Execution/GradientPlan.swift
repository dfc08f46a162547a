/// Who writes a gradient first and who adds to it, decided once from the backward order.
struct GradientPlan {
    /// Values whose gradient is computed.
    let isNeeded: [Bool]
    /// For each node and input: nil when no gradient is written there, else whether it is added.
    let accumulates: [[Bool?]]
    /// Roots whose gradient starts at zero: parts of them are written at different times.
    let clearedRoots: Set<Int>
    /// For each cleared root the node before whose backward pass it is cleared; nil: before the loss.
    let clearedBefore: [Int: Int?]

    init(_ graph: Graph, _ storage: StoragePlan, _ needs: [MemoryNeeds], inputsNeedGradients: Bool) {
        var needed = [Bool](repeating: false, count: graph.values.count)
        if inputsNeedGradients { for input in graph.inputs { needed[input.index] = true } }
        for node in graph.nodes {
            needed[node.output.index] =
                node.inputs.contains { needed[$0.index] }
                || node.parameters.contains { graph.parameters[$0].isTrainable && !graph.parameters[$0].isFrozen }
        }
        // The loss writes the gradient of every output, also where all before it is frozen.
        for output in graph.outputs { needed[output.index] = true }
        isNeeded = needed

        var cleared: Set<Int> = []
        var result: [[Bool?]] = []
        var firstWriters: [Int: Int?] = [:]
        // A root that turns out to be written in pieces is cleared and added to from the start: hence again.
        while true {
            var pass = Pass(graph, storage, cleared: cleared)
            result = pass.run(needs, needed)
            firstWriters = pass.firstWriters
            if pass.cleared == cleared { break }
            cleared = pass.cleared
        }
        accumulates = result
        clearedRoots = cleared
        clearedBefore = firstWriters.filter { cleared.contains($0.key) }
    }

    /// One simulation of the backward pass.
    private struct Pass {
        let graph: Graph
        let storage: StoragePlan
        var cleared: Set<Int>
        /// Channels of each root that hold a gradient.
        var written: [Int: [Range<Int>]] = [:]
        /// For each root the node that writes first; nil for the loss.
        var firstWriters: [Int: Int?] = [:]

        init(_ graph: Graph, _ storage: StoragePlan, cleared: Set<Int>) {
            self.graph = graph
            self.storage = storage
            self.cleared = cleared
        }

        mutating func run(_ needs: [MemoryNeeds], _ needed: [Bool]) -> [[Bool?]] {
            var result = [[Bool?]](repeating: [], count: graph.nodes.count)
            for output in graph.outputs { _ = write(output, by: nil) }
            for index in graph.nodes.indices.reversed() {
                let node = graph.nodes[index]
                var flags = [Bool?](repeating: nil, count: node.inputs.count)
                if needed[node.output.index] {
                    let root = storage.placements[node.output.index].root
                    if coverage(of: node.output) != .whole || cleared.contains(root) { clear(root, before: index) }
                    if !(node.operation is Slice) {
                        for position in node.inputs.indices.reversed() {
                            let input = node.inputs[position]
                            guard needed[input.index], !storage.inputLiesInOutput[index][position] else { continue }
                            if needs[index].accumulatesGradients, coverage(of: input) != .whole {
                                clear(storage.placements[input.index].root, before: index)
                            }
                            flags[position] = write(input, by: index)
                        }
                    }
                }
                result[index] = flags
            }
            // Channels of an input that no node reads have a gradient of zero.
            for input in graph.inputs where needed[input.index] && coverage(of: input) == .part {
                clear(storage.placements[input.index].root, before: nil)
            }
            return result
        }

        private enum Coverage { case none, part, whole }

        private func coverage(of value: Value) -> Coverage {
            let place = storage.placements[value.index]
            if cleared.contains(place.root) { return .whole }
            let range = place.offset..<place.offset + value.shape.channels
            let overlap = (written[place.root] ?? []).reduce(0) { $0 + $1.clamped(to: range).count }
            return overlap == 0 ? .none : overlap == range.count ? .whole : .part
        }

        private mutating func clear(_ root: Int, before node: Int?) {
            cleared.insert(root)
            if firstWriters[root] == nil { firstWriters[root] = .some(node) }
        }

        /// Records a write and says whether it adds to what is there.
        private mutating func write(_ value: Value, by node: Int?) -> Bool {
            let place = storage.placements[value.index]
            if firstWriters[place.root] == nil { firstWriters[place.root] = .some(node) }
            switch coverage(of: value) {
            case .whole: return true
            case .none:
                written[place.root, default: []].append(place.offset..<place.offset + value.shape.channels)
                return false
            case .part:
                cleared.insert(place.root)
                return true
            }
        }
    }
}
