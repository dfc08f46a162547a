import CKernels

/// Sizes of one convolution: the maps, the sliding window and the groups.
struct ConvolutionGeometry {
    let input: Shape
    let output: Shape
    let kernel: Extent
    let stride: Extent
    let padding: Extent
    let groups: Int

    init(_ convolution: Convolution, input: Shape, output: Shape) {
        self.input = input
        self.output = output
        kernel = convolution.kernel
        stride = convolution.stride
        padding = convolution.padding
        groups = convolution.groups
    }

    /// One channel in and out a group.
    var isDepthwise: Bool { groups == input.channels && output.channels == groups }

    /// The window is one pixel: the convolution is a plain matrix product.
    var isPointwise: Bool { kernel == Extent(1) && stride == Extent(1) && padding == Extent(0) && groups == 1 }

    var groupInputs: Int { input.channels / groups }
    var groupOutputs: Int { output.channels / groups }
    /// Weights of one output: the length of the sums.
    var windowCount: Int { kernel.height * kernel.width * groupInputs }
    var weightCount: Int { output.channels * windowCount }

    var window: abl_window {
        abl_window(
            height: input.height, width: input.width, out_height: output.height, out_width: output.width,
            kernel_h: kernel.height, kernel_w: kernel.width, stride_h: stride.height, stride_w: stride.width,
            pad_h: padding.height, pad_w: padding.width)
    }
}
