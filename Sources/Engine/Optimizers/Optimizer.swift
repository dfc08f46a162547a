import CKernels

/// How weights follow from gradients.
public enum UpdateRule: Hashable, Sendable {
    /// `u = momentum · u + g`, `p −= lr · (g + momentum · u)` with Nesterov, else `p −= lr · u`; decay is added to g.
    case sgd(momentum: Float, nesterov: Bool)
    /// Adam (arXiv 1412.6980): decay is added to g, then the bias-corrected step.
    case adam(beta1: Float, beta2: Float, epsilon: Float)
    /// Adam with decoupled decay (arXiv 1711.05101): `p ·= 1 − lr · decay`, then the bias-corrected step.
    case adamW(beta1: Float, beta2: Float, epsilon: Float)
}

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
    public var rule: UpdateRule
    public var groups: [ParameterGroup]
    /// Number of updates so far.
    public var stepCount = 0
    /// Momentum (SGD) or first moment (Adam, AdamW).
    public let firstMoment: ParameterStore
    /// Second moment; Adam and AdamW only.
    public let secondMoment: ParameterStore?

    private let parameters: ParameterStore
    private let gradients: ParameterStore
    private let pool: ThreadPool
    private let squares: UnsafeMutableBufferPointer<Double>
    private var cachedTasks: [GroupTask] = []

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
        if case .sgd = rule { secondMoment = nil } else { secondMoment = ParameterStore(parameters.parameters) }
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
        for task in tasks() {
            task.rule = rule
            task.time = stepCount
            task.gradientScale = gradientScale
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
        let task = GroupTask(group, rule)
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
            switch task.rule {
            case .sgd(let momentum, let nesterov):
                kernels.sgd(
                    values.count, values.baseAddress, gradients[index].baseAddress, first[index].baseAddress,
                    task.gradientScale, rate, momentum, decay, nesterov ? 1 : 0)
            case .adam(let beta1, let beta2, let epsilon), .adamW(let beta1, let beta2, let epsilon):
                guard let second else { return }
                let isDecoupled = if case .adamW = task.rule { true } else { false }
                kernels.adam(
                    values.count, values.baseAddress, gradients[index].baseAddress, first[index].baseAddress,
                    second[index].baseAddress, task.gradientScale, rate, beta1, beta2, epsilon, decay,
                    isDecoupled ? 1 : 0, 1 - power(beta1, task.time), 1 - power(beta2, task.time))
            }
        }
        return task
    }

    /// What the threads do for one group, tensor by tensor.
    private final class GroupTask {
        var group: ParameterGroup
        var rule: UpdateRule
        var time = 0
        var gradientScale: Float = 1
        var square: (Int) -> Void = { _ in }
        var update: (Int) -> Void = { _ in }

        init(_ group: ParameterGroup, _ rule: UpdateRule) {
            self.group = group
            self.rule = rule
        }
    }

    /// The factor that brings a norm down to `limit` at most: min(1, limit / (norm + 1e-6)).
    public static func clippingScale(norm: Double, limit: Double) -> Float { Float(min(1, limit / (norm + 1e-6))) }
}

/// xⁿ in double precision.
private func power(_ x: Float, _ n: Int) -> Float {
    var result = 1.0
    var base = Double(x)
    var exponent = n
    while exponent > 0 {
        if exponent & 1 == 1 { result *= base }
        base *= base
        exponent >>= 1
    }
    return Float(result)
}
