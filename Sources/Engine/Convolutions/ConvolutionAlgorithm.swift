import CKernels

/// One way to compute a convolution and its gradients for the images of a lane.
protocol ConvolutionAlgorithm {
    /// Floats that a lane borrows.
    var forwardScratch: Int { get }
    var backwardScratch: Int { get }
    /// Floats of the weights in the order in which a pass wants them; 0 where it takes them as they are.
    var forwardWeights: Int { get }
    var backwardWeights: Int { get }

    /// Brings the weights in order; piece by piece, all of which may run at once.
    func prepareForward(
        _ weight: UnsafePointer<Float>, into prepared: UnsafeMutablePointer<Float>, piece: Int, of pieces: Int)
    func prepareBackward(
        _ weight: UnsafePointer<Float>, into prepared: UnsafeMutablePointer<Float>, piece: Int, of pieces: Int)

    /// Writes the sums of some images; `finished` sees each stretch of pixels while it is in the cache.
    ///
    /// - Parameter weight: the weights, prepared where `forwardWeights` asks for it.
    func forward(
        _ images: Range<Int>, _ input: TensorView, weight: UnsafePointer<Float>, into sums: TensorView,
        scratch: UnsafeMutablePointer<Float>, finished: (_ firstPixel: Int, _ pixels: Int) -> Void)

    /// Whether the gradient by the weight is summed over the whole batch at once, by `addWeightGradient`, and not lane by
    /// lane: lanes then need no sums of their own, which cost more than they save where there are more weights than pixels.
    var sumsWeightsOverBatch: Bool { get }

    /// Adds the gradient by the weight to `partial`, unless that is summed over the batch, and writes or adds that by the
    /// input to `target`.
    ///
    /// - Parameter weight: the weights, prepared where `backwardWeights` asks for it.
    func backward(
        _ images: Range<Int>, _ input: TensorView, _ gradient: SumsGradient, weight: UnsafePointer<Float>,
        partial: UnsafeMutablePointer<Float>, target: GradientTarget?, scratch: UnsafeMutablePointer<Float>)

    /// Adds one piece of the gradient by the weight, over all images, whose `backward` has been; pieces may run at once.
    func addWeightGradient(
        imageCount: Int, _ input: TensorView, _ gradient: SumsGradient, to sums: UnsafeMutablePointer<Float>,
        piece: Int, of pieces: Int)
}

extension ConvolutionAlgorithm {
    var forwardWeights: Int { 0 }
    var backwardWeights: Int { 0 }
    var sumsWeightsOverBatch: Bool { false }
    func addWeightGradient(
        imageCount: Int, _ input: TensorView, _ gradient: SumsGradient, to sums: UnsafeMutablePointer<Float>,
        piece: Int, of pieces: Int
    ) {}
    func prepareForward(
        _ weight: UnsafePointer<Float>, into prepared: UnsafeMutablePointer<Float>, piece: Int, of pieces: Int
    ) {}
    func prepareBackward(
        _ weight: UnsafePointer<Float>, into prepared: UnsafeMutablePointer<Float>, piece: Int, of pieces: Int
    ) {}
}

/// The gradient by a convolution's sums: as it lies there, or through a batch norm that is still to be differentiated.
struct SumsGradient {
    let kernels: abl_kernels
    /// By the sums, by the normalised sums where there is `normalization`, or by the output where that defers its
    /// activation.
    let view: TensorView
    /// The sums and how their gradient follows from `view`.
    let normalization: (sums: TensorView, coefficients: abl_coefficients)?

    /// Turns some pixels of `view` in place into the gradient by the sums.
    func denormalize(_ pixel: Int, _ pixels: Int) {
        guard let (sums, known) = normalization else { return }
        var coefficients = known
        kernels.normalization_backward(
            pixels, view.shape.channels, &coefficients, sums.base + pixel * sums.pixelStride, sums.pixelStride,
            view.base + pixel * view.pixelStride, view.pixelStride)
    }

    /// Copies a strip of the gradient by the sums, with zeros around it; `pixel` is the map's first.
    func copyStrip(_ strip: abl_strip, from pixel: Int, into destination: UnsafeMutablePointer<Float>) {
        var strip = strip
        let source = view.base + pixel * view.pixelStride
        guard let (sums, known) = normalization else {
            kernels.copy_strip(&strip, view.shape.channels, source, view.pixelStride, destination)
            return
        }
        var coefficients = known
        kernels.normalized_strip(
            &strip, view.shape.channels, &coefficients, source, view.pixelStride,
            sums.base + pixel * sums.pixelStride, sums.pixelStride, destination)
    }
}

extension NormalizationState {
    /// - Parameter deferred: the activation whose derivative the gradient that comes still lacks; `relu` or `identity`.
    func coefficients(deferred: Activation) -> abl_coefficients {
        abl_coefficients(
            factor: factor, slope: slope, offset: offset, scale: scale, shift: shift, activation: deferred.code)
    }
}

extension ConvolutionGeometry {
    /// The fastest algorithm, by rule: our own kernels keep their blocks in registers from AVX2 on, with fewer products
    /// where the window is 3×3; without AVX2, and for groups, OpenBLAS multiplies unrolled windows.
    func algorithm(_ instructionSet: InstructionSet, _ kernels: abl_kernels) -> any ConvolutionAlgorithm {
        if isDepthwise { return DepthwiseConvolution(geometry: self, kernels: kernels) }
        guard groups == 1, instructionSet > .baseline else {
            return UnrolledConvolution(geometry: self, kernels: kernels)
        }
        if WinogradConvolution.suits(self) { return WinogradConvolution(geometry: self, kernels: kernels) }
        return DirectConvolution(geometry: self, kernels: kernels)
    }
}
