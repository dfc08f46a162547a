import CKernels

extension Convolution: ExecutableOperation {
    /// One channel in and out a group.
    func isDepthwise(_ input: Shape) -> Bool { groups == input.channels && outputChannels == groups }

    private func algorithm(_ input: Shape, _ output: Shape) -> any ConvolutionAlgorithm {
        ConvolutionGeometry(self, input: input, output: output)
            .algorithm(.selected, Kernels.selected.table)
    }

    /// Whether the pre-activation sums must be kept for the backward pass.
    private var savesSums: Bool { normalization != nil || activation != .identity }

    func memory(inputs: [Shape], output: Shape, mode: KernelContext.Mode) -> MemoryNeeds {
        let algorithm = algorithm(inputs[0], output)
        var needs = MemoryNeeds()
        needs.persistent = NormalizationState.floatCount(channels: outputChannels)
        switch mode {
        case .inference:
            // Prepared weights stay from one call to the next.
            needs.persistent += algorithm.forwardWeights
            needs.laneScratch = algorithm.forwardScratch
        case .training:
            needs.sharedScratch = max(algorithm.forwardWeights, algorithm.backwardWeights)
            needs.savedPerImage = savesSums ? output.elementCount : 0
            let sums =
                algorithm.sumsWeightsOverBatch
                ? 0 : ConvolutionGeometry(self, input: inputs[0], output: output).weightCount
            needs.laneScratch = max(algorithm.forwardScratch, algorithm.backwardScratch + sums)
            needs.backwardReads = [0]
        }
        return needs
    }

    func makeKernel(_ context: KernelContext) -> NodeKernel {
        guard let persistent = context.persistent else {
            preconditionFailure("a convolution asks for persistent memory")
        }
        let state = NormalizationState(persistent, channels: outputChannels)
        let algorithm = algorithm(context.inputs[0].shape, context.output.shape)
        var kernel = NodeKernel()
        if context.isTraining, normalization != nil {
            kernel.forward = normalizedForward(context, state, algorithm)
        } else {
            let (preparation, work) = plainForward(context, state, algorithm)
            if context.isTraining {
                kernel.forward = preparation + [work]
            } else {
                kernel.preparation = preparation
                kernel.forward = [work]
            }
        }
        if context.isTraining, let gradient = context.outputGradient {
            kernel.backward = backward(context, state, algorithm, gradient)
        }
        return kernel
    }

    /// Positions of a node's parameters in its list.
    private var biasIndex: Int? { hasBias ? 1 : nil }
    private var normalizationIndex: Int { hasBias ? 2 : 1 }

    /// Where a pass finds its weights: prepared, or as they are.
    private func weights(_ context: KernelContext, prepared floats: Int) -> UnsafeMutablePointer<Float> {
        guard floats > 0 else { return context.parameters[0].values }
        if context.isTraining { return context.sharedScratch }
        guard let persistent = context.persistent else { preconditionFailure("prepared weights have a place") }
        return persistent + NormalizationState.floatCount(channels: outputChannels)
    }

    // MARK: Forward

    /// Brings the weights in order for the forward pass.
    private func preparation(_ context: KernelContext, _ algorithm: any ConvolutionAlgorithm) -> [Phase] {
        guard algorithm.forwardWeights > 0 else { return [] }
        let weight = context.parameters[0].values
        let prepared = weights(context, prepared: algorithm.forwardWeights)
        let pieces = BatchState.laneCount
        return [
            Phase(.preparation, count: pieces) { piece in
                algorithm.prepareForward(weight, into: prepared, piece: piece, of: pieces)
            }
        ]
    }

    /// Training with batch statistics: sums and their moments, then normalisation with activation.
    private func normalizedForward(
        _ context: KernelContext, _ state: NormalizationState, _ algorithm: any ConvolutionAlgorithm
    ) -> [Phase] {
        guard let attributes = normalization, let saved = context.saved else {
            preconditionFailure("a normalised convolution keeps its sums")
        }
        precondition(!hasBias, "a bias in front of a batch norm has no effect in training")
        let (kernels, batch, output, input) = (context.kernels.table, context.batch, context.output, context.inputs[0])
        let parameters = context.parameters
        let channels = outputChannels
        let base = normalizationIndex
        let sums = TensorView(base: saved, shape: output.shape, pixelStride: channels)
        let weight = weights(context, prepared: algorithm.forwardWeights)
        let first = context.borrowingLanes { lane, images in
            state.clearSums(lane)
            let (sum, squares) = state.laneSums(lane)
            algorithm.forward(images, input, weight: weight, into: sums, scratch: context.scratch(lane)) {
                kernels.moments($1, channels, sums.base + $0 * channels, channels, sum, squares)
            }
        }
        let second = Phase(.conclusion) { _ in
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
        return preparation(context, algorithm) + [first, second, third]
    }

    /// Evaluation, or training without batch norm: one pass with the epilogue on each tile.
    private func plainForward(
        _ context: KernelContext, _ state: NormalizationState, _ algorithm: any ConvolutionAlgorithm
    ) -> (preparation: [Phase], work: Phase) {
        let (kernels, output, input) = (context.kernels.table, context.output, context.inputs[0])
        let parameters = context.parameters
        let channels = outputChannels
        let code = activation.code
        let bias = biasIndex.map { parameters[$0].values }
        let base = normalizationIndex
        let attributes = normalization
        let fold = Phase(.preparation) { _ in
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
        let weight = weights(context, prepared: algorithm.forwardWeights)
        let work = context.borrowingLanes { lane, images in
            algorithm.forward(images, input, weight: weight, into: destination, scratch: context.scratch(lane)) {
                pixel, pixels in
                guard hasEpilogue else { return }
                kernels.affine_activation(
                    pixels, channels, destination.base + pixel * destination.pixelStride, destination.pixelStride,
                    state.scale, state.shift, code,
                    residual.map { UnsafePointer($0.base + pixel * $0.pixelStride) }, residual?.pixelStride ?? 0,
                    output.base + pixel * output.pixelStride, output.pixelStride)
            }
        }
        return (preparation(context, algorithm) + (hasEpilogue ? [fold] : []), work)
    }

    // MARK: Backward

    private func backward(
        _ context: KernelContext, _ state: NormalizationState, _ algorithm: any ConvolutionAlgorithm,
        _ gradient: TensorView
    ) -> [Phase] {
        let (batch, output) = (context.batch, context.output)
        let parameters = context.parameters
        let channels = outputChannels
        let sums =
            savesSums
            ? context.saved.map { TensorView(base: $0, shape: output.shape, pixelStride: channels) } : nil
        var phases = backwardPreparation(context, algorithm)
        phases.append(activationGradient(context, state, gradient, sums))
        let base = normalizationIndex
        if normalization != nil {
            phases.append(
                Phase(.conclusion) { _ in
                    guard let gamma = parameters[base].gradient, let beta = parameters[base + 1].gradient else {
                        return
                    }
                    state.finishGradients(
                        count: batch.imageCount * output.shape.pixelCount, batch, gamma: parameters[base].values,
                        gammaGradient: gamma, betaGradient: beta)
                })
        } else if hasBias {
            phases.append(
                Phase(.reduction) { _ in
                    guard let bias = parameters[1].gradient else { return }
                    state.addBiasGradient(batch, to: bias)
                })
        }
        let source = SumsGradient(
            kernels: context.kernels.table, view: gradient,
            normalization: normalization == nil
                ? nil : sums.map { ($0, state.coefficients(deferred: defersActivation ? activation : .identity)) })
        phases.append(products(context, algorithm, source))
        phases.append(
            algorithm.sumsWeightsOverBatch
                ? weightGradient(context, algorithm, source) : reduction(context, algorithm))
        return phases
    }

    /// Whether the activation's derivative is taken along with batch norm's instead of being written in between: it is
    /// where taking it twice costs less than writing it.
    private var defersActivation: Bool { normalization != nil && activation == .relu }

    /// Brings the weights in order for the gradient of the input.
    private func backwardPreparation(_ context: KernelContext, _ algorithm: any ConvolutionAlgorithm) -> [Phase] {
        guard algorithm.backwardWeights > 0, context.inputGradients[0] != nil else { return [] }
        let weight = context.parameters[0].values
        let prepared = weights(context, prepared: algorithm.backwardWeights)
        let pieces = BatchState.laneCount
        return [
            Phase(.preparation, count: pieces) { piece in
                algorithm.prepareBackward(weight, into: prepared, piece: piece, of: pieces)
            }
        ]
    }

    /// Gradients of the residual and by the activation's argument, and their sums by channel.
    private func activationGradient(
        _ context: KernelContext, _ state: NormalizationState, _ gradient: TensorView, _ sums: TensorView?
    ) -> Phase {
        let kernels = context.kernels.table
        let (channels, pixelCount) = (outputChannels, context.output.shape.pixelCount)
        let residual = context.inputGradients.count > 1 ? context.inputGradients[1] : nil
        let (code, hasBias) = (activation.code, hasBias)
        let stores: Int32 = defersActivation ? 0 : 1
        return context.lanes { lane, images in
            let pixels = images.count * pixelCount
            let start = gradient.image(images.lowerBound)
            if let residual {
                let target = residual.view
                let copy = residual.accumulates ? kernels.accumulate : kernels.copy
                copy?(
                    pixels, channels, start, gradient.pixelStride, target.image(images.lowerBound), target.pixelStride)
            }
            guard sums != nil || hasBias else { return }
            state.clearSums(lane)
            let (first, second) = state.laneSums(lane)
            if let sums {
                kernels.affine_activation_backward(
                    pixels, channels, sums.image(images.lowerBound), channels, state.scale, state.shift, state.mean,
                    code, stores, start, gradient.pixelStride, first, second)
            } else {
                kernels.channel_sums(pixels, channels, start, gradient.pixelStride, first)
            }
        }
    }

    /// Gradients of the input and, lane by lane, of the weight.
    private func products(
        _ context: KernelContext, _ algorithm: any ConvolutionAlgorithm, _ gradient: SumsGradient
    ) -> Phase {
        let input = context.inputs[0]
        let weight = weights(context, prepared: algorithm.backwardWeights)
        let count = context.parameters[0].count
        let target = context.inputGradients[0]
        let offset = algorithm.backwardScratch
        return context.borrowingLanes { lane, images in
            let scratch = context.scratch(lane)
            let partial = scratch + offset
            if !algorithm.sumsWeightsOverBatch { partial.update(repeating: 0, count: count) }
            algorithm.backward(
                images, input, gradient, weight: weight, partial: partial, target: target, scratch: scratch)
        }
    }

    /// The weight's gradient over the whole batch; input by input, so that pieces share nothing.
    private func weightGradient(
        _ context: KernelContext, _ algorithm: any ConvolutionAlgorithm, _ source: SumsGradient
    ) -> Phase {
        guard let gradient = context.parameters[0].gradient else { return Phase(.reduction, count: 0) { _ in } }
        let (input, batch) = (context.inputs[0], context.batch)
        // Every piece is to have some blocks of registers, and threads equally many pieces.
        let pieces = input.shape.channels < 56 ? 1 : BatchState.laneCount
        return Phase(.reduction, count: pieces) { piece in
            algorithm.addWeightGradient(
                imageCount: batch.imageCount, input, source, to: gradient, piece: piece, of: pieces)
        }
    }

    /// Adds the lanes' weight gradients up in lane order.
    private func reduction(_ context: KernelContext, _ algorithm: any ConvolutionAlgorithm) -> Phase {
        guard let gradient = context.parameters[0].gradient else { return Phase(.reduction, count: 0) { _ in } }
        let count = context.parameters[0].count
        let offset = algorithm.backwardScratch
        let (kernels, batch) = (context.kernels.table, context.batch)
        let pieces = count < 16_384 ? 1 : BatchState.laneCount
        return Phase(.reduction, count: pieces) { piece in
            let range = piece * count / pieces..<(piece + 1) * count / pieces
            for lane in 0..<BatchState.laneCount where !batch.images(of: lane).isEmpty {
                kernels.accumulate(
                    1, range.count, context.scratch(lane) + offset + range.lowerBound, range.count,
                    gradient + range.lowerBound, range.count)
            }
        }
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
