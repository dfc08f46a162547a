import CKernels

/// Windows side by side in memory, multiplied by OpenBLAS: for any groups and on any processor.
struct UnrolledConvolution: ConvolutionAlgorithm {
    let geometry: ConvolutionGeometry
    let kernels: abl_kernels

    /// Floats of unrolled windows that stay in the second-level cache.
    private static let tileFloats = 96 * 1024

    /// Output rows, counted through all images of a lane, that are unrolled and multiplied at once.
    private var tileRows: Int {
        let perPixel = geometry.windowCount + (geometry.isPointwise ? geometry.output.channels : 0)
        return max(1, Self.tileFloats / max(geometry.output.width * perPixel, 1))
    }

    private var columnFloats: Int {
        geometry.isPointwise ? 0 : tileRows * geometry.output.width * geometry.windowCount
    }

    var forwardScratch: Int { columnFloats }
    var backwardScratch: Int { columnFloats }

    func forward(
        _ images: Range<Int>, _ input: TensorView, weight: UnsafePointer<Float>, into sums: TensorView,
        scratch: UnsafeMutablePointer<Float>, finished: (_ firstPixel: Int, _ pixels: Int) -> Void
    ) {
        let (inner, columns) = (geometry.windowCount, geometry.groupOutputs)
        forEachTile(images) { rows in
            let pixels = rows.count * geometry.output.width
            let firstPixel = rows.lowerBound * geometry.output.width
            let start = sums.base + firstPixel * sums.pixelStride
            for group in 0..<geometry.groups {
                Matrix.multiply(
                    rows: pixels, columns: columns, inner: inner, windows(input, rows, group, scratch),
                    Matrix.Operand(pointer: weight + group * inner * columns, rowStride: columns), beta: 0,
                    into: start + group * columns, rowStride: sums.pixelStride)
            }
            finished(firstPixel, pixels)
        }
    }

    func backward(
        _ images: Range<Int>, _ input: TensorView, _ gradient: SumsGradient, weight: UnsafePointer<Float>,
        partial: UnsafeMutablePointer<Float>, target: GradientTarget?, scratch: UnsafeMutablePointer<Float>
    ) {
        let (inner, columns) = (geometry.windowCount, geometry.groupOutputs)
        if let target, !geometry.isPointwise, !target.accumulates { clear(target.view, images) }
        forEachTile(images) { rows in
            let pixels = rows.count * geometry.output.width
            let firstPixel = rows.lowerBound * geometry.output.width
            gradient.denormalize(firstPixel, pixels)
            for group in 0..<geometry.groups {
                let dy = Matrix.Operand(
                    pointer: gradient.view.base + firstPixel * gradient.view.pixelStride + group * columns,
                    rowStride: gradient.view.pixelStride)
                var x = windows(input, rows, group, scratch)
                x.isTransposed = true
                Matrix.multiply(
                    rows: inner, columns: columns, inner: pixels, x, dy, beta: 1,
                    into: partial + group * inner * columns, rowStride: columns)
                guard let target else { continue }
                let matrix = Matrix.Operand(
                    pointer: weight + group * inner * columns, rowStride: columns, isTransposed: true)
                let view = target.view
                if geometry.isPointwise {
                    Matrix.multiply(
                        rows: pixels, columns: inner, inner: columns, dy, matrix, beta: target.accumulates ? 1 : 0,
                        into: view.base + firstPixel * view.pixelStride, rowStride: view.pixelStride)
                } else {
                    Matrix.multiply(
                        rows: pixels, columns: inner, inner: columns, dy, matrix, beta: 0, into: scratch,
                        rowStride: inner)
                    roll(scratch, rows, group, into: view)
                }
            }
        }
    }

    /// The matrix of windows of some rows: unrolled, or where the input already is that matrix, as it lies there.
    private func windows(
        _ input: TensorView, _ rows: Range<Int>, _ group: Int, _ column: UnsafeMutablePointer<Float>
    ) -> Matrix.Operand {
        if geometry.isPointwise {
            return Matrix.Operand(
                pointer: input.base + rows.lowerBound * geometry.output.width * input.pixelStride,
                rowStride: input.pixelStride)
        }
        var window = geometry.window
        let channels = geometry.groupInputs
        var destination = column
        forEachImage(rows) { image, first, last in
            kernels.unroll(
                &window, channels, input.image(image) + group * channels, input.pixelStride, first, last, destination)
            destination += (last - first) * geometry.output.width * geometry.windowCount
        }
        return Matrix.Operand(pointer: column, rowStride: geometry.windowCount)
    }

    /// Adds the gradients of unrolled windows to the maps.
    private func roll(
        _ column: UnsafeMutablePointer<Float>, _ rows: Range<Int>, _ group: Int, into view: TensorView
    ) {
        var window = geometry.window
        let channels = geometry.groupInputs
        var source = column
        forEachImage(rows) { image, first, last in
            kernels.roll(
                &window, channels, source, first, last, view.image(image) + group * channels, view.pixelStride)
            source += (last - first) * geometry.output.width * geometry.windowCount
        }
    }

    /// Cuts the output rows of some images, counted through all images of the batch, into tiles.
    @inline(__always)
    private func forEachTile(_ images: Range<Int>, _ body: (Range<Int>) -> Void) {
        let tile = tileRows
        var row = images.lowerBound * geometry.output.height
        let end = images.upperBound * geometry.output.height
        while row < end {
            let next = min(row + tile, end)
            body(row..<next)
            row = next
        }
    }

    /// Splits rows counted through all images into (image, rows of it).
    @inline(__always)
    private func forEachImage(_ rows: Range<Int>, _ body: (_ image: Int, _ first: Int, _ last: Int) -> Void) {
        let height = geometry.output.height
        var row = rows.lowerBound
        while row < rows.upperBound {
            let image = row / height
            let last = min(rows.upperBound, (image + 1) * height)
            body(image, row - image * height, last - image * height)
            row = last
        }
    }
}
