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

    func forward(
        _ images: Range<Int>, _ input: TensorView, weight: UnsafePointer<Float>, into sums: TensorView,
        scratch: UnsafeMutablePointer<Float>, finished: (_ firstPixel: Int, _ pixels: Int) -> Void
    ) {
        var window = geometry.window
        let pixels = geometry.output.pixelCount
        for image in images {
            kernels.depthwise(
                &window, geometry.groups, input.image(image), input.pixelStride, weight, sums.image(image),
                sums.pixelStride, scratch)
            finished(image * pixels, pixels)
        }
    }

    func backward(
        _ images: Range<Int>, _ input: TensorView, _ gradient: SumsGradient, weight: UnsafePointer<Float>,
        partial: UnsafeMutablePointer<Float>, target: GradientTarget?, scratch: UnsafeMutablePointer<Float>
    ) {
        var window = geometry.window
        let pixels = geometry.output.pixelCount
        let view = gradient.view
        for image in images {
            gradient.denormalize(image * pixels, pixels)
            kernels.depthwise_backward_weight(
                &window, geometry.groups, input.image(image), input.pixelStride, view.image(image), view.pixelStride,
                partial, scratch)
            if let target {
                kernels.depthwise_backward_input(
                    &window, geometry.groups, view.image(image), view.pixelStride, weight, target.view.image(image),
                    target.view.pixelStride, target.accumulates ? 1 : 0, scratch)
            }
        }
    }
}
