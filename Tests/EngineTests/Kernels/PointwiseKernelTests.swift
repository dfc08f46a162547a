import CKernels
import Engine
import Foundation
import Testing

/// Copies, sums and products of maps, against plain loops in double precision, on every instruction set.
@Suite struct PointwiseKernelTests {
    @Test(arguments: KernelCase.all)
    func copies(_ test: KernelCase) {
        for pixels in KernelCase.pixelCounts {
            let source = test.map(pixels, stream: 1)
            // To and from maps with and without gaps.
            for target in [
                test.map(pixels, stream: nil), KernelMap(pixels: pixels, channels: test.channels, stream: nil),
            ] {
                test.table.copy(
                    pixels, test.channels, source.base, source.stride, target.base, target.stride)
                target.expect("copy", within: 0) { (Double(source[$0, $1]), 0) }
            }
        }
    }

    @Test(arguments: KernelCase.all)
    func sumsAndProducts(_ test: KernelCase) {
        let c = test.channels
        for pixels in KernelCase.pixelCounts {
            let (a, b) = (test.map(pixels, stream: 1), test.map(pixels, stream: 2))
            let factor = test.row(stream: 3)

            let sum = test.map(pixels, stream: nil)
            test.table.add(pixels, c, a.base, a.stride, b.base, b.stride, sum.base, sum.stride)
            sum.expect("add") { (Double(a[$0, $1]) + Double(b[$0, $1]), 2) }

            let total = KernelMap(copying: a)
            test.table.accumulate(pixels, c, b.base, b.stride, total.base, total.stride)
            total.expect("accumulate") { (Double(a[$0, $1]) + Double(b[$0, $1]), 2) }

            for accumulates in [false, true] {
                let old = test.map(pixels, stream: 4)
                func target() -> KernelMap { accumulates ? KernelMap(copying: old) : test.map(pixels, stream: nil) }
                func start(_ p: Int, _ i: Int) -> Double { accumulates ? Double(old[p, i]) : 0 }
                let flag: Int32 = accumulates ? 1 : 0

                let product = target()
                test.table.multiply(
                    pixels, c, a.base, a.stride, b.base, b.stride, product.base, product.stride, flag)
                product.expect("multiply") { (start($0, $1) + Double(a[$0, $1]) * Double(b[$0, $1]), 4) }

                let scaled = target()
                test.table.scale_channels(
                    pixels, c, a.base, a.stride, factor.base, scaled.base, scaled.stride, flag)
                scaled.expect("scale_channels") { (start($0, $1) + Double(a[$0, $1]) * Double(factor[$1]), 4) }

                let spread = target()
                test.table.broadcast(pixels, c, factor.base, spread.base, spread.stride, flag)
                spread.expect("broadcast") { (start($0, $1) + Double(factor[$1]), 2) }
            }
        }
    }

    @Test(arguments: KernelCase.all)
    func sumsOverPixels(_ test: KernelCase) {
        let c = test.channels
        for pixels in KernelCase.pixelCounts {
            let (a, b) = (test.map(pixels, stream: 1), test.map(pixels, stream: 2))
            func column(_ term: (Int) -> Double) -> (Double, Double) {
                (0..<pixels).reduce((0, 0)) { ($0.0 + term($1), $0.1 + abs(term($1))) }
            }
            // `channel_dots` replaces what is there, the others add to it.
            let dots = test.row(stream: nil)
            test.table.channel_dots(pixels, c, a.base, a.stride, b.base, b.stride, dots.base)
            dots.expect("channel_dots") { _, i in column { Double(a[$0, i]) * Double(b[$0, i]) } }

            let sums = KernelSums(c, from: 0.5)
            test.table.channel_sums(pixels, c, a.base, a.stride, sums.base)
            sums.expect("channel_sums") { i in
                let (sum, size) = column { Double(a[$0, i]) }
                return (sum + 0.5, size)
            }

            let (first, second) = (KernelSums(c, from: 0.25), KernelSums(c, from: 0.75))
            test.table.moments(pixels, c, a.base, a.stride, first.base, second.base)
            first.expect("moments, sum") { i in
                let (sum, size) = column { Double(a[$0, i]) }
                return (sum + 0.25, size)
            }
            second.expect("moments, squares") { i in
                let (sum, size) = column { Double(a[$0, i]) * Double(a[$0, i]) }
                return (sum + 0.75, size)
            }
        }
    }

    @Test(arguments: KernelCase.all)
    func softmaxOfRows(_ test: KernelCase) {
        let c = test.channels
        for pixels in KernelCase.pixelCounts {
            let x = test.map(pixels, stream: 1)
            // Some rows far apart, some all alike: neither overflows.
            for channel in 0..<c where pixels > 2 {
                x[0, channel] *= 60
                x[1, channel] = -1000
                x[2, channel] += 500
            }
            let y = test.map(pixels, stream: nil)
            test.table.softmax(pixels, c, x.base, x.stride, y.base, y.stride)
            var rows: [[Double]] = []
            for pixel in 0..<pixels {
                let row = (0..<c).map { Double(x[pixel, $0]) }
                let top = row.max() ?? 0
                let powers = row.map { exp($0 - top) }
                let total = powers.reduce(0, +)
                rows.append(powers.map { $0 / total })
            }
            y.expect("softmax", within: 2e-6) { (rows[$0][$1], 1e-3) }

            let dy = test.map(pixels, stream: 2)
            let old = test.map(pixels, stream: 3)
            for accumulates in [false, true] {
                let dx = accumulates ? KernelMap(copying: old) : test.map(pixels, stream: nil)
                test.table.softmax_backward(
                    pixels, c, y.base, y.stride, dy.base, dy.stride, dx.base, dx.stride, accumulates ? 1 : 0)
                dx.expect("softmax_backward") { p, i in
                    let dot = (0..<c).reduce(0.0) { $0 + Double(y[p, $1]) * Double(dy[p, $1]) }
                    return (Double(y[p, i]) * (Double(dy[p, i]) - dot) + (accumulates ? Double(old[p, i]) : 0), 2)
                }
            }
        }
    }
}
