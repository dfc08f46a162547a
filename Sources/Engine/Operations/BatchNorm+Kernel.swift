import CKernels

extension BatchNorm: ExecutableOperation {
    func memory(inputs: [Shape], output: Shape, mode: KernelContext.Mode) -> MemoryNeeds {
        var needs = MemoryNeeds()
        needs.persistent = NormalizationState.floatCount(channels: output.channels)
        if mode == .training { needs.backwardReads = [0] }
        return needs
    }

    func makeKernel(_ context: KernelContext) -> NodeKernel {
        guard let block = context.persistent else { preconditionFailure("a batch norm asks for persistent memory") }
        let state = NormalizationState(block, channels: context.output.shape.channels)
        let (kernels, batch, input, output) = (context.kernels.table, context.batch, context.inputs[0], context.output)
        let (parameters, attributes, channels) = (context.parameters, attributes, output.shape.channels)
        let pixelCount = output.shape.pixelCount
        let apply = context.lanes { _, images in
            kernels.affine_activation(
                images.count * pixelCount, channels, input.image(images.lowerBound), input.pixelStride, state.scale,
                state.shift, ABL_IDENTITY, nil, 0, output.image(images.lowerBound), output.pixelStride)
        }
        var kernel = NodeKernel()
        guard context.isTraining else {
            let fold = Phase(.preparation) { _ in
                state.fold(
                    attributes, gamma: parameters[0].values, beta: parameters[1].values,
                    runningMean: parameters[2].values, runningVariance: parameters[3].values, bias: nil)
            }
            kernel.forward = [fold, apply]
            return kernel
        }
        let moments = context.lanes { lane, images in
            state.clearSums(lane)
            let (sum, squares) = state.laneSums(lane)
            kernels.moments(
                images.count * pixelCount, channels, input.image(images.lowerBound), input.pixelStride, sum, squares)
        }
        let finish = Phase(.conclusion) { _ in
            state.finishMoments(
                count: batch.imageCount * pixelCount, batch, attributes, gamma: parameters[0].values,
                beta: parameters[1].values, runningMean: parameters[2].values, runningVariance: parameters[3].values)
        }
        kernel.forward = [moments, finish, apply]

        guard let gradient = context.outputGradient else { return kernel }
        let target = context.inputGradients[0]
        let sums = context.lanes { lane, images in
            state.clearSums(lane)
            let (first, second) = state.laneSums(lane)
            kernels.affine_activation_backward(
                images.count * pixelCount, channels, input.image(images.lowerBound), input.pixelStride, state.scale,
                state.shift, state.mean, ABL_IDENTITY, 0, gradient.image(images.lowerBound), gradient.pixelStride,
                first, second)
        }
        let coefficients = Phase(.conclusion) { _ in
            guard let gamma = parameters[0].gradient, let beta = parameters[1].gradient else { return }
            state.finishGradients(
                count: batch.imageCount * pixelCount, batch, gamma: parameters[0].values, gammaGradient: gamma,
                betaGradient: beta)
        }
        let spread = context.lanes { _, images in
            guard let target else { return }
            let pixels = images.count * pixelCount
            let dy = gradient.image(images.lowerBound)
            var coefficients = state.coefficients(deferred: .identity)
            kernels.normalization_backward(
                pixels, channels, &coefficients, input.image(images.lowerBound), input.pixelStride, dy,
                gradient.pixelStride)
            let copy = target.accumulates ? kernels.accumulate : kernels.copy
            copy?(
                pixels, channels, dy, gradient.pixelStride, target.view.image(images.lowerBound),
                target.view.pixelStride)
        }
        kernel.backward = [sums, coefficients, spread]
        return kernel
    }
}
