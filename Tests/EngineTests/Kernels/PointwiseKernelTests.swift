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

                let spread = target()
                test.table.broadcast(pixels, c, factor.base, spread.base, spread.stride, flag)
                spread.expect("broadcast") { (start($0, $1) + Double(factor[$1]), 2) }
            }
        }
    }

    @Test("A gate multiplies its nearest pixels, and its gradient is their sum", arguments: KernelCase.all)
    func gates(_ test: KernelCase) {
        let c = test.channels
        for (height, width, gateHeight, gateWidth) in [(4, 3, 4, 3), (5, 7, 1, 1), (6, 4, 3, 2), (7, 5, 3, 2)] {
            let (pixels, gates) = (height * width, gateHeight * gateWidth)
            var sizes = abl_gate(height: height, width: width, gate_height: gateHeight, gate_width: gateWidth)
            let (a, b) = (test.map(pixels, stream: 1), test.map(gates, stream: 2))
            func gate(_ p: Int) -> Int { p / width * gateHeight / height * gateWidth + p % width * gateWidth / width }

            let product = test.map(pixels, stream: nil)
            test.table.gate(&sizes, c, a.base, a.stride, b.base, b.stride, product.base, product.stride)
            product.expect("gate") { (Double(a[$0, $1]) * Double(b[gate($0), $1]), 4) }

            let dy = test.map(pixels, stream: 3)
            let (oldMap, oldGate) = (test.map(pixels, stream: 4), test.map(gates, stream: 5))
            for adds in [false, true] {
                let da = adds ? KernelMap(copying: oldMap) : test.map(pixels, stream: nil)
                let db = adds ? KernelMap(copying: oldGate) : test.map(gates, stream: nil)
                let flag: Int32 = adds ? 1 : 0
                test.table.gate_backward(
                    &sizes, c, dy.base, dy.stride, a.base, a.stride, b.base, b.stride, da.base, da.stride, flag,
                    db.base, db.stride, flag)
                da.expect("gate_backward, map") {
                    (Double(dy[$0, $1]) * Double(b[gate($0), $1]) + (adds ? Double(oldMap[$0, $1]) : 0), 6)
                }
                db.expect("gate_backward, gate") { g, i in
                    let terms = (0..<pixels).filter { gate($0) == g }.map { Double(dy[$0, i]) * Double(a[$0, i]) }
                    return (
                        terms.reduce(adds ? Double(oldGate[g, i]) : 0, +), terms.reduce(2) { $0 + abs($1) }
                    )
                }
            }
            // Either may be left out.
            let alone = test.map(pixels, stream: nil)
            test.table.gate_backward(
                &sizes, c, dy.base, dy.stride, a.base, a.stride, b.base, b.stride, alone.base, alone.stride, 0, nil, 0,
                0)
            alone.expect("gate_backward, map alone") { (Double(dy[$0, $1]) * Double(b[gate($0), $1]), 6) }
        }
    }

    @Test(arguments: KernelCase.all)
    func sumsOverPixels(_ test: KernelCase) {
        let c = test.channels
        for pixels in KernelCase.pixelCounts {
            let a = test.map(pixels, stream: 1)
            func column(_ term: (Int) -> Double) -> (Double, Double) {
                (0..<pixels).reduce((0, 0)) { ($0.0 + term($1), $0.1 + abs(term($1))) }
            }
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
