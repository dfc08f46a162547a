/// Where every buffer of an executor lies in one block of memory, so that a step allocates nothing.
///
/// Time runs 0 ..< N over the nodes forward, N is the loss, then backwards: node i is differentiated at 2N − i. Buffers
/// that are never alive at the same time share addresses (greedy, largest first). In training they stay alive for a few
/// nodes longer than they are read, so that a lane need not wait for the others before it overwrites them.
public struct MemoryPlan: Sendable {
    /// A stretch of floats that is alive from `first` to `last`.
    package struct Buffer: Hashable, Sendable {
        package let floats: Int
        package let first: Int
        package let last: Int

        package init(floats: Int, first: Int, last: Int) {
            self.floats = floats
            self.first = first
            self.last = last
        }
    }

    /// Everything that lies in the block.
    package let buffers: [Buffer]
    /// Where each of `buffers` begins, in floats.
    package let offsets: [Int]

    /// Offsets in floats.
    let valueOffsets: [Int?]
    let gradientOffsets: [Int?]
    let savedOffsets: [Int?]
    let persistentOffsets: [Int?]
    let scratchOffset: Int
    let scratchFloatsPerLane: Int
    let sharedScratchOffset: Int
    let sharedScratchFloats: Int
    /// Which of the two shared scratches a node has; nil for nodes that need none.
    let sharedScratchAreas: [Int?]
    /// The buffers of maps that a node's forward and its backward phases read or write.
    private let touched: [(forward: [Int], backward: [Int])]
    /// Floats of the whole block.
    package let floatCount: Int
    let storage: StoragePlan
    let gradients: GradientPlan?

    /// Bytes of feature maps, gradients, saved tensors and scratch; parameters come on top.
    public var byteCount: Int { floatCount * MemoryLayout<Float>.stride }

    /// - Parameters:
    ///   - capacity: the largest batch.
    ///   - isTraining: whether gradients are computed.
    public init(_ graph: Graph, capacity: Int, isTraining: Bool) {
        self.init(graph, capacity: capacity, mode: isTraining ? .training : .inference, inputsNeedGradients: false)
    }

    init(_ graph: Graph, capacity: Int, mode: KernelContext.Mode, inputsNeedGradients: Bool) {
        let storage = StoragePlan(graph)
        let needs = graph.nodes.map { node in
            Self.executable(node).memory(
                inputs: node.inputs.map(\.shape), output: node.output.shape, mode: mode)
        }
        let count = graph.nodes.count
        let end = 2 * count
        let gradients =
            mode == .training
            ? GradientPlan(graph, storage, needs, inputsNeedGradients: inputsNeedGradients) : nil

        // Lifetimes of the roots' values and gradients.
        var values = [(first: Int, last: Int)?](repeating: nil, count: graph.values.count)
        var derivatives = [(first: Int, last: Int)?](repeating: nil, count: graph.values.count)
        func extend(_ list: inout [(first: Int, last: Int)?], _ value: Value, _ time: Int) {
            let root = storage.placements[value.index].root
            let old = list[root] ?? (time, time)
            list[root] = (min(old.first, time), max(old.last, time))
        }
        for input in graph.inputs {
            extend(&values, input, 0)
            extend(&values, input, end)
        }
        for output in graph.outputs {
            extend(&values, output, mode == .training ? end : count)
            extend(&derivatives, output, count)
        }
        for (index, node) in graph.nodes.enumerated() {
            extend(&values, node.output, index)
            for input in node.inputs { extend(&values, input, index) }
            guard let gradients, gradients.isNeeded[node.output.index] else { continue }
            extend(&derivatives, node.output, end - index)
            if needs[index].backwardReadsOutput { extend(&values, node.output, end - index) }
            for position in needs[index].backwardReads { extend(&values, node.inputs[position], end - index) }
            for (position, flag) in gradients.accumulates[index].enumerated() where flag != nil {
                extend(&derivatives, node.inputs[position], end - index)
            }
        }
        // The caller reads the inputs' gradients after the last node.
        for input in graph.inputs where inputsNeedGradients && derivatives[input.index] != nil {
            extend(&derivatives, input, end)
        }

        var buffers: [Buffer] = []
        let afterlife = mode == .training ? Self.afterlife : 0
        func reserve(_ floats: Int, _ first: Int, _ last: Int) -> Int? {
            guard floats > 0 else { return nil }
            buffers.append(
                Buffer(floats: (floats + 15) / 16 * 16, first: first, last: min(last + afterlife, max(last, end))))
            return buffers.count - 1
        }
        var valueBuffers = [Int?](repeating: nil, count: graph.values.count)
        var gradientBuffers = valueBuffers
        for (root, value) in graph.values.enumerated() where storage.placements[root].root == root {
            let floats = capacity * value.shape.elementCount
            if let life = values[root] { valueBuffers[root] = reserve(floats, life.first, life.last) }
            if mode == .training, let life = derivatives[root] {
                gradientBuffers[root] = reserve(floats, life.first, life.last)
            }
        }
        let saved = needs.enumerated().map { reserve($1.savedPerImage * capacity, $0, end - $0) }
        let persistent = needs.map { reserve($0.persistent, 0, end) }
        scratchFloatsPerLane = (needs.map(\.laneScratch).max() ?? 0) + 16
        let scratch = reserve(scratchFloatsPerLane * BatchState.laneCount, 0, end)

        sharedScratchFloats = ((needs.map(\.sharedScratch).max() ?? 0) + 31) / 16 * 16
        let shared = reserve(2 * sharedScratchFloats, 0, end)
        var areas: [Int?] = []
        var preparedCount = 0
        for need in needs {
            areas.append(need.sharedScratch > 0 ? preparedCount % 2 : nil)
            if need.sharedScratch > 0 { preparedCount += 1 }
        }
        sharedScratchAreas = areas

        touched = graph.nodes.enumerated().map { index, node in
            let roots = Set((node.inputs + [node.output]).map { storage.placements[$0.index].root })
            let forward = roots.compactMap { valueBuffers[$0] } + [saved[index]].compactMap(\.self)
            return (forward, forward + roots.compactMap { gradientBuffers[$0] })
        }

        let (offsets, total) = Self.place(buffers)
        self.buffers = buffers
        self.offsets = offsets
        valueOffsets = valueBuffers.map { $0.map { offsets[$0] } }
        gradientOffsets = gradientBuffers.map { $0.map { offsets[$0] } }
        savedOffsets = saved.map { $0.map { offsets[$0] } }
        persistentOffsets = persistent.map { $0.map { offsets[$0] } }
        scratchOffset = scratch.map { offsets[$0] } ?? 0
        sharedScratchOffset = shared.map { offsets[$0] } ?? 0
        floatCount = total
        self.storage = storage
        self.gradients = gradients
    }

    /// Nodes for which a buffer outlives its last use in training.
    private static let afterlife = 3

    /// Whether maps of one node lie where other maps of another node lie.
    func sharesMemory(_ a: Int, _ b: Int, isForward: Bool) -> Bool {
        guard a != b else { return false }
        let (first, second) =
            isForward ? (touched[a].forward, touched[b].forward) : (touched[a].backward, touched[b].backward)
        return first.contains { one in
            second.contains { other in
                one != other && offsets[one] < offsets[other] + buffers[other].floats
                    && offsets[other] < offsets[one] + buffers[one].floats
            }
        }
    }

    static func executable(_ node: Node) -> any ExecutableOperation {
        guard let operation = node.operation as? any ExecutableOperation else {
            preconditionFailure("the engine cannot run the operation \(node.operation.signature)")
        }
        return operation
    }

    /// Lowest free offsets, largest buffers first.
    package static func place(_ buffers: [Buffer]) -> (offsets: [Int], total: Int) {
        var offsets = [Int](repeating: 0, count: buffers.count)
        // By offset, so that the gaps between them are met from below.
        var placed: [Int] = []
        var total = 0
        let order = buffers.indices.sorted { (buffers[$0].floats, $1) > (buffers[$1].floats, $0) }
        for index in order {
            let buffer = buffers[index]
            var offset = 0
            for rival in placed where buffers[rival].first <= buffer.last && buffer.first <= buffers[rival].last {
                if offset + buffer.floats <= offsets[rival] { break }
                offset = max(offset, offsets[rival] + buffers[rival].floats)
            }
            offsets[index] = offset
            total = max(total, offset + buffer.floats)
            var (low, high) = (0, placed.count)
            while low < high {
                let middle = (low + high) / 2
                if offsets[placed[middle]] <= offset { low = middle + 1 } else { high = middle }
            }
            placed.insert(index, at: low)
        }
        return (offsets, total)
    }
}
