import CKernels

/// Parameters that share a learning rate and a weight decay.
public struct ParameterGroup: Hashable, Sendable {
    /// Positions in the store.
    public var indices: [Int]
    public var learningRate: Float
    public var weightDecay: Float

    public init(indices: [Int], learningRate: Float, weightDecay: Float) {
        self.indices = indices
        self.learningRate = learningRate
        self.weightDecay = weightDecay
    }

    /// The three groups that detectors are trained with: biases (no decay), weights (decay), batch-norm weights (no
    /// decay). What is frozen is in none of them.
    public static func detectorGroups(
        _ parameters: [Parameter], learningRate: Float, weightDecay: Float,
        isFrozen: (Parameter) -> Bool = { _ in false }
    ) -> [ParameterGroup] {
        func indices(_ role: Parameter.Role) -> [Int] {
            parameters.indices.filter { parameters[$0].role == role && !isFrozen(parameters[$0]) }
        }
        return [
            ParameterGroup(indices: indices(.bias), learningRate: learningRate, weightDecay: 0),
            ParameterGroup(indices: indices(.weight), learningRate: learningRate, weightDecay: weightDecay),
            ParameterGroup(indices: indices(.normalizationWeight), learningRate: learningRate, weightDecay: 0),
        ]
    }
}

/// Moves a network's parameters along their gradients.
public final class Optimizer {
    public var rule: UpdateRule {
        didSet { if rule != oldValue { schedule = UpdateSchedule(rule) } }
    }
    public var groups: [ParameterGroup]
    /// Number of updates so far.
    public var stepCount = 0
    /// Momentum (SGD, RMSProp) or first moment.
    public let firstMoment: ParameterStore
    /// Second moment, or Adamax's largest gradients; all rules but SGD have one.
    public let secondMoment: ParameterStore?

    private let parameters: ParameterStore
    private let gradients: ParameterStore
    private let pool: ThreadPool
    private let squares: UnsafeMutableBufferPointer<Double>
    private var cachedTasks: [GroupTask] = []
    private var schedule: UpdateSchedule

    /// - Parameters:
    ///   - gradients: the executor's `gradients`, which `step` leaves as they are.
    public init(
        _ rule: UpdateRule, groups: [ParameterGroup], parameters: ParameterStore, gradients: ParameterStore,
        pool: ThreadPool
    ) {
        self.rule = rule
        self.groups = groups
        self.parameters = parameters
        self.gradients = gradients
        self.pool = pool
        firstMoment = ParameterStore(parameters.parameters)
        secondMoment = rule.hasSecondMoment ? ParameterStore(parameters.parameters) : nil
        schedule = UpdateSchedule(rule)
        squares = .allocate(capacity: parameters.parameters.count)
        squares.initialize(repeating: 0)
    }

    deinit { squares.deallocate() }

    /// L2 norm over all gradients of the groups.
    public func gradientNorm() -> Double {
        for task in tasks() { pool.run(task.group.indices.count, task.square) }
        // One order whatever the threads: that of the groups.
        var total = 0.0
        for group in groups { for index in group.indices { total += squares[index] } }
        return total.squareRoot()
    }

    /// One update.
    /// - Parameter gradientScale: factor on all gradients, such as that of clipping.
    public func step(gradientScale: Float = 1) {
        stepCount += 1
        schedule.advance(to: stepCount)
        for task in tasks() {
            task.prepare(schedule, stepCount, gradientScale: gradientScale)
            pool.run(task.group.indices.count, task.update)
        }
    }

    /// The groups' work with the groups as they are now; made once, so that a step takes nothing from the heap.
    private func tasks() -> [GroupTask] {
        while cachedTasks.count < groups.count { cachedTasks.append(makeTask(groups[cachedTasks.count])) }
        for (task, group) in zip(cachedTasks, groups) { task.group = group }
        return cachedTasks
    }

    private func makeTask(_ group: ParameterGroup) -> GroupTask {
        let task = GroupTask(group)
        let (parameters, gradients, squares) = (self.parameters, self.gradients, self.squares)
        let (first, second) = (firstMoment, secondMoment)
        let kernels = Kernels.selected.table
        task.square = { [unowned task] position in
            let index = task.group.indices[position]
            let gradient = gradients[index]
            squares[index] = kernels.sum_of_squares(gradient.count, gradient.baseAddress)
        }
        task.update = { [unowned task] position in
            let index = task.group.indices[position]
            let (values, rate, decay) = (parameters[index], task.group.learningRate, task.group.weightDecay)
            let (gradient, moment) = (gradients[index].baseAddress, first[index].baseAddress)
            let scale = task.gradientScale
            switch task.rule {
            case .sgd(let momentum, let nesterov):
                kernels.sgd(
                    values.count, values.baseAddress, gradient, moment, scale, rate, momentum, decay, nesterov ? 1 : 0)
            case .adam, .adamW, .nAdam, .rAdam:
                var step = task.adamStep
                kernels.adam(values.count, values.baseAddress, gradient, moment, second?[index].baseAddress, &step)
            case .adamax(let beta1, let beta2, let epsilon):
                kernels.adamax(
                    values.count, values.baseAddress, gradient, moment, second?[index].baseAddress, scale,
                    task.correctedRate, Float(beta1), Float(1 - beta1), Float(beta2), epsilon, decay)
            case .rmsProp(let momentum, let smoothing, let epsilon):
                kernels.rmsprop(
                    values.count, values.baseAddress, gradient, moment, second?[index].baseAddress, scale, rate,
                    momentum, Float(smoothing), Float(1 - smoothing), epsilon, decay)
            }
        }
        return task
    }

    /// What the threads do for one group, tensor by tensor.
    private final class GroupTask {
        var group: ParameterGroup
        private(set) var rule = UpdateRule.sgd(momentum: 0, nesterov: false)
        private(set) var gradientScale: Float = 1
        private(set) var adamStep = abl_adam_step()
        private(set) var correctedRate: Float = 0
        var square: (Int) -> Void = { _ in }
        var update: (Int) -> Void = { _ in }

        init(_ group: ParameterGroup) { self.group = group }

        /// What all tensors of the group have in common in a step.
        func prepare(_ schedule: UpdateSchedule, _ step: Int, gradientScale: Float) {
            rule = schedule.rule
            self.gradientScale = gradientScale
            let rate = group.learningRate
            if case .adamax(let beta1, _, _) = rule {
                correctedRate = schedule.correctedRate(step, learningRate: rate, beta1: beta1)
            }
            adamStep =
                schedule.adamStep(
                    step, learningRate: rate, decay: group.weightDecay, gradientScale: gradientScale)
                ?? abl_adam_step()
        }
    }

    /// The factor that brings a norm down to `limit` at most: min(1, limit / (norm + 1e-6)).
    public static func clippingScale(norm: Double, limit: Double) -> Float { Float(min(1, limit / (norm + 1e-6))) }
}
