import CKernels

/// One channel in and out a group: vector kernels over channels.
struct DepthwiseConvolution: ConvolutionAlgorithm {
    let geometry: ConvolutionGeometry
    let kernels: abl_kernels

    private var scratch: Int {
        var window = geometry.window
        return abl_depthwise_scratch(&window)
    }

    var forwardScratch: Int { scratch }
    var backwardScratch: Int { scratch }

    /// Floats of the input rows that are read at once: they and what becomes of them stay in the second-level cache
    /// while one block of channels after the other is done.
    private static let tileFloats = 32 * 1024

    private func forEachTile(_ body: (Range<Int>) -> Void) {
        let height = geometry.output.height
        let row = geometry.input.width * geometry.input.channels * geometry.stride.height
        let tile = max(1, Self.tileFloats / max(row, 1))
        for first in Swift.stride(from: 0, to: height, by: tile) { body(first..<min(first + tile, height)) }
    }

    func forward(
        _ images: Range<Int>, _ input: TensorView, weight: UnsafePointer<Float>, into sums: TensorView,
        scratch: UnsafeMutablePointer<Float>, finished: (_ firstPixel: Int, _ pixels: Int) -> Void
    ) {
        var window = geometry.window
        for image in images {
            forEachTile { rows in
                kernels.depthwise(
                    &window, geometry.groups, input.image(image), input.pixelStride, weight, sums.image(image),
                    sums.pixelStride, rows.lowerBound, rows.upperBound, scratch)
                finished(
                    image * geometry.output.pixelCount + rows.lowerBound * geometry.output.width,
                    rows.count * geometry.output.width)
            }
        }
    }

    func backward(
        _ images: Range<Int>, _ input: TensorView, _ gradient: SumsGradient, weight: UnsafePointer<Float>,
        partial: UnsafeMutablePointer<Float>, target: GradientTarget?, scratch: UnsafeMutablePointer<Float>
    ) {
        var window = geometry.window
        let output = geometry.output
        let view = gradient.view
        let stride = geometry.stride.height
        for image in images {
            var (ready, written) = (0, 0)
            forEachTile { rows in
                // Rows of dx for this tile, and the rows of dz that they take.
                let end =
                    rows.upperBound == output.height
                    ? geometry.input.height : min(rows.upperBound * stride, geometry.input.height)
                let contributing = (end - 1 + geometry.padding.height) / stride + 1
                let needed = min(output.height, max(rows.upperBound, contributing))
                if needed > ready {
                    gradient.denormalize(
                        image * output.pixelCount + ready * output.width, (needed - ready) * output.width)
                    ready = needed
                }
                kernels.depthwise_backward_weight(
                    &window, geometry.groups, input.image(image), input.pixelStride, view.image(image),
                    view.pixelStride, partial, rows.lowerBound, rows.upperBound, scratch)
                guard let target else { return }
                kernels.depthwise_backward_input(
                    &window, geometry.groups, view.image(image), view.pixelStride, weight, target.view.image(image),
                    target.view.pixelStride, target.accumulates ? 1 : 0, written, end, scratch)
                written = end
            }
        }
    }
}
