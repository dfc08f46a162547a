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
        let (gradients, squares) = (self.gradients, self.squares)
        let kernels = Kernels.selected.table
        for group in groups {
            let indices = group.indices
            pool.run(indices.count) { position in
                let gradient = gradients[indices[position]]
                squares[indices[position]] = kernels.sum_of_squares(gradient.count, gradient.baseAddress)
            }
        }
        // One order whatever the threads: that of the groups.
        var total = 0.0
        for group in groups { for index in group.indices { total += squares[index] } }
        return total.squareRoot()
    }

    /// One update.
    /// - Parameter gradientScale: factor on all gradients, such as that of clipping.
    public func step(gradientScale: Float = 1) {
        stepCount += 1
        let (parameters, gradients) = (self.parameters, self.gradients)
        let (first, second) = (firstMoment, secondMoment)
        let kernels = Kernels.selected.table
        let (rule, time) = (rule, stepCount)
        let isDecoupled = if case .adamW = rule { true } else { false }
        for group in groups {
            pool.run(group.indices.count) { position in
                let index = group.indices[position]
                let values = parameters[index]
                switch rule {
                case .sgd(let momentum, let nesterov):
                    kernels.sgd(
                        values.count, values.baseAddress, gradients[index].baseAddress, first[index].baseAddress,
                        gradientScale, group.learningRate, momentum, group.weightDecay, nesterov ? 1 : 0)
                case .adam(let beta1, let beta2, let epsilon), .adamW(let beta1, let beta2, let epsilon):
                    guard let second else { return }
                    kernels.adam(
                        values.count, values.baseAddress, gradients[index].baseAddress, first[index].baseAddress,
                        second[index].baseAddress, gradientScale, group.learningRate, beta1, beta2, epsilon,
                        group.weightDecay, isDecoupled ? 1 : 0, 1 - power(beta1, time), 1 - power(beta2, time))
                }
            }
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
