import CKernels
import Engine
import Testing

/// Sliding windows against loops over every tap, on every instruction set.
@Suite struct WindowKernelTests {
    @Test(arguments: KernelCase.all)
    func unrollAndRoll(_ test: KernelCase) {
        let c = test.channels
        for window in Window.convolutions + Window.pools {
            let x = test.map(window.inputPixels, stream: 1)
            // The middle rows alone as well: kernels are given tiles.
            for rows in Set([0..<window.outHeight, window.outHeight / 2..<window.outHeight]) {
                let outputs = rows.count * window.outWidth
                let columns = KernelMap(pixels: outputs * window.taps, channels: c, stream: nil)
                test.table.unroll(window.pointer, c, x.base, x.stride, rows.lowerBound, rows.upperBound, columns.base)
                columns.expect("unroll, \(window)", within: 0) { place, i in
                    let output = rows.lowerBound * window.outWidth + place / window.taps
                    return (window.source(output, place % window.taps).map { Double(x[$0, i]) } ?? 0, 0)
                }

                let gradient = KernelMap(pixels: outputs * window.taps, channels: c, stream: 2)
                let old = test.map(window.inputPixels, stream: 3)
                let dx = KernelMap(copying: old)
                test.table.roll(
                    window.pointer, c, gradient.base, rows.lowerBound, rows.upperBound, dx.base, dx.stride)
                var sums = (0..<window.inputPixels).map { p in (0..<c).map { Double(old[p, $0]) } }
                for place in 0..<outputs * window.taps {
                    let output = rows.lowerBound * window.outWidth + place / window.taps
                    guard let source = window.source(output, place % window.taps) else { continue }
                    for i in 0..<c { sums[source][i] += Double(gradient[place, i]) }
                }
                dx.expect("roll, \(window)") { (sums[$0][$1], 16) }
            }
        }
    }

    @Test(arguments: KernelCase.all)
    func depthwise(_ test: KernelCase) {
        let c = test.channels
        for window in Window.convolutions {
            let x = test.map(window.inputPixels, stream: 1)
            let weight = KernelMap(pixels: window.taps, channels: c, stream: 2)
            let y = KernelMap(pixels: window.outputPixels, channels: c, gap: 3, stream: nil)
            for rows in window.halves(window.pointer.pointee.out_height) {
                test.table.depthwise(
                    window.pointer, c, x.base, x.stride, weight.base, y.base, y.stride, rows.lowerBound,
                    rows.upperBound, window.scratch.base)
            }
            y.expect("depthwise, \(window)") { output, i in
                var (sum, size) = (0.0, 0.0)
                for tap in 0..<window.taps {
                    guard let source = window.source(output, tap) else { continue }
                    let term = Double(x[source, i]) * Double(weight[tap, i])
                    sum += term
                    size += abs(term)
                }
                return (sum, size)
            }
        }
    }

    @Test(arguments: KernelCase.all)
    func depthwiseGradients(_ test: KernelCase) {
        let c = test.channels
        for window in Window.convolutions {
            let x = test.map(window.inputPixels, stream: 1)
            let weight = KernelMap(pixels: window.taps, channels: c, stream: 2)
            let dy = KernelMap(pixels: window.outputPixels, channels: c, gap: 3, stream: 3)
            // Every product once: to the input's gradient, to the weight's gradient.
            let oldWeight = KernelMap(pixels: window.taps, channels: c, stream: 5)
            var weightSums = (0..<window.taps).map { t in (0..<c).map { (Double(oldWeight[t, $0]), 1.0) } }
            var inputSums = (0..<window.inputPixels).map { _ in (0..<c).map { _ in (0.0, 0.0) } }
            for output in 0..<window.outputPixels {
                for tap in 0..<window.taps {
                    guard let source = window.source(output, tap) else { continue }
                    for i in 0..<c {
                        let toWeight = Double(dy[output, i]) * Double(x[source, i])
                        weightSums[tap][i] = (weightSums[tap][i].0 + toWeight, weightSums[tap][i].1 + abs(toWeight))
                        let toInput = Double(dy[output, i]) * Double(weight[tap, i])
                        inputSums[source][i] = (inputSums[source][i].0 + toInput, inputSums[source][i].1 + abs(toInput))
                    }
                }
            }
            let dweight = KernelMap(copying: oldWeight)
            for rows in window.halves(window.pointer.pointee.out_height) {
                test.table.depthwise_backward_weight(
                    window.pointer, c, x.base, x.stride, dy.base, dy.stride, dweight.base, rows.lowerBound,
                    rows.upperBound, window.scratch.base)
            }
            dweight.expect("depthwise_backward_weight, \(window)") { weightSums[$0][$1] }

            let old = test.map(window.inputPixels, stream: 6)
            for accumulates in [false, true] {
                let dx = accumulates ? KernelMap(copying: old) : test.map(window.inputPixels, stream: nil)
                for rows in window.halves(window.pointer.pointee.height) {
                    test.table.depthwise_backward_input(
                        window.pointer, c, dy.base, dy.stride, weight.base, dx.base, dx.stride, accumulates ? 1 : 0,
                        rows.lowerBound, rows.upperBound, window.scratch.base)
                }
                dx.expect("depthwise_backward_input, \(window)") { p, i in
                    let (sum, size) = inputSums[p][i]
                    return (sum + (accumulates ? Double(old[p, i]) : 0), size + 2)
                }
            }
        }
    }

    @Test(arguments: KernelCase.all)
    func maximumPool(_ test: KernelCase) {
        let c = test.channels
        for window in Window.convolutions.filter({ $0.padsLessThanHalf }) + Window.pools {
            let x = test.map(window.inputPixels, stream: 1)
            // Few different values, so that windows have several maxima: the first in row order wins.
            x.fill { (x[$0, $1] * 2).rounded() }
            let y = KernelMap(pixels: window.outputPixels, channels: c, gap: 3, stream: nil)
            var winners = [UInt8](repeating: 255, count: window.outputPixels * c)
            test.table.max_pool(window.pointer, c, x.base, x.stride, y.base, y.stride, &winners)
            var expected: [[(tap: Int, value: Float)]] = []
            for output in 0..<window.outputPixels {
                expected.append(
                    (0..<c).map { i in
                        var best: (tap: Int, value: Float)?
                        for tap in 0..<window.taps {
                            guard let source = window.source(output, tap) else { continue }
                            if best.map({ x[source, i] > $0.value }) ?? true { best = (tap, x[source, i]) }
                        }
                        return best ?? (0, .nan)
                    })
            }
            y.expect("max_pool, \(window)", within: 0) { (Double(expected[$0][$1].value), 0) }
            #expect(winners.map(Int.init) == expected.flatMap { $0.map(\.tap) }, "winners of \(window)")

            // Without a place for the winners.
            let again = KernelMap(pixels: window.outputPixels, channels: c, stream: nil)
            test.table.max_pool(window.pointer, c, x.base, x.stride, again.base, again.stride, nil)
            again.expect("max_pool in evaluation", within: 0) { (Double(expected[$0][$1].value), 0) }

            let dy = KernelMap(pixels: window.outputPixels, channels: c, gap: 3, stream: 2)
            let old = test.map(window.inputPixels, stream: 3)
            let dx = KernelMap(copying: old)
            test.table.max_pool_backward(window.pointer, c, dy.base, dy.stride, winners, dx.base, dx.stride)
            var sums = (0..<window.inputPixels).map { p in (0..<c).map { Double(old[p, $0]) } }
            for output in 0..<window.outputPixels {
                for i in 0..<c {
                    guard let source = window.source(output, expected[output][i].tap) else { continue }
                    sums[source][i] += Double(dy[output, i])
                }
            }
            dx.expect("max_pool_backward, \(window)") { (sums[$0][$1], 16) }
        }
    }

    @Test(arguments: KernelCase.all)
    func averagePool(_ test: KernelCase) {
        let c = test.channels
        for window in Window.pools where window.isUnpadded {
            let x = test.map(window.inputPixels, stream: 1)
            let y = KernelMap(pixels: window.outputPixels, channels: c, gap: 3, stream: nil)
            test.table.average_pool(window.pointer, c, x.base, x.stride, y.base, y.stride)
            y.expect("average_pool, \(window)") { output, i in
                let sum = (0..<window.taps).compactMap { window.source(output, $0) }.reduce(0.0) {
                    $0 + Double(x[$1, i])
                }
                return (sum / Double(window.taps), 2)
            }
            let dy = KernelMap(pixels: window.outputPixels, channels: c, gap: 3, stream: 2)
            let old = test.map(window.inputPixels, stream: 3)
            let dx = KernelMap(copying: old)
            test.table.average_pool_backward(window.pointer, c, dy.base, dy.stride, dx.base, dx.stride)
            var sums = (0..<window.inputPixels).map { p in (0..<c).map { Double(old[p, $0]) } }
            for output in 0..<window.outputPixels {
                for tap in 0..<window.taps {
                    guard let source = window.source(output, tap) else { continue }
                    for i in 0..<c { sums[source][i] += Double(dy[output, i]) / Double(window.taps) }
                }
            }
            dx.expect("average_pool_backward, \(window)") { (sums[$0][$1], 8) }
        }
    }
}

/// A sliding window over an image of a certain size.
private final class Window: Sendable, CustomStringConvertible {
    let window: abl_window
    /// The same for C, for as long as the window lives.
    nonisolated(unsafe) let pointer: UnsafeMutablePointer<abl_window>

    /// Nil where the window does not fit.
    init?(_ height: Int, _ width: Int, kernel: (Int, Int), stride: (Int, Int), padding: (Int, Int)) {
        let (h, w) = (height + 2 * padding.0 - kernel.0, width + 2 * padding.1 - kernel.1)
        guard h >= 0, w >= 0 else { return nil }
        window = abl_window(
            height: height, width: width, out_height: h / stride.0 + 1, out_width: w / stride.1 + 1,
            kernel_h: kernel.0, kernel_w: kernel.1, stride_h: stride.0, stride_w: stride.1, pad_h: padding.0,
            pad_w: padding.1)
        pointer = .allocate(capacity: 1)
        pointer.initialize(to: window)
    }

    deinit { pointer.deallocate() }

    var description: String {
        """
        \(window.kernel_h)×\(window.kernel_w) stride \(window.stride_h)×\(window.stride_w) padding \
        \(window.pad_h)×\(window.pad_w) on \(window.height)×\(window.width)
        """
    }

    var taps: Int { window.kernel_h * window.kernel_w }
    var inputPixels: Int { window.height * window.width }
    var outputPixels: Int { window.out_height * window.out_width }
    var outHeight: Int { window.out_height }
    var outWidth: Int { window.out_width }
    var isUnpadded: Bool { window.pad_h == 0 && window.pad_w == 0 }
    /// Every window holds a pixel of the image.
    var padsLessThanHalf: Bool { 2 * window.pad_h <= window.kernel_h && 2 * window.pad_w <= window.kernel_w }

    /// The pixel of the image under a tap of an output; nil outside.
    func source(_ output: Int, _ tap: Int) -> Int? {
        let y = output / window.out_width * window.stride_h - window.pad_h + tap / window.kernel_w
        let x = output % window.out_width * window.stride_w - window.pad_w + tap % window.kernel_w
        guard y >= 0, y < window.height, x >= 0, x < window.width else { return nil }
        return y * window.width + x
    }

    private static let sizes = [(7, 6), (6, 9), (2, 1)]

    static let convolutions: [Window] = [(3, 3), (5, 5), (1, 5), (5, 1), (7, 7)].flatMap { kernel in
        [(1, 1), (2, 2), (2, 1)].flatMap { stride in
            sizes.flatMap { height, width in
                // Padded to the same size, and not at all.
                [(kernel.0 / 2, kernel.1 / 2), (0, 0)].compactMap {
                    Window(height, width, kernel: kernel, stride: stride, padding: $0)
                }
            }
        }
    }

    static let pools: [Window] = [((2, 2), (2, 2), (0, 0)), ((3, 3), (2, 2), (1, 1)), ((3, 2), (1, 3), (0, 0))].flatMap
    {
        kernel, stride, padding in
        sizes.compactMap { Window($0.0, $0.1, kernel: kernel, stride: stride, padding: padding) }
    }
}

extension Window {
    /// Rows in two calls, which together do what one would.
    func halves(_ rows: Int) -> [Range<Int>] { [0..<rows / 2, rows / 2..<rows].filter { !$0.isEmpty } }

    /// What the depthwise kernels borrow.
    fileprivate var scratch: KernelMap {
        KernelMap(pixels: abl_depthwise_scratch(pointer) / 16, channels: 16, stream: nil)
    }
}
