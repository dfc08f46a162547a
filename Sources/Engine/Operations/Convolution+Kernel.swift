import CKernels

extension Convolution: ExecutableOperation {
    /// One channel in and out a group.
    func isDepthwise(_ input: Shape) -> Bool { groups == input.channels && outputChannels == groups }

    /// The window is one pixel: the convolution is a plain matrix product.
    private var isPointwise: Bool {
        kernel == Extent(1) && stride == Extent(1) && padding == Extent(0) && groups == 1
    }

    /// Floats of unrolled windows that stay in the second-level cache.
    private static let tileFloats = 96 * 1024

    /// Output rows, counted through all images of a lane, that are unrolled and multiplied at once.
    private func tileRows(input: Shape, output: Shape) -> Int {
        let window = isPointwise ? input.channels : kernel.height * kernel.width * (input.channels / groups)
        let perRow = output.width * (window + (isPointwise ? outputChannels : 0))
        return max(1, Self.tileFloats / max(perRow, 1))
    }

    /// Floats of one tile of unrolled windows, or of a depthwise kernel's scratch.
    private func columnFloats(input: Shape, output: Shape) -> Int {
        if isPointwise { return 0 }
        if isDepthwise(input) {
            var window = window(input, output)
            return abl_depthwise_scratch(&window)
        }
        let window = kernel.height * kernel.width * (input.channels / groups)
        return tileRows(input: input, output: output) * output.width * window
    }

    private func weightCount(_ input: Shape) -> Int {
        outputChannels * (input.channels / groups) * kernel.height * kernel.width
    }

    /// Whether the pre-activation sums must be kept for the backward pass.
    private var savesSums: Bool { normalization != nil || activation != .identity }

    func memory(inputs: [Shape], output: Shape, mode: KernelContext.Mode) -> MemoryNeeds {
        var needs = MemoryNeeds()
        needs.persistent = NormalizationState.floatCount(channels: outputChannels)
        let column = columnFloats(input: inputs[0], output: output)
        needs.laneScratch = column
        if mode == .training {
            needs.savedPerImage = savesSums ? output.elementCount : 0
            needs.laneScratch = column + weightCount(inputs[0])
            needs.backwardReads = [0]
        }
        return needs
    }

    func makeKernel(_ context: KernelContext) -> NodeKernel {
        let state = context.persistent.map { NormalizationState($0, channels: outputChannels) }
        guard let state else { preconditionFailure("a convolution asks for persistent memory") }
        var kernel = NodeKernel()
        kernel.forward =
            context.isTraining && normalization != nil
            ? normalizedForward(context, state) : plainForward(context, state)
        if context.isTraining { kernel.backward = backward(context, state) }
        return kernel
    }

    /// Positions of a node's parameters in its list.
    private var biasIndex: Int? { hasBias ? 1 : nil }
    private var normalizationIndex: Int { hasBias ? 2 : 1 }

    // MARK: Forward

    /// Training with batch statistics: sums and their moments, then normalisation with activation.
    private func normalizedForward(_ context: KernelContext, _ state: NormalizationState) -> [Phase] {
        guard let attributes = normalization, let saved = context.saved else {
            preconditionFailure("a normalised convolution keeps its sums")
        }
        precondition(!hasBias, "a bias in front of a batch norm has no effect in training")
        let (kernels, batch, output) = (context.kernels.table, context.batch, context.output)
        let parameters = context.parameters
        let channels = outputChannels
        let base = normalizationIndex
        let sums = TensorView(base: saved, shape: output.shape, pixelStride: channels)
        let first = convolve(context, into: sums) { lane, start, pixels in
            let (sum, squares) = state.laneSums(lane)
            kernels.moments(pixels, channels, start, channels, sum, squares)
        } before: { lane in
            state.clearSums(lane)
        }
        let second = Phase(count: 1) { _ in
            state.finishMoments(
                count: batch.imageCount * output.shape.pixelCount, batch, attributes,
                gamma: parameters[base].values, beta: parameters[base + 1].values,
                runningMean: parameters[base + 2].values, runningVariance: parameters[base + 3].values)
        }
        let code = activation.code
        let residual = context.inputs.count > 1 ? context.inputs[1] : nil
        let third = context.lanes { _, images in
            kernels.affine_activation(
                images.count * output.shape.pixelCount, channels, sums.image(images.lowerBound), channels, state.scale,
                state.shift, code, residual?.image(images.lowerBound), residual?.pixelStride ?? 0,
                output.image(images.lowerBound), output.pixelStride)
        }
        return [first, second, third]
    }

    /// Evaluation, or training without batch norm: one pass with the epilogue on each tile.
    private func plainForward(_ context: KernelContext, _ state: NormalizationState) -> [Phase] {
        let (kernels, output) = (context.kernels.table, context.output)
        let parameters = context.parameters
        let channels = outputChannels
        let code = activation.code
        let bias = biasIndex.map { parameters[$0].values }
        let base = normalizationIndex
        let attributes = normalization
        let prepare = Phase(count: 1) { _ in
            if let attributes {
                state.fold(
                    attributes, gamma: parameters[base].values, beta: parameters[base + 1].values,
                    runningMean: parameters[base + 2].values, runningVariance: parameters[base + 3].values, bias: bias)
            } else {
                state.setBias(bias)
            }
        }
        let keepsSums = context.isTraining && savesSums
        let destination =
            keepsSums
            ? context.saved.map { TensorView(base: $0, shape: output.shape, pixelStride: channels) } : output
        guard let destination else { preconditionFailure("a convolution with an activation keeps its sums") }
        let residual = context.inputs.count > 1 ? context.inputs[1] : nil
        let hasEpilogue = hasBias || normalization != nil || activation != .identity || residual != nil
        let work = convolve(context, into: destination) { lane, start, pixels in
            guard hasEpilogue else { return }
            let pixel = (start - destination.base) / destination.pixelStride
            kernels.affine_activation(
                pixels, channels, start, destination.pixelStride, state.scale, state.shift, code,
                residual.map { UnsafePointer($0.base + pixel * $0.pixelStride) }, residual?.pixelStride ?? 0,
                output.base + pixel * output.pixelStride, output.pixelStride)
        } before: { _ in
        }
        return hasEpilogue ? [prepare, work] : [work]
    }

    /// The sums themselves; `after` sees each stretch of pixels while it is in the cache.
    private func convolve(
        _ context: KernelContext, into sums: TensorView,
        after: @escaping (_ lane: Int, _ start: UnsafeMutablePointer<Float>, _ pixels: Int) -> Void,
        before: @escaping (_ lane: Int) -> Void
    ) -> Phase {
        let (kernels, input) = (context.kernels.table, context.inputs[0])
        let weight = context.parameters[0].values
        let outputShape = context.output.shape
        let window = window(input.shape, outputShape)
        if isDepthwise(input.shape) {
            return context.lanes { lane, images in
                before(lane)
                for image in images {
                    var window = window
                    kernels.depthwise(
                        &window, input.shape.channels, input.image(image), input.pixelStride, weight, sums.image(image),
                        sums.pixelStride, context.scratch(lane))
                    after(lane, sums.image(image), outputShape.pixelCount)
                }
            }
        }
        let tile = tileRows(input: input.shape, output: outputShape)
        let (isPointwise, groups) = (isPointwise, groups)
        let groupInputs = input.shape.channels / groups
        let groupOutputs = outputChannels / groups
        let inner = kernel.height * kernel.width * groupInputs
        return context.lanes { lane, images in
            before(lane)
            let column = context.scratch(lane)
            forEachTile(images, outputShape, tile) { rows in
                let pixels = rows.count * outputShape.width
                let start = sums.base + rows.lowerBound * outputShape.width * sums.pixelStride
                for group in 0..<groups {
                    let a: Matrix.Operand
                    if isPointwise {
                        a = Matrix.Operand(
                            pointer: input.base + rows.lowerBound * outputShape.width * input.pixelStride,
                            rowStride: input.pixelStride)
                    } else {
                        unroll(
                            kernels, window, input, channels: group * groupInputs..<(group + 1) * groupInputs, rows,
                            into: column)
                        a = Matrix.Operand(pointer: column, rowStride: inner)
                    }
                    Matrix.multiply(
                        rows: pixels, columns: groupOutputs, inner: inner, a,
                        Matrix.Operand(pointer: weight + group * inner * groupOutputs, rowStride: groupOutputs),
                        beta: 0,
                        into: start + group * groupOutputs, rowStride: sums.pixelStride)
                }
                after(lane, start, pixels)
            }
        }
    }

    // MARK: Backward

    private func backward(_ context: KernelContext, _ state: NormalizationState) -> [Phase] {
        guard let gradient = context.outputGradient else { preconditionFailure("training needs an output gradient") }
        let (kernels, batch, output) = (context.kernels.table, context.batch, context.output)
        let parameters = context.parameters
        let channels = outputChannels
        let sums = context.saved.map { TensorView(base: $0, shape: output.shape, pixelStride: channels) }
        let residual = context.inputGradients.count > 1 ? context.inputGradients[1] : nil
        let code = activation.code
        let (savesSums, hasBias) = (savesSums, hasBias)
        var phases: [Phase] = []
        if residual != nil || savesSums || hasBias {
            phases.append(
                context.lanes { lane, images in
                    let pixels = images.count * output.shape.pixelCount
                    let start = gradient.image(images.lowerBound)
                    if let residual {
                        let target = residual.view
                        let copy = residual.accumulates ? kernels.accumulate : kernels.copy
                        copy?(
                            pixels, channels, start, gradient.pixelStride, target.image(images.lowerBound),
                            target.pixelStride)
                    }
                    guard savesSums || hasBias else { return }
                    state.clearSums(lane)
                    let (first, second) = state.laneSums(lane)
                    if let sums {
                        kernels.affine_activation_backward(
                            pixels, channels, sums.image(images.lowerBound), channels, state.scale, state.shift,
                            state.mean, code, start, gradient.pixelStride, first, second)
                    } else {
                        kernels.channel_sums(pixels, channels, start, gradient.pixelStride, first)
                    }
                })
        }
        let base = normalizationIndex
        if normalization != nil {
            phases.append(
                Phase(count: 1) { _ in
                    guard let gamma = parameters[base].gradient, let beta = parameters[base + 1].gradient else {
                        return
                    }
                    state.finishGradients(
                        count: batch.imageCount * output.shape.pixelCount, batch, gamma: parameters[base].values,
                        gammaGradient: gamma, betaGradient: beta)
                })
        } else if hasBias {
            phases.append(
                Phase(count: 1) { _ in
                    guard let bias = parameters[1].gradient else { return }
                    state.addBiasGradient(batch, to: bias)
                })
        }
        phases.append(products(context, state, gradient, sums: normalization == nil ? nil : sums))
        phases.append(reduction(context))
        return phases
    }

    /// Gradients of the input and, lane by lane, of the weight; batch norm's own gradient is taken tile by tile first.
    private func products(
        _ context: KernelContext, _ state: NormalizationState, _ gradient: TensorView, sums: TensorView?
    ) -> Phase {
        let (kernels, input) = (context.kernels.table, context.inputs[0])
        let weight = context.parameters[0].values
        let outputShape = context.output.shape
        let channels = outputChannels
        let window = window(input.shape, outputShape)
        let weightCount = weightCount(input.shape)
        let target = context.inputGradients[0]
        let column = columnFloats(input: input.shape, output: outputShape)

        /// Turns the gradient of `pixels` pixels from that of the normalised sums into that of the sums.
        @inline(__always)
        func denormalize(_ pixel: Int, _ pixels: Int) {
            guard let sums else { return }
            kernels.normalization_backward(
                pixels, channels, sums.base + pixel * channels, channels, state.factor, state.slope, state.offset,
                gradient.base + pixel * gradient.pixelStride, gradient.pixelStride)
        }

        if isDepthwise(input.shape) {
            return context.lanes { lane, images in
                let partial = context.scratch(lane) + column
                partial.update(repeating: 0, count: weightCount)
                for image in images {
                    var window = window
                    denormalize(image * outputShape.pixelCount, outputShape.pixelCount)
                    kernels.depthwise_backward_weight(
                        &window, channels, input.image(image), input.pixelStride, gradient.image(image),
                        gradient.pixelStride, partial, context.scratch(lane))
                    if let target {
                        kernels.depthwise_backward_input(
                            &window, channels, gradient.image(image), gradient.pixelStride, weight,
                            target.view.image(image), target.view.pixelStride, target.accumulates ? 1 : 0,
                            context.scratch(lane))
                    }
                }
            }
        }
        let tile = tileRows(input: input.shape, output: outputShape)
        let (isPointwise, groups) = (isPointwise, groups)
        let groupInputs = input.shape.channels / groups
        let groupOutputs = outputChannels / groups
        let inner = kernel.height * kernel.width * groupInputs
        return context.lanes { lane, images in
            let columns = context.scratch(lane)
            let partial = columns + column
            if let target, !isPointwise, !target.accumulates { clear(target.view, images) }
            var isFirst = true
            forEachTile(images, outputShape, tile) { rows in
                let pixels = rows.count * outputShape.width
                let firstPixel = rows.lowerBound * outputShape.width
                denormalize(firstPixel, pixels)
                for group in 0..<groups {
                    let dy = gradient.base + firstPixel * gradient.pixelStride + group * groupOutputs
                    let range = group * groupInputs..<(group + 1) * groupInputs
                    let matrix = Matrix.Operand(
                        pointer: weight + group * inner * groupOutputs, rowStride: groupOutputs, isTransposed: true)
                    let x: Matrix.Operand
                    if isPointwise {
                        x = Matrix.Operand(
                            pointer: input.base + firstPixel * input.pixelStride, rowStride: input.pixelStride,
                            isTransposed: true)
                    } else {
                        unroll(kernels, window, input, channels: range, rows, into: columns)
                        x = Matrix.Operand(pointer: columns, rowStride: inner, isTransposed: true)
                    }
                    Matrix.multiply(
                        rows: inner, columns: groupOutputs, inner: pixels, x,
                        Matrix.Operand(pointer: dy, rowStride: gradient.pixelStride), beta: isFirst ? 0 : 1,
                        into: partial + group * inner * groupOutputs, rowStride: groupOutputs)
                    guard let target else { continue }
                    let view = target.view
                    let left = Matrix.Operand(pointer: dy, rowStride: gradient.pixelStride)
                    if isPointwise {
                        Matrix.multiply(
                            rows: pixels, columns: inner, inner: groupOutputs, left, matrix,
                            beta: target.accumulates ? 1 : 0, into: view.base + firstPixel * view.pixelStride,
                            rowStride: view.pixelStride)
                    } else {
                        Matrix.multiply(
                            rows: pixels, columns: inner, inner: groupOutputs, left, matrix, beta: 0, into: columns,
                            rowStride: inner)
                        roll(kernels, window, columns, rows, into: view, channels: range)
                    }
                }
                isFirst = false
            }
        }
    }

    /// Adds the lanes' weight gradients up in lane order.
    private func reduction(_ context: KernelContext) -> Phase {
        guard let gradient = context.parameters[0].gradient else { return Phase(count: 0) { _ in } }
        let count = weightCount(context.inputs[0].shape)
        let offset = columnFloats(input: context.inputs[0].shape, output: context.output.shape)
        let (kernels, batch) = (context.kernels.table, context.batch)
        let pieces = count < 16_384 ? 1 : BatchState.laneCount
        return Phase(count: pieces) { piece in
            let range = piece * count / pieces..<(piece + 1) * count / pieces
            for lane in 0..<BatchState.laneCount where !batch.images(of: lane).isEmpty {
                kernels.accumulate(
                    1, range.count, context.scratch(lane) + offset + range.lowerBound, range.count,
                    gradient + range.lowerBound, range.count)
            }
        }
    }

    // MARK: Windows

    private func window(_ input: Shape, _ output: Shape) -> abl_window {
        abl_window(
            height: input.height, width: input.width, out_height: output.height, out_width: output.width,
            kernel_h: kernel.height, kernel_w: kernel.width, stride_h: stride.height, stride_w: stride.width,
            pad_h: padding.height, pad_w: padding.width)
    }
}

/// Cuts the output rows of a lane's images, counted through all images of the batch, into tiles.
@inline(__always)
private func forEachTile(_ images: Range<Int>, _ output: Shape, _ tile: Int, _ body: (Range<Int>) -> Void) {
    var row = images.lowerBound * output.height
    let end = images.upperBound * output.height
    while row < end {
        let next = min(row + tile, end)
        body(row..<next)
        row = next
    }
}

/// Splits rows counted through all images into (image, rows of it).
@inline(__always)
private func forEachImage(_ rows: Range<Int>, _ height: Int, _ body: (_ image: Int, _ first: Int, _ last: Int) -> Void)
{
    var row = rows.lowerBound
    while row < rows.upperBound {
        let image = row / height
        let last = min(rows.upperBound, (image + 1) * height)
        body(image, row - image * height, last - image * height)
        row = last
    }
}

@inline(__always)
private func unroll(
    _ kernels: abl_kernels, _ window: abl_window, _ input: TensorView, channels: Range<Int>, _ rows: Range<Int>,
    into column: UnsafeMutablePointer<Float>
) {
    var window = window
    let rowFloats = window.out_width * window.kernel_h * window.kernel_w * channels.count
    var destination = column
    forEachImage(rows, window.out_height) { image, first, last in
        kernels.unroll(
            &window, channels.count, input.image(image) + channels.lowerBound, input.pixelStride, first, last,
            destination)
        destination += (last - first) * rowFloats
    }
}

@inline(__always)
private func roll(
    _ kernels: abl_kernels, _ window: abl_window, _ column: UnsafeMutablePointer<Float>, _ rows: Range<Int>,
    into view: TensorView, channels: Range<Int>
) {
    var window = window
    let rowFloats = window.out_width * window.kernel_h * window.kernel_w * channels.count
    var source = column
    forEachImage(rows, window.out_height) { image, first, last in
        kernels.roll(
            &window, channels.count, source, first, last, view.image(image) + channels.lowerBound, view.pixelStride)
        source += (last - first) * rowFloats
    }
}

/// Zeroes the maps of some images.
func clear(_ view: TensorView, _ images: Range<Int>) {
    if view.pixelStride == view.shape.channels {
        view.image(images.lowerBound).update(repeating: 0, count: images.count * view.shape.elementCount)
        return
    }
    for pixel in 0..<images.count * view.shape.pixelCount {
        (view.image(images.lowerBound) + pixel * view.pixelStride).update(repeating: 0, count: view.shape.channels)
    }
}

extension Linear: ExecutableOperation {
    private var convolution: Convolution {
        Convolution(outputChannels: outputFeatures, kernel: Extent(1), hasBias: hasBias)
    }

    func memory(inputs: [Shape], output: Shape, mode: KernelContext.Mode) -> MemoryNeeds {
        convolution.memory(inputs: inputs, output: output, mode: mode)
    }

    func makeKernel(_ context: KernelContext) -> NodeKernel { convolution.makeKernel(context) }
}
