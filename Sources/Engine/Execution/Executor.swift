import CKernels
import Foundation

/// Runs a graph on batches of up to `capacity` images, forward and, in training, backward.
///
/// ```
/// fill input(0) ─► forward(images) ─► read output(k), write outputGradient(k) ─► backward() ─► parameter gradients
/// ```
/// All memory is reserved at the start. A batch is cut into a fixed number of lanes and every sum over lanes is taken in
/// lane order, so the result has the same bits on any number of threads.
public final class Executor {
    public enum Mode: Sendable {
        /// Batch statistics and gradients.
        case training
        /// Running statistics, batch norm folded into what precedes it.
        case inference
    }

    public let graph: Graph
    public let mode: Mode
    public let capacity: Int
    public let parameters: ParameterStore
    /// Gradients of `parameters`; nil in inference. Each backward pass adds to them.
    public let gradients: ParameterStore?
    public let plan: MemoryPlan

    private let memory: FeatureMemory
    private let batch = BatchState()
    private let pool: ThreadPool
    private var preparation: [PhaseSchedule.Step] = []
    /// The parameters' revision that the preparation saw.
    private var preparedRevision: Int?
    private var forwardSteps: [PhaseSchedule.Step] = []
    private var backwardSteps: [PhaseSchedule.Step] = []
    /// Gradient roots that hold a network output and start at zero.
    private var clearedBeforeLoss: [TensorView] = []
    private var views: [TensorView] = []
    private var gradientViews: [TensorView?] = []

    /// Seconds by node, forward and backward, while `isProfiling`.
    public private(set) var profile: [(forward: Double, backward: Double)] = []
    public var isProfiling = false

    /// - Parameters:
    ///   - capacity: the largest batch that will come.
    ///   - parameters: the weights that are read (and, for running statistics, written) in place.
    ///   - memory: a block to share with other inference executors, of at least the plan's size; nil takes a new one.
    ///   - inputsNeedGradients: also compute the gradient of the graph's inputs.
    public init(
        _ graph: Graph, mode: Mode, capacity: Int, parameters: ParameterStore, pool: ThreadPool,
        memory: FeatureMemory? = nil, inputsNeedGradients: Bool = false
    ) {
        precondition(capacity >= 1, "a batch has at least one image")
        precondition(memory == nil || mode == .inference, "a training keeps what others would overwrite")
        Matrix.useOneThread()
        self.graph = graph
        self.mode = mode
        self.capacity = capacity
        self.parameters = parameters
        self.pool = pool
        let kernelMode: KernelContext.Mode = mode == .training ? .training : .inference
        plan = MemoryPlan(graph, capacity: capacity, mode: kernelMode, inputsNeedGradients: inputsNeedGradients)
        gradients = mode == .training ? ParameterStore(graph.parameters) : nil

        self.memory = memory ?? FeatureMemory(byteCount: plan.byteCount)
        precondition(self.memory.byteCount >= plan.byteCount, "the shared memory is too small for the plan")
        profile = [(forward: Double, backward: Double)](repeating: (0, 0), count: graph.nodes.count)

        makeViews()
        compile(kernelMode)
    }

    // MARK: Running

    /// The maps that the caller fills before `forward`.
    public func input(_ index: Int) -> TensorView { views[graph.inputs[index].index] }

    /// The maps that `forward` left.
    public func output(_ index: Int) -> TensorView { views[graph.outputs[index].index] }

    /// The maps that the caller fills between `forward` and `backward`.
    public func outputGradient(_ index: Int) -> TensorView {
        guard let view = gradientViews[graph.outputs[index].index] else {
            preconditionFailure("gradients exist in training only")
        }
        return view
    }

    /// The gradient of a graph input, where it was asked for.
    public func inputGradient(_ index: Int) -> TensorView? { gradientViews[graph.inputs[index].index] }

    /// Seed and number of the training step, which dropout's masks depend on.
    public func setRandomState(seed: UInt64, step: UInt64) {
        batch.seed = seed
        batch.step = step
    }

    public func forward(images: Int) {
        precondition(images >= 1 && images <= capacity, "\(images) images in a batch of at most \(capacity)")
        batch.setImageCount(images)
        let isTenant = memory.tenant == ObjectIdentifier(self)
        if !isTenant || preparedRevision != parameters.revision, !preparation.isEmpty {
            run(preparation, isForward: true)
            preparedRevision = parameters.revision
        }
        memory.tenant = ObjectIdentifier(self)
        run(forwardSteps, isForward: true)
        for view in clearedBeforeLoss { clear(view, 0..<images) }
    }

    /// Adds this batch's gradients to `gradients`.
    public func backward() {
        precondition(mode == .training, "an inference executor has no gradients")
        run(backwardSteps, isForward: false)
    }

    /// Barriers of a forward and of a backward pass.
    package var stepCounts: (forward: Int, backward: Int) { (forwardSteps.count, backwardSteps.count) }

    /// Runs pieces of work on the executor's threads; used by the loss between forward and backward.
    public func parallel(_ count: Int, _ work: @escaping (Int) -> Void) { pool.run(count, work) }

    private func run(_ steps: [PhaseSchedule.Step], isForward: Bool) {
        // Each pass over the lanes begins where the one before ended: with what is still in the caches.
        var isReversed = false
        for step in steps {
            let reverses = isReversed && step.isByLane
            if isProfiling {
                runTimed(step, isReversed: reverses, isForward: isForward)
            } else {
                pool.run(step.tasks.count, isReversed: reverses, step.run)
            }
            if step.isByLane { isReversed.toggle() }
        }
    }

    /// Runs a step and divides its time among the nodes as their work took it.
    private func runTimed(_ step: PhaseSchedule.Step, isReversed: Bool, isForward: Bool) {
        func now() -> UInt64 { DispatchTime.now().uptimeNanoseconds }
        let width = step.tasks.map(\.count).max() ?? 0
        let times = UnsafeMutableBufferPointer<Double>.allocate(capacity: step.tasks.count * width)
        defer { times.deallocate() }
        times.initialize(repeating: 0)
        let start = now()
        pool.run(step.tasks.count, isReversed: isReversed) { piece in
            for (index, task) in step.tasks[piece].enumerated() {
                let begun = now()
                task.work()
                times[piece * width + index] = Double(now() - begun)
            }
        }
        let share = Double(now() - start) * 1e-9 / max(times.reduce(0, +), 1)
        for (piece, tasks) in step.tasks.enumerated() {
            for (index, task) in tasks.enumerated() {
                let seconds = times[piece * width + index] * share
                if isForward { profile[task.node].forward += seconds } else { profile[task.node].backward += seconds }
            }
        }
    }

    // MARK: Compiling

    private func makeViews() {
        let arena = memory.base
        for value in graph.values {
            let place = plan.storage.placements[value.index]
            let pixelStride = graph.values[place.root].shape.channels
            guard let offset = plan.valueOffsets[place.root] else {
                preconditionFailure("value \(value.index) has no memory")
            }
            views.append(
                TensorView(base: arena + offset + place.offset, shape: value.shape, pixelStride: pixelStride))
            gradientViews.append(
                plan.gradientOffsets[place.root].map {
                    TensorView(base: arena + $0 + place.offset, shape: value.shape, pixelStride: pixelStride)
                })
        }
    }

    private func compile(_ kernelMode: KernelContext.Mode) {
        var preparation: [(node: Int, phase: Phase)] = []
        var forward = preparation
        var backward: [[(node: Int, phase: Phase)]] = []
        for (index, node) in graph.nodes.enumerated() {
            let context = context(index, node, kernelMode)
            let kernel = MemoryPlan.executable(node).makeKernel(context)
            preparation += kernel.preparation.map { (index, $0) }
            forward += kernel.forward.map { (index, $0) }
            guard let gradientPlan = plan.gradients, gradientPlan.isNeeded[node.output.index] else { continue }
            var phases: [(node: Int, phase: Phase)] = []
            for (root, writer) in gradientPlan.clearedBefore where writer == index {
                guard let view = gradientViews[root] else { continue }
                phases.append((index, context.lanes { _, images in clear(view, images) }))
            }
            phases += kernel.backward.map { (index, $0) }
            backward.append(phases)
        }
        self.preparation = PhaseSchedule(preparation, plan, isForward: true).steps
        forwardSteps = PhaseSchedule(forward, plan, isForward: true).steps
        backwardSteps = PhaseSchedule(backward.reversed().flatMap { $0 }, plan, isForward: false).steps
        for (root, writer) in plan.gradients?.clearedBefore ?? [:] where writer == nil {
            if let view = gradientViews[root] { clearedBeforeLoss.append(view) }
        }
    }

    private func context(_ index: Int, _ node: Node, _ kernelMode: KernelContext.Mode) -> KernelContext {
        let arena = memory.base
        let scratch = arena + plan.scratchOffset
        let shared = arena + plan.sharedScratchOffset + (plan.sharedScratchAreas[index] ?? 0) * plan.sharedScratchFloats
        let scratchStride = plan.scratchFloatsPerLane / 16 * 16
        let targets = node.inputs.indices.map { position -> GradientTarget? in
            guard let flag = plan.gradients?.accumulates[index][position],
                let view = gradientViews[node.inputs[position].index]
            else { return nil }
            return GradientTarget(view: view, accumulates: flag)
        }
        return KernelContext(
            mode: kernelMode, kernels: .selected, batch: batch, capacity: capacity,
            inputs: node.inputs.map { views[$0.index] }, output: views[node.output.index],
            inputLiesInOutput: plan.storage.inputLiesInOutput[index],
            parameters: node.parameters.map { position in
                let values = parameters[position]
                guard let base = values.baseAddress else { preconditionFailure("an empty parameter") }
                return ParameterView(
                    values: base,
                    gradient: graph.parameters[position].isTrainable ? gradients?[position].baseAddress : nil,
                    count: values.count)
            },
            outputGradient: gradientViews[node.output.index], inputGradients: targets,
            saved: plan.savedOffsets[index].map { arena + $0 },
            persistent: plan.persistentOffsets[index].map { arena + $0 },
            scratch: { scratch + $0 * scratchStride }, sharedScratch: shared, nodeIndex: index
        )
    }
}
