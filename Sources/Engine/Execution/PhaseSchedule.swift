/// Phases in steps with a barrier between them, as few as their roles allow.
///
/// A lane goes through all phases of a step before the next lane begins, so that it finds in the caches what it has just
/// written. The order of phases within a lane, and with it every bit, is that of the nodes.
///
/// ```
/// nodes       A.products A.reduction │ B.gate │ C.sums C.conclusion C.products C.reduction │ …
/// steps       lanes: A.products, B.gate, C.sums ┃ A.reduction, C.conclusion ┃ lanes: C.products, … ┃ C.reduction, …
/// ```
struct PhaseSchedule {
    /// A node's work for one lane, or one piece of it.
    struct Task {
        let node: Int
        let work: () -> Void
    }

    /// What runs between two barriers: each list in its order, the lists in any order.
    struct Step {
        let tasks: [[Task]]
        /// Whether the lists are those of the lanes.
        let isByLane: Bool
        /// Runs one list.
        let run: (Int) -> Void

        fileprivate init(_ tasks: [[Task]], isByLane: Bool) {
            self.tasks = tasks
            self.isByLane = isByLane
            run = { piece in
                for task in tasks[piece] { task.work() }
            }
        }
    }

    private(set) var steps: [Step] = []

    private let plan: MemoryPlan
    private let isForward: Bool
    /// What runs before the open lanes.
    private var before: [Task] = []
    private var open: [(node: Int, phase: Phase)] = []
    /// Reductions of the open lanes.
    private var after: [Task] = []

    init(_ phases: [(node: Int, phase: Phase)], _ plan: MemoryPlan, isForward: Bool) {
        self.plan = plan
        self.isForward = isForward
        for (node, phase) in phases where phase.count > 0 { add(node, phase) }
        close()
        close()
    }

    private mutating func add(_ node: Int, _ phase: Phase) {
        switch phase.role {
        case .lanes, .borrowingLanes:
            let overwritesScratch = phase.role == .borrowingLanes && !after.isEmpty
            if overwritesScratch || open.contains(where: { plan.sharesMemory($0.node, node, isForward: isForward) }) {
                close()
            }
            open.append((node, phase))
        case .preparation:
            let area = plan.sharedScratchAreas[node]
            if area != nil, open.contains(where: { plan.sharedScratchAreas[$0.node] == area }) { close() }
            before += tasks(node, phase)
        case .conclusion:
            if !open.isEmpty { close() }
            before += tasks(node, phase)
        case .reduction: after += tasks(node, phase)
        }
    }

    private func tasks(_ node: Int, _ phase: Phase) -> [Task] {
        (0..<phase.count).map { piece in Task(node: node) { phase.work(piece) } }
    }

    /// Ends the step of the open lanes.
    private mutating func close() {
        if !before.isEmpty { steps.append(Step(before.map { [$0] }, isByLane: false)) }
        if !open.isEmpty {
            let lanes = (0..<BatchState.laneCount).map { lane in
                open.map { (node, phase) in Task(node: node) { phase.work(lane) } }
            }
            steps.append(Step(lanes, isByLane: true))
        }
        (before, open, after) = (after, [], [])
    }
}
