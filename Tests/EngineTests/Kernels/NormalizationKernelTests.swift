import CKernels
import Engine
import Testing

/// Activations and batch norm's fused passes against plain loops in double precision, on every instruction set.
@Suite struct NormalizationKernelTests {
    /// Arguments that meet every piece of the activations: in ±8.
    private func wide(_ test: KernelCase, _ pixels: Int) -> KernelMap {
        let map = test.map(pixels, stream: 1)
        map.fill { map[$0, $1] * 4 }
        return map
    }

    @Test(arguments: KernelCase.all, Activation.allCases)
    func affineActivation(_ test: KernelCase, _ activation: Activation) {
        let c = test.channels
        let (scale, shift) = (test.row(stream: 2), test.row(stream: 3))
        for pixels in KernelCase.pixelCounts {
            let z = wide(test, pixels)
            func reference(_ p: Int, _ i: Int) -> Double {
                activation.value(Double(z[p, i]) * Double(scale[i]) + Double(shift[i]))
            }
            let plain = test.map(pixels, stream: nil)
            test.table.affine_activation(
                pixels, c, z.base, z.stride, scale.base, shift.base, activation.code, nil, 0, plain.base, plain.stride)
            plain.expect("affine_activation") { (reference($0, $1), 16) }

            // With a residual of another stride, in place.
            let residual = KernelMap(pixels: pixels, channels: c, gap: 2, stream: 4)
            let inPlace = KernelMap(copying: z)
            test.table.affine_activation(
                pixels, c, inPlace.base, inPlace.stride, scale.base, shift.base, activation.code, residual.base,
                residual.stride, inPlace.base, inPlace.stride)
            inPlace.expect("affine_activation in place") { (reference($0, $1) + Double(residual[$0, $1]), 16) }
        }
    }

    @Test(arguments: KernelCase.all, Activation.allCases)
    func affineActivationBackward(_ test: KernelCase, _ activation: Activation) {
        let c = test.channels
        let (scale, shift, mean) = (test.row(stream: 2), test.row(stream: 3), test.row(stream: 5))
        for pixels in KernelCase.pixelCounts {
            let (z, gradient) = (wide(test, pixels), test.map(pixels, stream: 6))
            func slope(_ p: Int, _ i: Int) -> Double {
                activation.slope(Double(z[p, i]) * Double(scale[i]) + Double(shift[i]))
            }
            func du(_ p: Int, _ i: Int) -> Double { Double(gradient[p, i]) * slope(p, i) }
            let result = KernelMap(copying: gradient)
            let (first, second) = (KernelSums(c, from: 0.25), KernelSums(c, from: -0.5))
            test.table.affine_activation_backward(
                pixels, c, z.base, z.stride, scale.base, shift.base, mean.base, activation.code, 1, result.base,
                result.stride, first.base, second.base)
            result.expect("affine_activation_backward", within: 2e-6) { (du($0, $1), 4) }
            // Without storing only the sums follow.
            let (kept, sumOnly, productOnly) = (
                KernelMap(copying: gradient), KernelSums(c, from: 0.25), KernelSums(c, from: -0.5)
            )
            test.table.affine_activation_backward(
                pixels, c, z.base, z.stride, scale.base, shift.base, mean.base, activation.code, 0, kept.base,
                kept.stride, sumOnly.base, productOnly.base)
            kept.expect("affine_activation_backward without storing", within: 0) { (Double(gradient[$0, $1]), 1) }
            sumOnly.expect("sum of du without storing", within: 0) { (first.base[$0], 0) }
            productOnly.expect("sum of du·(z − mean) without storing", within: 0) { (second.base[$0], 0) }
            func sum(_ start: Double, _ term: (Int) -> Double) -> (Double, Double) {
                (0..<pixels).reduce((start, 1)) { ($0.0 + term($1), $0.1 + abs(term($1))) }
            }
            first.expect("sum of du", within: 2e-6) { i in sum(0.25) { du($0, i) } }
            second.expect("sum of du·(z − mean)", within: 2e-6) { i in
                sum(-0.5) { du($0, i) * (Double(z[$0, i]) - Double(mean[i])) }
            }
        }
    }

    @Test(arguments: KernelCase.all, Activation.allCases)
    func activationBackward(_ test: KernelCase, _ activation: Activation) {
        let c = test.channels
        for pixels in KernelCase.pixelCounts {
            let (x, dy, old) = (wide(test, pixels), test.map(pixels, stream: 6), test.map(pixels, stream: 7))
            for accumulates in [false, true] {
                let dx = accumulates ? KernelMap(copying: old) : test.map(pixels, stream: nil)
                test.table.activation_backward(
                    pixels, c, x.base, x.stride, activation.code, dy.base, dy.stride, dx.base, dx.stride,
                    accumulates ? 1 : 0)
                dx.expect("activation_backward", within: 2e-6) { p, i in
                    let value = Double(dy[p, i]) * activation.slope(Double(x[p, i]))
                    return (value + (accumulates ? Double(old[p, i]) : 0), 4)
                }
            }
        }
    }

    @Test(arguments: KernelCase.all)
    func normalizationBackward(_ test: KernelCase) {
        let c = test.channels
        let (factor, slope, offset) = (test.row(stream: 2), test.row(stream: 3), test.row(stream: 4))
        let (scale, shift) = (test.row(stream: 8), test.row(stream: 9))
        for pixels in KernelCase.pixelCounts {
            let (z, gradient) = (test.map(pixels, stream: 1), test.map(pixels, stream: 5))
            for activation in [Activation.identity, .relu] {
                var coefficients = abl_coefficients(
                    factor: factor.base, slope: slope.base, offset: offset.base, scale: scale.base, shift: shift.base,
                    activation: activation.code)
                let result = KernelMap(copying: gradient)
                test.table.normalization_backward(
                    pixels, c, &coefficients, z.base, z.stride, result.base, result.stride)
                result.expect("normalization_backward, \(activation)") { p, i in
                    let u = Double(z[p, i]) * Double(scale[i]) + Double(shift[i])
                    let du = Double(gradient[p, i]) * activation.slope(u)
                    let value = Double(factor[i]) * du + Double(slope[i]) * Double(z[p, i])
                    return (value + Double(offset[i]), 8)
                }
            }
        }
    }

    /// Far out an activation is at its limit, and what is no number stays none: else a training that has diverged
    /// would go on unnoticed.
    @Test(arguments: KernelCase.all, Activation.allCases)
    func extremeArguments(_ test: KernelCase, _ activation: Activation) {
        let c = test.channels
        let (scale, shift) = (test.row(stream: nil), test.row(stream: nil))
        scale.fill { _, _ in 1 }
        shift.fill { _, _ in 0 }
        let arguments: [Float] = [0, 30, -30, 100, -100, 1e4, -1e4, 1e20, -1e20, .nan]
        let z = test.map(arguments.count, stream: nil)
        z.fill { p, _ in arguments[p] }
        let y = test.map(arguments.count, stream: nil)
        test.table.affine_activation(
            arguments.count, c, z.base, z.stride, scale.base, shift.base, activation.code, nil, 0, y.base, y.stride)
        for channel in 0..<c {
            let nan = y[arguments.count - 1, channel]
            #expect(nan.isNaN, "\(activation)(NaN) is \(nan)")
            y[arguments.count - 1, channel] = 0
        }
        y.expect("\(activation) far out", within: 1e-6) { p, _ in
            (arguments[p].isNaN ? 0 : activation.value(Double(arguments[p])), 1e-3)
        }
    }
}
