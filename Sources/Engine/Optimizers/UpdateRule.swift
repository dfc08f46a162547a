import CKernels
import Foundation

/// How weights follow from gradients. Weight decay is added to the gradient g, but for AdamW.
public enum UpdateRule: Hashable, Sendable {
    /// `u = momentum · u + g`, `p −= lr · (g + momentum · u)` with Nesterov, else `p −= lr · u`.
    case sgd(momentum: Float, nesterov: Bool)
    /// Adam (arXiv 1412.6980): the bias-corrected step.
    case adam(beta1: Double, beta2: Double, epsilon: Float)
    /// Adam with decoupled decay (arXiv 1711.05101): `p ·= 1 − lr · decay`, then the bias-corrected step.
    case adamW(beta1: Double, beta2: Double, epsilon: Float)
    /// Adam with the largest gradient so far, decayed, in the place of the second moment (arXiv 1412.6980, section 7).
    case adamax(beta1: Double, beta2: Double, epsilon: Float)
    /// Adam with Nesterov's momentum, whose strength rises from half of beta1 as `1 − 0.96^(t · momentumDecay) / 2` does.
    case nAdam(beta1: Double, beta2: Double, epsilon: Float, momentumDecay: Double)
    /// Adam whose step is rectified for how little the second moment has seen, and goes without it at first (arXiv
    /// 1908.03265).
    case rAdam(beta1: Double, beta2: Double, epsilon: Float)
    /// `v = smoothing · v + (1 − smoothing) · g²`, `u = momentum · u + g / (√v + epsilon)`, `p −= lr · u`.
    case rmsProp(momentum: Float, smoothing: Double, epsilon: Float)

    /// The same rule with another momentum; a rule that has betas instead stays as it is.
    public func withMomentum(_ momentum: Float) -> UpdateRule {
        switch self {
        case .sgd(_, let nesterov): .sgd(momentum: momentum, nesterov: nesterov)
        case .rmsProp(_, let smoothing, let epsilon):
            .rmsProp(momentum: momentum, smoothing: smoothing, epsilon: epsilon)
        case .adam, .adamW, .adamax, .nAdam, .rAdam: self
        }
    }

    /// Whether it keeps a second moment besides the first.
    var hasSecondMoment: Bool { if case .sgd = self { false } else { true } }
}

/// What a rule makes of the number of a step, in double precision.
struct UpdateSchedule {
    let rule: UpdateRule
    /// NAdam's momenta up to `time`, multiplied.
    private var momenta = 1.0
    private var time = 0

    init(_ rule: UpdateRule) { self.rule = rule }

    /// Goes on to a step, from 1; a training that was resumed begins at any of them.
    mutating func advance(to step: Int) {
        guard case .nAdam(let beta1, _, _, let decay) = rule else { return }
        if step < time { (momenta, time) = (1, 0) }
        while time < step {
            time += 1
            momenta *= Self.momentum(beta1, decay, time)
        }
    }

    private static func momentum(_ beta1: Double, _ decay: Double, _ step: Int) -> Double {
        beta1 * (1 - 0.5 * pow(0.96, Double(step) * decay))
    }

    /// The step of a rule with two moments; nil for the others.
    func adamStep(_ step: Int, learningRate: Float, decay: Float, gradientScale: Float) -> abl_adam_step? {
        let rate = Double(learningRate)
        func made(
            _ beta1: Double, _ beta2: Double, _ epsilon: Float, gradient: Double = 0, moment: Double, root: Double,
            isDecoupled: Bool = false, isPlain: Bool = false
        ) -> abl_adam_step {
            abl_adam_step(
                gradient_scale: gradientScale, decay: isDecoupled ? 0 : decay,
                shrink: isDecoupled ? 1 - learningRate * decay : 1, beta1: Float(beta1),
                gain1: Float(1 - beta1), beta2: Float(beta2), gain2: Float(1 - beta2), gradient_step: Float(gradient),
                moment_step: Float(moment), root: Float(root), epsilon: epsilon, is_plain: isPlain ? 1 : 0)
        }
        /// 1 − betaᵗ
        func correction(_ beta: Double) -> Double { 1 - pow(beta, Double(step)) }
        switch rule {
        case .sgd, .adamax, .rmsProp: return nil
        case .adam(let beta1, let beta2, let epsilon), .adamW(let beta1, let beta2, let epsilon):
            let isDecoupled = if case .adamW = rule { true } else { false }
            return made(
                beta1, beta2, epsilon, moment: rate / correction(beta1), root: 1 / correction(beta2).squareRoot(),
                isDecoupled: isDecoupled)
        case .nAdam(let beta1, let beta2, let epsilon, let momentumDecay):
            let now = Self.momentum(beta1, momentumDecay, step)
            let next = Self.momentum(beta1, momentumDecay, step + 1)
            return made(
                beta1, beta2, epsilon, gradient: rate * (1 - now) / (1 - momenta),
                moment: rate * next / (1 - momenta * next), root: 1 / correction(beta2).squareRoot())
        case .rAdam(let beta1, let beta2, let epsilon):
            let (plain, second) = (rate / correction(beta1), correction(beta2))
            let longest = 2 / (1 - beta2) - 1
            let length = longest - 2 * Double(step) * (1 - second) / second
            // The variance of the step is known from here on.
            guard length > 5 else { return made(beta1, beta2, epsilon, moment: plain, root: 1, isPlain: true) }
            let rectification =
                ((length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length)).squareRoot()
            return made(beta1, beta2, epsilon, moment: plain * rectification * second.squareRoot(), root: 1)
        }
    }

    /// Adamax's learning rate with the correction of its first moment.
    func correctedRate(_ step: Int, learningRate: Float, beta1: Double) -> Float {
        Float(Double(learningRate) / (1 - pow(beta1, Double(step))))
    }
}
