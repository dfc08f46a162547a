import CKernels
import Testing

/// The dense convolution's kernels against sums in double precision, at sizes around the register blocks.
@Suite struct CorrelationKernelTests {
    private struct Case: CustomStringConvertible {
        var rows = 2
        var pixels: Int
        var taps: Int
        var inputs: Int
        var outputs: Int
        /// Pixels that the windows move by.
        var step = 1

        var description: String { "\(rows)×\(pixels), \(taps)×\(inputs) → \(outputs), step \(step)" }
    }

    private static let cases = [
        Case(pixels: 1, taps: 1, inputs: 1, outputs: 1), Case(pixels: 29, taps: 3, inputs: 9, outputs: 16, step: 2),
        Case(pixels: 31, taps: 1, inputs: 24, outputs: 8), Case(pixels: 15, taps: 3, inputs: 12, outputs: 33),
        Case(pixels: 10, taps: 2, inputs: 30, outputs: 80),
        Case(rows: 1, pixels: 57, taps: 1, inputs: 15, outputs: 100),
        Case(pixels: 13, taps: 1, inputs: 41, outputs: 41), Case(pixels: 5, taps: 5, inputs: 5, outputs: 56, step: 3),
    ]

    /// x: a row holds every window of a row of y and `taps` rows follow each other; a pixel is one float wider than
    /// what the windows move by.
    private struct Task {
        let test: Case
        let x: KernelMap
        let weight: KernelMap
        var layout: abl_correlation
        private let width: Int

        init(_ test: Case) {
            self.test = test
            width = (test.pixels - 1) * test.step + test.inputs
            x = KernelMap(pixels: test.rows + test.taps - 1, channels: width, gap: 2, stream: 1)
            weight = KernelMap(pixels: test.taps * test.inputs, channels: test.outputs, stream: 2)
            layout = abl_correlation(
                rows: test.rows, pixels: test.pixels, taps: test.taps, inputs: test.inputs, outputs: test.outputs,
                x_row: x.stride, x_pixel: test.step, x_tap: x.stride, y_row: 0, y_pixel: 0)
        }

        /// The input under tap · inputs + input of an output pixel.
        func input(_ row: Int, _ pixel: Int, _ window: Int) -> Double {
            Double(x[row + window / test.inputs, pixel * test.step + window % test.inputs])
        }
    }

    @Test(arguments: KernelCase.all.filter { $0.channels == 1 && $0.gap == 0 })
    func correlation(_ kernels: KernelCase) {
        for test in Self.cases {
            var task = Task(test)
            let total = test.taps * test.inputs
            let packed = KernelMap(pixels: 1, channels: abl_packed_floats(total, test.outputs), stream: 3)
            let old = KernelMap(pixels: test.rows * test.pixels, channels: test.outputs, gap: 3, stream: 4)
            // In two parts, and from the transposed matrix as well.
            let transposed = KernelMap(pixels: test.outputs, channels: total, stream: nil)
            transposed.fill { task.weight[$1, $0] }
            for isTransposed in [false, true] {
                let source = isTransposed ? transposed : task.weight
                for rows in [0..<total / 2, total / 2..<total] where !rows.isEmpty {
                    kernels.table.pack(
                        rows.count, test.outputs, source.base + rows.lowerBound * (isTransposed ? 1 : source.stride),
                        isTransposed ? 1 : source.stride, isTransposed ? source.stride : 1, rows.lowerBound, total,
                        packed.base)
                }
                for adds in [false, true] {
                    let y =
                        adds
                        ? KernelMap(copying: old)
                        : KernelMap(
                            pixels: test.rows * test.pixels, channels: test.outputs, gap: 3, stream: nil)
                    task.layout.y_row = test.pixels * y.stride
                    task.layout.y_pixel = y.stride
                    kernels.table.correlate(&task.layout, task.x.base, packed.base, y.base, adds ? 1 : 0)
                    y.expect("correlate, \(test)") { p, o in
                        let terms = (0..<total).map {
                            task.input(p / test.pixels, p % test.pixels, $0) * Double(task.weight[$0, o])
                        }
                        return (terms.reduce(adds ? Double(old[p, o]) : 0, +), terms.reduce(2) { $0 + abs($1) })
                    }
                }
            }
        }
    }

    @Test(arguments: KernelCase.all.filter { $0.channels == 1 && $0.gap == 0 })
    func weightGradient(_ kernels: KernelCase) {
        for test in Self.cases {
            var task = Task(test)
            let total = test.taps * test.inputs
            let dy = KernelMap(pixels: test.rows * test.pixels, channels: test.outputs, gap: 3, stream: 5)
            let old = KernelMap(pixels: total, channels: test.outputs, gap: 1, stream: 6)
            let dweight = KernelMap(copying: old)
            task.layout.y_row = test.pixels * dy.stride
            task.layout.y_pixel = dy.stride
            kernels.table.correlate_weight(&task.layout, task.x.base, dy.base, dweight.base, dweight.stride)
            dweight.expect("correlate_weight, \(test)") { w, o in
                let terms = (0..<test.rows * test.pixels).map {
                    task.input($0 / test.pixels, $0 % test.pixels, w) * Double(dy[$0, o])
                }
                return (terms.reduce(Double(old[w, o]), +), terms.reduce(2) { $0 + abs($1) })
            }
        }
    }

    @Test("Strips hold the map and zeros around it", arguments: KernelCase.all)
    func strips(_ test: KernelCase) {
        let c = test.channels
        let (height, width) = (4, 5)
        let (x, z) = (test.map(height * width, stream: 1), test.map(height * width, stream: 2))
        let (factor, slope, offset) = (test.row(stream: 3), test.row(stream: 4), test.row(stream: 5))
        for (row, rows, column, columns) in [(0, 4, 0, 5), (-2, 8, -1, 7), (1, 2, 0, 5), (3, 3, -3, 12), (-4, 2, 0, 5)]
        {
            var strip = abl_strip(height: height, width: width, row: row, rows: rows, column: column, columns: columns)
            func source(_ p: Int) -> Int? {
                let (y, x) = (row + p / columns, column + p % columns)
                return y >= 0 && y < height && x >= 0 && x < width ? y * width + x : nil
            }
            let copy = KernelMap(pixels: rows * columns, channels: c, stream: nil)
            test.table.copy_strip(&strip, c, x.base, x.stride, copy.base)
            copy.expect("copy_strip") { p, i in (source(p).map { Double(x[$0, i]) } ?? 0, 1) }
            let gradient = KernelMap(pixels: rows * columns, channels: c, stream: nil)
            var coefficients = abl_coefficients(
                factor: factor.base, slope: slope.base, offset: offset.base, scale: nil, shift: nil,
                activation: ABL_IDENTITY)
            test.table.normalized_strip(
                &strip, c, &coefficients, x.base, x.stride, z.base, z.stride, gradient.base)
            gradient.expect("normalized_strip") { p, i in
                guard let p = source(p) else { return (0, 1) }
                return (
                    Double(x[p, i]) * Double(factor[i]) + Double(z[p, i]) * Double(slope[i]) + Double(offset[i]), 10
                )
            }
        }
    }
}
