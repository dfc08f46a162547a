import CKernels

extension ActivationOperation: ExecutableOperation {
    func memory(inputs: [Shape], output: Shape, mode: KernelContext.Mode) -> MemoryNeeds {
        var needs = MemoryNeeds()
        needs.persistent = 2 * output.channels
        if mode == .training { needs.backwardReads = [0] }
        return needs
    }

    func makeKernel(_ context: KernelContext) -> NodeKernel {
        guard let scale = context.persistent else { preconditionFailure("an activation asks for persistent memory") }
        let (kernels, input, output) = (context.kernels.table, context.inputs[0], context.output)
        let (channels, code) = (output.shape.channels, activation.code)
        scale.update(repeating: 1, count: channels)
        let shift = scale + channels
        shift.update(repeating: 0, count: channels)
        var kernel = NodeKernel()
        kernel.forward = [
            context.lanes { _, images in
                kernels.affine_activation(
                    images.count * output.shape.pixelCount, channels, input.image(images.lowerBound), input.pixelStride,
                    scale, shift, code, nil, 0, output.image(images.lowerBound), output.pixelStride)
            }
        ]
        if let gradient = context.outputGradient, let target = context.inputGradients[0] {
            kernel.backward = [
                context.lanes { _, images in
                    kernels.activation_backward(
                        images.count * output.shape.pixelCount, channels, input.image(images.lowerBound),
                        input.pixelStride, code, gradient.image(images.lowerBound), gradient.pixelStride,
                        target.view.image(images.lowerBound), target.view.pixelStride, target.accumulates ? 1 : 0)
                }
            ]
        }
        return kernel
    }
}

extension Add: ExecutableOperation {
    func memory(inputs: [Shape], output: Shape, mode: KernelContext.Mode) -> MemoryNeeds { MemoryNeeds() }

    func makeKernel(_ context: KernelContext) -> NodeKernel {
        let (kernels, a, b, output) = (context.kernels.table, context.inputs[0], context.inputs[1], context.output)
        let channels = output.shape.channels
        var kernel = NodeKernel()
        kernel.forward = [
            context.lanes { _, images in
                kernels.add(
                    images.count * output.shape.pixelCount, channels, a.image(images.lowerBound), a.pixelStride,
                    b.image(images.lowerBound), b.pixelStride, output.image(images.lowerBound), output.pixelStride)
            }
        ]
        if let gradient = context.outputGradient {
            let targets = context.inputGradients
            kernel.backward = [
                context.lanes { _, images in
                    // Last input first: the order in which the memory plan counts writes.
                    for case let target? in targets.reversed() {
                        let copy = target.accumulates ? kernels.accumulate : kernels.copy
                        copy?(
                            images.count * output.shape.pixelCount, channels, gradient.image(images.lowerBound),
                            gradient.pixelStride, target.view.image(images.lowerBound), target.view.pixelStride)
                    }
                }
            ]
        }
        return kernel
    }
}

extension Multiply: ExecutableOperation {
    func memory(inputs: [Shape], output: Shape, mode: KernelContext.Mode) -> MemoryNeeds {
        var needs = MemoryNeeds()
        if mode == .training { needs.backwardReads = [0, 1] }
        return needs
    }

    func makeKernel(_ context: KernelContext) -> NodeKernel {
        let (kernels, a, b, output) = (context.kernels.table, context.inputs[0], context.inputs[1], context.output)
        let channels = output.shape.channels
        let sizes = abl_gate(
            height: a.shape.height, width: a.shape.width, gate_height: b.shape.height, gate_width: b.shape.width)
        var kernel = NodeKernel()
        kernel.forward = [
            context.lanes { _, images in
                var sizes = sizes
                for image in images {
                    kernels.gate(
                        &sizes, channels, a.image(image), a.pixelStride, b.image(image), b.pixelStride,
                        output.image(image), output.pixelStride)
                }
            }
        ]
        guard let gradient = context.outputGradient else { return kernel }
        let (first, second) = (context.inputGradients[0], context.inputGradients[1])
        kernel.backward = [
            context.lanes { _, images in
                var sizes = sizes
                for image in images {
                    kernels.gate_backward(
                        &sizes, channels, gradient.image(image), gradient.pixelStride, a.image(image), a.pixelStride,
                        b.image(image), b.pixelStride, first?.view.image(image), first?.view.pixelStride ?? 0,
                        first?.accumulates == true ? 1 : 0, second?.view.image(image), second?.view.pixelStride ?? 0,
                        second?.accumulates == true ? 1 : 0)
                }
            }
        ]
        return kernel
    }
}

extension Dropout: ExecutableOperation {
    func memory(inputs: [Shape], output: Shape, mode: KernelContext.Mode) -> MemoryNeeds { MemoryNeeds() }

    /// The mask is drawn from the counter (seed, step, node, image, scalar), so nothing is stored and the backward pass
    /// draws it again.
    func makeKernel(_ context: KernelContext) -> NodeKernel {
        let (kernels, batch, input, output) = (context.kernels.table, context.batch, context.inputs[0], context.output)
        let (channels, pixels) = (output.shape.channels, output.shape.pixelCount)
        var kernel = NodeKernel()
        guard context.isTraining, rate > 0 else {
            kernel.forward = [
                context.lanes { _, images in
                    kernels.copy(
                        images.count * pixels, channels, input.image(images.lowerBound), input.pixelStride,
                        output.image(images.lowerBound), output.pixelStride)
                }
            ]
            if let gradient = context.outputGradient, let target = context.inputGradients[0] {
                kernel.backward = [
                    context.lanes { _, images in
                        let copy = target.accumulates ? kernels.accumulate : kernels.copy
                        copy?(
                            images.count * pixels, channels, gradient.image(images.lowerBound), gradient.pixelStride,
                            target.view.image(images.lowerBound), target.view.pixelStride)
                    }
                ]
            }
            return kernel
        }
        let node = UInt64(context.nodeIndex)
        let threshold = UInt32(Double(rate) * 4_294_967_296)
        let scale = 1 / (1 - rate)

        func mask(_ source: TensorView, _ target: TensorView, _ image: Int, accumulates: Bool) {
            let random = CounterRandom(seed: batch.seed, stream: .dropout, batch.step, node << 32 | UInt64(image))
            for pixel in 0..<pixels {
                let from = source.image(image) + pixel * source.pixelStride
                let to = target.image(image) + pixel * target.pixelStride
                for channel in 0..<channels {
                    let keeps = random.bits32(UInt64(pixel * channels + channel)) >= threshold
                    let value = keeps ? from[channel] * scale : 0
                    to[channel] = accumulates ? to[channel] + value : value
                }
            }
        }
        kernel.forward = [
            context.lanes { _, images in
                for image in images { mask(input, output, image, accumulates: false) }
            }
        ]
        if let gradient = context.outputGradient, let target = context.inputGradients[0] {
            kernel.backward = [
                context.lanes { _, images in
                    for image in images { mask(gradient, target.view, image, accumulates: target.accumulates) }
                }
            ]
        }
        return kernel
    }
}
