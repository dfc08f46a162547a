import CKernels

/// Register blocks of pixels × channels over strips of rows with their padding; no unrolled windows.
///
/// ```
/// forward   strip of x  ──correlate──► sums
/// backward  strip of dz ──correlate──► dx, one residue of the stride after the other, with the kernel turned round
///           strip of x, strip of dz ──correlate_weight──► dw
/// ```
struct DirectConvolution: ConvolutionAlgorithm {
    let geometry: ConvolutionGeometry
    let kernels: abl_kernels
    private let residues: [Residue]

    init(geometry: ConvolutionGeometry, kernels: abl_kernels) {
        self.geometry = geometry
        self.kernels = kernels
        residues = Self.residues(geometry)
    }

    /// Floats of one strip: two of them and the weights of one block stay in the second-level cache.
    private static let stripFloats = 48 * 1024

    // MARK: Tiles

    /// What is computed at once: output rows of one image, or, where a window is one pixel, any pixels.
    private var tile: Int {
        if geometry.isPointwise {
            return max(64, 2 * Self.stripFloats / (geometry.input.channels + geometry.output.channels))
        }
        let row = inputColumns * geometry.input.channels * geometry.stride.height
        return max(1, min(geometry.output.height, Self.stripFloats / max(row, 1)))
    }

    /// Columns of the input that the windows of one row cover, padding included.
    private var inputColumns: Int { (geometry.output.width - 1) * geometry.stride.width + geometry.kernel.width }

    private func inputStrip(_ rows: Range<Int>) -> abl_strip {
        abl_strip(
            height: geometry.input.height, width: geometry.input.width,
            row: rows.lowerBound * geometry.stride.height - geometry.padding.height,
            rows: (rows.count - 1) * geometry.stride.height + geometry.kernel.height,
            column: -geometry.padding.width, columns: inputColumns)
    }

    private var inputStripFloats: Int {
        geometry.isPointwise ? 0 : inputStrip(0..<tile).rows * inputColumns * geometry.input.channels
    }

    /// The rows of dx that are written along with a tile of output rows; together all rows, each once.
    private func inputRows(_ rows: Range<Int>) -> Range<Int> {
        let end =
            rows.upperBound == geometry.output.height
            ? geometry.input.height : min(rows.upperBound * geometry.stride.height, geometry.input.height)
        return min(rows.lowerBound * geometry.stride.height, end)..<end
    }

    /// The stretch of dz that contributes to `range` of dx along one axis, joined with `own`; it may begin before 0.
    private func contributors(
        _ range: Range<Int>, own: Range<Int>, kernel: Int, stride: Int, padding: Int
    ) -> Range<Int> {
        guard !range.isEmpty else { return own }
        let first = floorDivide(range.lowerBound + padding - kernel + stride, stride)
        let last = floorDivide(range.upperBound - 1 + padding, stride)
        return min(own.lowerBound, first)..<max(own.upperBound, last + 1)
    }

    private func gradientStrip(_ rows: Range<Int>) -> abl_strip {
        let vertical = contributors(
            inputRows(rows), own: rows, kernel: geometry.kernel.height, stride: geometry.stride.height,
            padding: geometry.padding.height)
        let horizontal = contributors(
            0..<geometry.input.width, own: 0..<geometry.output.width, kernel: geometry.kernel.width,
            stride: geometry.stride.width, padding: geometry.padding.width)
        return abl_strip(
            height: geometry.output.height, width: geometry.output.width, row: vertical.lowerBound,
            rows: vertical.count, column: horizontal.lowerBound, columns: horizontal.count)
    }

    private var gradientStripFloats: Int {
        if geometry.isPointwise { return tile * geometry.output.channels }
        var largest = 0
        forEachTile { rows in
            let strip = gradientStrip(rows)
            largest = max(largest, strip.rows * strip.columns * geometry.output.channels)
        }
        return largest
    }

    private func forEachTile(_ body: (Range<Int>) -> Void) {
        let (tile, height) = (tile, geometry.output.height)
        for first in stride(from: 0, to: height, by: tile) { body(first..<min(first + tile, height)) }
    }

    /// Stretches of the pixels of some images, counted through the batch.
    private func forEachStretch(_ images: Range<Int>, _ body: (_ first: Int, _ count: Int) -> Void) {
        let (tile, pixels) = (tile, geometry.output.pixelCount)
        let end = images.upperBound * pixels
        for first in stride(from: images.lowerBound * pixels, to: end, by: tile) { body(first, min(tile, end - first)) }
    }

    var forwardScratch: Int { aligned(inputStripFloats) }
    var backwardScratch: Int { aligned(inputStripFloats) + aligned(gradientStripFloats) }

    private func aligned(_ floats: Int) -> Int { (floats + 15) / 16 * 16 }

    // MARK: Weights

    var forwardWeights: Int { abl_packed_floats(geometry.windowCount, geometry.output.channels) }
    var backwardWeights: Int { residues.last.map { $0.weights + $0.weightFloats } ?? 0 }

    func prepareForward(
        _ weight: UnsafePointer<Float>, into prepared: UnsafeMutablePointer<Float>, piece: Int, of pieces: Int
    ) {
        let (inner, outputs) = (geometry.windowCount, geometry.output.channels)
        let range = piece * inner / pieces..<(piece + 1) * inner / pieces
        kernels.pack(
            range.count, outputs, weight + range.lowerBound * outputs, outputs, 1, range.lowerBound, inner, prepared)
    }

    /// Rows and columns of dx that meet the same taps of the kernel: (y + padding) mod stride is constant.
    private struct Residue {
        /// (y + padding) mod stride, vertical and horizontal.
        let vertical: Int
        let horizontal: Int
        /// Taps that they meet.
        let taps: Extent
        /// Where this residue's packed weights begin, and how many floats they are.
        let weights: Int
        let weightFloats: Int
    }

    private static func residues(_ geometry: ConvolutionGeometry) -> [Residue] {
        let (kernel, stride) = (geometry.kernel, geometry.stride)
        var list: [Residue] = []
        var offset = 0
        for vertical in 0..<stride.height {
            for horizontal in 0..<stride.width {
                let taps = Extent(
                    height: max(0, (kernel.height - vertical + stride.height - 1) / stride.height),
                    width: max(0, (kernel.width - horizontal + stride.width - 1) / stride.width))
                let inner = taps.height * taps.width * geometry.output.channels
                let floats = abl_packed_floats(inner, geometry.input.channels)
                list.append(
                    Residue(
                        vertical: vertical, horizontal: horizontal, taps: taps, weights: offset, weightFloats: floats))
                offset += floats
            }
        }
        return list
    }

    func prepareBackward(
        _ weight: UnsafePointer<Float>, into prepared: UnsafeMutablePointer<Float>, piece: Int, of pieces: Int
    ) {
        let (inputs, outputs) = (geometry.input.channels, geometry.output.channels)
        let range = piece * outputs / pieces..<(piece + 1) * outputs / pieces
        for residue in residues {
            let inner = residue.taps.height * residue.taps.width * outputs
            for ty in 0..<residue.taps.height {
                for tx in 0..<residue.taps.width {
                    // The last tap meets the first row of dz.
                    let y = residue.vertical + geometry.stride.height * (residue.taps.height - 1 - ty)
                    let x = residue.horizontal + geometry.stride.width * (residue.taps.width - 1 - tx)
                    let source = weight + (y * geometry.kernel.width + x) * inputs * outputs + range.lowerBound
                    kernels.pack(
                        range.count, inputs, source, 1, outputs,
                        (ty * residue.taps.width + tx) * outputs + range.lowerBound, inner, prepared + residue.weights)
                }
            }
        }
    }

    // MARK: Passes

    func forward(
        _ images: Range<Int>, _ input: TensorView, weight: UnsafePointer<Float>, into sums: TensorView,
        scratch: UnsafeMutablePointer<Float>, finished: (_ firstPixel: Int, _ pixels: Int) -> Void
    ) {
        if geometry.isPointwise {
            forEachStretch(images) { first, count in
                var task = pointwise(count, inputs: geometry.input.channels, outputs: geometry.output.channels)
                task.x_pixel = input.pixelStride
                task.y_pixel = sums.pixelStride
                kernels.correlate(
                    &task, input.base + first * input.pixelStride, weight, sums.base + first * sums.pixelStride, 0)
                finished(first, count)
            }
            return
        }
        for image in images {
            forEachTile { rows in
                var strip = inputStrip(rows)
                kernels.copy_strip(&strip, geometry.input.channels, input.image(image), input.pixelStride, scratch)
                var task = windows(rows.count)
                task.y_row = geometry.output.width * sums.pixelStride
                task.y_pixel = sums.pixelStride
                let first = image * geometry.output.pixelCount + rows.lowerBound * geometry.output.width
                kernels.correlate(&task, scratch, weight, sums.base + first * sums.pixelStride, 0)
                finished(first, rows.count * geometry.output.width)
            }
        }
    }

    func backward(
        _ images: Range<Int>, _ input: TensorView, _ gradient: SumsGradient, weight: UnsafePointer<Float>,
        partial: UnsafeMutablePointer<Float>, target: GradientTarget?, scratch: UnsafeMutablePointer<Float>
    ) {
        if geometry.isPointwise {
            pointwiseBackward(images, input, gradient, weight, partial, target, scratch)
            return
        }
        let outputs = geometry.output.channels
        let xStrip = scratch
        let dzStrip = scratch + aligned(inputStripFloats)
        if let target, !target.accumulates, residues.contains(where: { $0.taps.height * $0.taps.width == 0 }) {
            clear(target.view, images)
        }
        for image in images {
            forEachTile { rows in
                var strip = inputStrip(rows)
                kernels.copy_strip(&strip, geometry.input.channels, input.image(image), input.pixelStride, xStrip)
                let dz = gradientStrip(rows)
                gradient.copyStrip(dz, from: image * geometry.output.pixelCount, into: dzStrip)
                let pitch = dz.columns * outputs
                var task = windows(rows.count)
                task.y_row = pitch
                task.y_pixel = outputs
                kernels.correlate_weight(
                    &task, xStrip, dzStrip + (rows.lowerBound - dz.row) * pitch - dz.column * outputs, partial, outputs)
                guard let target else { return }
                for residue in residues {
                    inputGradient(residue, rows, dz, dzStrip, weight, target, image)
                }
            }
        }
    }

    /// dx at the pixels of one residue, for a tile of output rows.
    private func inputGradient(
        _ residue: Residue, _ rows: Range<Int>, _ dz: abl_strip, _ dzStrip: UnsafePointer<Float>,
        _ weight: UnsafePointer<Float>, _ target: GradientTarget, _ image: Int
    ) {
        let (outputs, stride, padding) = (geometry.output.channels, geometry.stride, geometry.padding)
        let range = inputRows(rows)
        let y = first(range.lowerBound, residue.vertical, stride.height, padding.height)
        let x = first(0, residue.horizontal, stride.width, padding.width)
        guard y < range.upperBound, x < geometry.input.width, residue.taps.height * residue.taps.width > 0 else {
            return
        }
        let pitch = dz.columns * outputs
        let view = target.view
        var task = abl_correlation(
            rows: (range.upperBound - y + stride.height - 1) / stride.height,
            pixels: (geometry.input.width - x + stride.width - 1) / stride.width,
            taps: residue.taps.height, inputs: residue.taps.width * outputs, outputs: geometry.input.channels,
            x_row: pitch, x_pixel: outputs, x_tap: pitch,
            y_row: stride.height * geometry.input.width * view.pixelStride, y_pixel: stride.width * view.pixelStride)
        let top = (y + padding.height - residue.vertical) / stride.height - (residue.taps.height - 1)
        let left = (x + padding.width - residue.horizontal) / stride.width - (residue.taps.width - 1)
        kernels.correlate(
            &task, dzStrip + (top - dz.row) * pitch + (left - dz.column) * outputs, weight + residue.weights,
            view.image(image) + (y * geometry.input.width + x) * view.pixelStride, target.accumulates ? 1 : 0)
    }

    private func pointwiseBackward(
        _ images: Range<Int>, _ input: TensorView, _ gradient: SumsGradient, _ weight: UnsafePointer<Float>,
        _ partial: UnsafeMutablePointer<Float>, _ target: GradientTarget?, _ scratch: UnsafeMutablePointer<Float>
    ) {
        let (inputs, outputs) = (geometry.input.channels, geometry.output.channels)
        forEachStretch(images) { first, count in
            var back = pointwise(count, inputs: outputs, outputs: inputs)
            var dz = UnsafePointer(scratch)
            if sumsWeightsOverBatch {
                // The whole batch's is read again: it stays where it lies.
                gradient.denormalize(first, count)
                dz = UnsafePointer(gradient.view.base + first * gradient.view.pixelStride)
                back.x_pixel = gradient.view.pixelStride
            } else {
                let strip = abl_strip(height: 1, width: count, row: 0, rows: 1, column: 0, columns: count)
                gradient.copyStrip(strip, from: first, into: scratch)
                var task = pointwise(count, inputs: inputs, outputs: outputs)
                task.x_pixel = input.pixelStride
                kernels.correlate_weight(&task, input.base + first * input.pixelStride, scratch, partial, outputs)
            }
            guard let target else { return }
            back.y_pixel = target.view.pixelStride
            kernels.correlate(
                &back, dz, weight, target.view.base + first * target.view.pixelStride, target.accumulates ? 1 : 0)
        }
    }

    var sumsWeightsOverBatch: Bool {
        geometry.isPointwise && geometry.input.channels >= geometry.output.pixelCount
    }

    /// A piece is a range of inputs.
    func addWeightGradient(
        imageCount: Int, _ input: TensorView, _ gradient: SumsGradient, to sums: UnsafeMutablePointer<Float>,
        piece: Int, of pieces: Int
    ) {
        let (inputs, outputs) = (geometry.input.channels, geometry.output.channels)
        let range = piece * inputs / pieces..<(piece + 1) * inputs / pieces
        forEachStretch(0..<imageCount) { first, count in
            var task = pointwise(count, inputs: range.count, outputs: outputs)
            task.x_pixel = input.pixelStride
            task.y_pixel = gradient.view.pixelStride
            kernels.correlate_weight(
                &task, input.base + first * input.pixelStride + range.lowerBound,
                gradient.view.base + first * gradient.view.pixelStride, sums + range.lowerBound * outputs, outputs)
        }
    }

    // MARK: Correlations

    /// Output rows over a strip of the input; y's strides are to be set.
    private func windows(_ rows: Int) -> abl_correlation {
        let channels = geometry.input.channels
        let pitch = inputColumns * channels
        return abl_correlation(
            rows: rows, pixels: geometry.output.width, taps: geometry.kernel.height,
            inputs: geometry.kernel.width * channels, outputs: geometry.output.channels,
            x_row: geometry.stride.height * pitch, x_pixel: geometry.stride.width * channels, x_tap: pitch, y_row: 0,
            y_pixel: 0)
    }

    /// One row of pixels that lie side by side.
    private func pointwise(_ pixels: Int, inputs: Int, outputs: Int) -> abl_correlation {
        abl_correlation(
            rows: 1, pixels: pixels, taps: 1, inputs: inputs, outputs: outputs, x_row: 0, x_pixel: inputs, x_tap: 0,
            y_row: 0, y_pixel: outputs)
    }

    /// The first position from `start` on whose (position + padding) mod stride is `residue`.
    private func first(_ start: Int, _ residue: Int, _ stride: Int, _ padding: Int) -> Int {
        start + ((residue - start - padding) % stride + stride) % stride
    }
}

/// ⌊a / b⌋ for b > 0.
private func floorDivide(_ a: Int, _ b: Int) -> Int { a >= 0 ? a / b : -((-a + b - 1) / b) }
