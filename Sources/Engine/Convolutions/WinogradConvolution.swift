import CKernels

/// 3×3 windows of stride 1 by Winograd's F(2×2, 3×3) (arXiv 1509.09308): 16 products for four outputs instead of 36.
///
/// ```
/// forward   strip of x  ──transform──► 16 planes ──products──► 16 planes ──transform──► sums
/// backward  strip of dz ──transform──► 16 planes ──products──► 16 planes ──transform──► dx
///           planes of x, planes of dz ──products──► 16 planes of dw, transformed once at the end
/// ```
struct WinogradConvolution: ConvolutionAlgorithm {
    let geometry: ConvolutionGeometry
    let kernels: abl_kernels

    /// Products of one piece of 4×4 pixels.
    private static let planeCount = 16

    /// Whether this algorithm computes the convolution at all, and is measured to be quicker: with few channels the
    /// transforms cost what the products save.
    static func suits(_ geometry: ConvolutionGeometry) -> Bool {
        geometry.kernel == Extent(3) && geometry.stride == Extent(1) && geometry.padding == Extent(1)
            && geometry.groups == 1 && geometry.input.channels >= 16 && geometry.output.channels >= 16
    }

    private var inputs: Int { geometry.input.channels }
    private var outputs: Int { geometry.output.channels }

    // MARK: Blocks of pieces

    /// Floats of the planes that are transformed and multiplied at once.
    private static let blockFloats = 192 * 1024
    /// Pieces that the kernels of the products need to be busy.
    private static let leastPieces = 56

    private var across: Int { (geometry.output.width + 1) / 2 }
    private var down: Int { (geometry.output.height + 1) / 2 }

    /// Rows of pieces, counted through the images of a lane, that are computed at once.
    private var blockRows: Int {
        let pieces = max(Self.leastPieces, Self.blockFloats / (Self.planeCount * (inputs + outputs)))
        return max(1, (pieces + across / 2) / across)
    }
    private var blockPieces: Int { blockRows * across }
    private var planes: Int { Self.planeCount * blockPieces }

    private var stripColumns: Int { 2 * across + 2 }
    private func stripFloats(_ channels: Int) -> Int {
        aligned((2 * min(blockRows, down) + 2) * stripColumns * channels)
    }

    /// Rows of pieces of some images in blocks, each cut where an image ends.
    private func forEachBlock(_ images: Range<Int>, _ body: (Block) -> Void) {
        let end = images.upperBound * down
        for first in stride(from: images.lowerBound * down, to: end, by: blockRows) {
            body(Block(rows: first..<min(first + blockRows, end)))
        }
    }

    private struct Block {
        /// Rows of pieces, counted through all images.
        let rows: Range<Int>

        /// The rows of pieces of one image after the other, and how many pieces stand in front of them.
        @inline(__always)
        func forEachImage(
            _ algorithm: WinogradConvolution, _ body: (_ image: Int, _ rows: Range<Int>, _ piece: Int) -> Void
        ) {
            var row = rows.lowerBound
            while row < rows.upperBound {
                let image = row / algorithm.down
                let last = min(rows.upperBound, (image + 1) * algorithm.down)
                let start = image * algorithm.down
                body(image, row - start..<last - start, (row - rows.lowerBound) * algorithm.across)
                row = last
            }
        }
    }

    /// The strip around rows of pieces: one pixel more on each side.
    private func strip(_ rows: Range<Int>) -> abl_strip {
        abl_strip(
            height: geometry.output.height, width: geometry.output.width, row: 2 * rows.lowerBound - 1,
            rows: 2 * rows.count + 2, column: -1, columns: stripColumns)
    }

    private func pieces(_ rows: Range<Int>) -> abl_pieces {
        abl_pieces(
            down: rows.count, across: across, columns: stripColumns, plane: blockPieces,
            rows: min(2 * rows.count, geometry.output.height - 2 * rows.lowerBound), width: geometry.output.width)
    }

    private func aligned(_ floats: Int) -> Int { (floats + 15) / 16 * 16 }

    /// Strip, planes of the input, planes of the sums.
    var forwardScratch: Int { stripFloats(inputs) + aligned(planes * inputs) + aligned(planes * outputs) }
    /// Strip, planes of the input (later of dx), planes of dz twice, planes of dw.
    var backwardScratch: Int {
        stripFloats(max(inputs, outputs)) + aligned(planes * inputs) + 2 * aligned(planes * outputs)
            + aligned(Self.planeCount * inputs * outputs)
    }

    // MARK: Weights

    var forwardWeights: Int { Self.planeCount * abl_packed_floats(inputs, outputs) }
    var backwardWeights: Int { Self.planeCount * abl_packed_floats(outputs, inputs) }

    func prepareForward(
        _ weight: UnsafePointer<Float>, into prepared: UnsafeMutablePointer<Float>, piece: Int, of pieces: Int
    ) {
        let range = piece * inputs / pieces..<(piece + 1) * inputs / pieces
        kernels.winograd_pack(
            range.count, outputs, weight + range.lowerBound * outputs, inputs * outputs, outputs, 1, range.lowerBound,
            inputs, 0, prepared)
    }

    func prepareBackward(
        _ weight: UnsafePointer<Float>, into prepared: UnsafeMutablePointer<Float>, piece: Int, of pieces: Int
    ) {
        let range = piece * outputs / pieces..<(piece + 1) * outputs / pieces
        kernels.winograd_pack(
            range.count, inputs, weight + range.lowerBound, inputs * outputs, 1, outputs, range.lowerBound, outputs, 1,
            prepared)
    }

    // MARK: Passes

    func forward(
        _ images: Range<Int>, _ input: TensorView, weight: UnsafePointer<Float>, into sums: TensorView,
        scratch: UnsafeMutablePointer<Float>, finished: (_ firstPixel: Int, _ pixels: Int) -> Void
    ) {
        let source = scratch + stripFloats(inputs)
        let products = source + aligned(planes * inputs)
        forEachBlock(images) { block in
            block.forEachImage(self) { image, rows, piece in
                var (strip, pieces) = (strip(rows), pieces(rows))
                kernels.copy_strip(&strip, inputs, input.image(image), input.pixelStride, scratch)
                kernels.winograd_input(&pieces, inputs, scratch, source + piece * inputs)
            }
            multiply(block, source, inputs, weight, into: products, outputs)
            block.forEachImage(self) { image, rows, piece in
                var pieces = pieces(rows)
                let first = image * geometry.output.pixelCount + 2 * rows.lowerBound * geometry.output.width
                kernels.winograd_output(
                    &pieces, outputs, products + piece * outputs, sums.base + first * sums.pixelStride,
                    geometry.output.width * sums.pixelStride, sums.pixelStride, 0)
                finished(first, pieces.rows * geometry.output.width)
            }
        }
    }

    func backward(
        _ images: Range<Int>, _ input: TensorView, _ gradient: SumsGradient, weight: UnsafePointer<Float>,
        partial: UnsafeMutablePointer<Float>, target: GradientTarget?, scratch: UnsafeMutablePointer<Float>
    ) {
        let source = scratch + stripFloats(max(inputs, outputs))
        let derivatives = source + aligned(planes * inputs)
        let around = derivatives + aligned(planes * outputs)
        let weights = around + aligned(planes * outputs)
        weights.update(repeating: 0, count: Self.planeCount * inputs * outputs)
        forEachBlock(images) { block in
            block.forEachImage(self) { image, rows, piece in
                var (strip, pieces) = (strip(rows), pieces(rows))
                kernels.copy_strip(&strip, inputs, input.image(image), input.pixelStride, scratch)
                kernels.winograd_input(&pieces, inputs, scratch, source + piece * inputs)
                gradient.copyStrip(strip, from: image * geometry.output.pixelCount, into: scratch)
                kernels.winograd_gradient(&pieces, outputs, scratch, derivatives + piece * outputs)
                if target != nil { kernels.winograd_input(&pieces, outputs, scratch, around + piece * outputs) }
            }
            var task = product(block, inputs, outputs)
            for plane in 0..<Self.planeCount {
                kernels.correlate_weight(
                    &task, source + plane * blockPieces * inputs, derivatives + plane * blockPieces * outputs,
                    weights + plane * inputs * outputs, outputs)
            }
            guard let target else { return }
            multiply(block, around, outputs, weight, into: source, inputs)
            block.forEachImage(self) { image, rows, piece in
                var pieces = pieces(rows)
                let view = target.view
                kernels.winograd_output(
                    &pieces, inputs, source + piece * inputs,
                    view.image(image) + 2 * rows.lowerBound * geometry.input.width * view.pixelStride,
                    geometry.input.width * view.pixelStride, view.pixelStride, target.accumulates ? 1 : 0)
            }
        }
        kernels.winograd_weight_gradient(inputs * outputs, weights, partial)
    }

    // MARK: Products

    private func product(_ block: Block, _ inner: Int, _ columns: Int) -> abl_correlation {
        abl_correlation(
            rows: 1, pixels: block.rows.count * across, taps: 1, inputs: inner, outputs: columns, x_row: 0,
            x_pixel: inner, x_tap: 0, y_row: 0, y_pixel: columns)
    }

    /// Plane by plane: planes of `inner` channels times the prepared weights.
    private func multiply(
        _ block: Block, _ source: UnsafePointer<Float>, _ inner: Int, _ weight: UnsafePointer<Float>,
        into products: UnsafeMutablePointer<Float>, _ columns: Int
    ) {
        var task = product(block, inner, columns)
        let packed = abl_packed_floats(inner, columns)
        for plane in 0..<Self.planeCount {
            kernels.correlate(
                &task, source + plane * blockPieces * inner, weight + plane * packed,
                products + plane * blockPieces * columns, 0)
        }
    }
}
