import CKernels
import Engine
import Testing

/// Updates of flat vectors against plain loops in double precision, on every instruction set.
@Suite struct VectorKernelTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let instructionSet: InstructionSet
        let kernels: Kernels
        let count: Int

        var testDescription: String { "\(instructionSet.name), \(count) numbers" }
        var table: abl_kernels { kernels.table }

        func vector(_ stream: UInt64) -> KernelMap { KernelMap(channels: count, stream: stream) }

        // Around the widths of vectors, and around the blocks of 1024 that are summed in single precision.
        static let all: [Case] = InstructionSet.allCases.flatMap { set -> [Case] in
            guard let kernels = set.kernels else { return [] }
            return [1, 3, 5, 8, 15, 16, 17, 33, 1023, 1025, 2500].map {
                Case(instructionSet: set, kernels: kernels, count: $0)
            }
        }
    }

    @Test func thisProcessorsSetsAreTested() {
        #expect(InstructionSet.baseline.kernels != nil)
        #expect(Set(Case.all.map(\.instructionSet)) == Set(InstructionSet.allCases.filter { $0 <= .best }))
        for test in Case.all { #expect(String(cString: test.table.name) == test.instructionSet.name) }
    }

    @Test(arguments: Case.all)
    func sumOfSquares(_ test: Case) {
        let x = test.vector(1)
        let expected = (0..<test.count).reduce(0.0) { $0 + Double(x[$1]) * Double(x[$1]) }
        let found = test.table.sum_of_squares(test.count, x.base)
        #expect(abs(found - expected) <= 1e-6 * expected)
    }

    @Test(arguments: Case.all)
    func lerp(_ test: Case) {
        let (a, b) = (test.vector(1), test.vector(2))
        for share in [0.9, 0, 1, 0.25] as [Float] {
            let result = KernelMap(copying: a)
            test.table.lerp(test.count, result.base, b.base, share)
            result.expect("lerp") { _, i in (Double(share) * Double(a[i]) + (1 - Double(share)) * Double(b[i]), 2) }
        }
    }

    @Test(arguments: Case.all, [false, true])
    func sgd(_ test: Case, _ isNesterov: Bool) {
        let (p, g, u) = (test.vector(1), test.vector(2), test.vector(3))
        let (scale, rate, momentum, decay) = (0.5, 0.25, 0.875, 0.0625)
        let (values, velocity) = (KernelMap(copying: p), KernelMap(copying: u))
        test.table.sgd(
            test.count, values.base, g.base, velocity.base, Float(scale), Float(rate), Float(momentum), Float(decay),
            isNesterov ? 1 : 0)
        func gradient(_ i: Int) -> Double { Double(g[i]) * scale + Double(p[i]) * decay }
        func moved(_ i: Int) -> Double { momentum * Double(u[i]) + gradient(i) }
        velocity.expect("velocity") { _, i in (moved(i), 2) }
        values.expect("value") { _, i in
            (Double(p[i]) - rate * (isNesterov ? gradient(i) + momentum * moved(i) : moved(i)), 2)
        }
    }

    @Test(arguments: Case.all, [false, true])
    func adam(_ test: Case, _ isPlain: Bool) {
        let (p, g, m, v) = (test.vector(1), test.vector(2), test.vector(3), test.vector(4))
        v.fill { _, i in abs(v[i]) }
        let (scale, decay, shrink, beta1, beta2) = (0.5, 0.0625, 0.984375, 0.875, 0.96875)
        let (gradientStep, momentStep, root, epsilon) = (0.25, 0.5, 1.5, 1.0 / 1024)
        var step = abl_adam_step(
            gradient_scale: Float(scale), decay: Float(decay), shrink: Float(shrink), beta1: Float(beta1),
            gain1: Float(1 - beta1), beta2: Float(beta2), gain2: Float(1 - beta2), gradient_step: Float(gradientStep),
            moment_step: Float(momentStep), root: Float(root),
            epsilon: Float(epsilon), is_plain: isPlain ? 1 : 0)
        let (values, means, squares) = (KernelMap(copying: p), KernelMap(copying: m), KernelMap(copying: v))
        test.table.adam(test.count, values.base, g.base, means.base, squares.base, &step)
        func gradient(_ i: Int) -> Double { Double(g[i]) * scale + Double(p[i]) * decay }
        func mean(_ i: Int) -> Double { beta1 * Double(m[i]) + (1 - beta1) * gradient(i) }
        func square(_ i: Int) -> Double { beta2 * Double(v[i]) + (1 - beta2) * gradient(i) * gradient(i) }
        means.expect("first moment") { _, i in (mean(i), 2) }
        squares.expect("second moment") { _, i in (square(i), 2) }
        values.expect("value", within: 2e-6) { _, i in
            let divisor = isPlain ? 1 : square(i).squareRoot() * root + epsilon
            let terms = (gradientStep * gradient(i) / divisor, momentStep * mean(i) / divisor)
            return (Double(p[i]) * shrink - (terms.0 + terms.1), 2 + abs(terms.0) + abs(terms.1))
        }
    }

    @Test(arguments: Case.all)
    func adamax(_ test: Case) {
        let (p, g, m, u) = (test.vector(1), test.vector(2), test.vector(3), test.vector(4))
        u.fill { _, i in abs(u[i]) }
        let (scale, rate, beta1, beta2, epsilon, decay) = (0.5, 0.25, 0.875, 0.96875, 1.0 / 1024, 0.0625)
        let (values, means, largest) = (KernelMap(copying: p), KernelMap(copying: m), KernelMap(copying: u))
        test.table.adamax(
            test.count, values.base, g.base, means.base, largest.base, Float(scale), Float(rate), Float(beta1),
            Float(1 - beta1), Float(beta2), Float(epsilon), Float(decay))
        func gradient(_ i: Int) -> Double { Double(g[i]) * scale + Double(p[i]) * decay }
        func mean(_ i: Int) -> Double { beta1 * Double(m[i]) + (1 - beta1) * gradient(i) }
        func bound(_ i: Int) -> Double { max(beta2 * Double(u[i]), abs(gradient(i)) + epsilon) }
        means.expect("first moment") { _, i in (mean(i), 2) }
        largest.expect("largest gradient") { _, i in (bound(i), 2) }
        values.expect("value", within: 2e-6) { _, i in
            let step = rate * mean(i) / bound(i)
            return (Double(p[i]) - step, 2 + abs(step))
        }
    }

    @Test(arguments: Case.all)
    func rmsProp(_ test: Case) {
        let (p, g, u, v) = (test.vector(1), test.vector(2), test.vector(3), test.vector(4))
        v.fill { _, i in abs(v[i]) }
        let (scale, rate, momentum, smoothing, epsilon, decay) = (0.5, 0.25, 0.875, 0.96875, 1.0 / 1024, 0.0625)
        let (values, velocity, squares) = (KernelMap(copying: p), KernelMap(copying: u), KernelMap(copying: v))
        test.table.rmsprop(
            test.count, values.base, g.base, velocity.base, squares.base, Float(scale), Float(rate), Float(momentum),
            Float(smoothing), Float(1 - smoothing), Float(epsilon), Float(decay))
        func gradient(_ i: Int) -> Double { Double(g[i]) * scale + Double(p[i]) * decay }
        func square(_ i: Int) -> Double {
            smoothing * Double(v[i]) + (1 - smoothing) * gradient(i) * gradient(i)
        }
        func moved(_ i: Int) -> Double {
            momentum * Double(u[i]) + gradient(i) / (square(i).squareRoot() + epsilon)
        }
        squares.expect("second moment") { _, i in (square(i), 2) }
        velocity.expect("velocity", within: 2e-6) { _, i in (moved(i), 2 + abs(moved(i))) }
        values.expect("value", within: 2e-6) { _, i in (Double(p[i]) - rate * moved(i), 2 + rate * abs(moved(i))) }
    }
}
