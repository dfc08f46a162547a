import CKernels

extension Pooling: ExecutableOperation {
    /// Floats that hold one byte for each output scalar.
    private func winnerFloats(_ output: Shape) -> Int { (output.elementCount + 3) / 4 }

    func memory(inputs: [Shape], output: Shape, mode: KernelContext.Mode) -> MemoryNeeds {
        var needs = MemoryNeeds()
        if mode == .training, reduction == .max { needs.savedPerImage = winnerFloats(output) }
        return needs
    }

    func makeKernel(_ context: KernelContext) -> NodeKernel {
        let (kernels, input, output) = (context.kernels.table, context.inputs[0], context.output)
        let channels = output.shape.channels
        let window = abl_window(
            height: input.shape.height, width: input.shape.width, out_height: output.shape.height,
            out_width: output.shape.width, kernel_h: kernel.height, kernel_w: kernel.width, stride_h: stride.height,
            stride_w: stride.width, pad_h: padding.height, pad_w: padding.width)
        let winnerStride = winnerFloats(output.shape)
        let saved = context.saved
        let reduction = reduction

        func winners(_ image: Int) -> UnsafeMutablePointer<UInt8>? {
            saved.map { UnsafeMutableRawPointer($0 + image * winnerStride).assumingMemoryBound(to: UInt8.self) }
        }
        var compiled = NodeKernel()
        compiled.forward = [
            context.lanes { _, images in
                var window = window
                for image in images {
                    switch reduction {
                    case .max:
                        kernels.max_pool(
                            &window, channels, input.image(image), input.pixelStride, output.image(image),
                            output.pixelStride, winners(image))
                    case .average:
                        kernels.average_pool(
                            &window, channels, input.image(image), input.pixelStride, output.image(image),
                            output.pixelStride)
                    }
                }
            }
        ]
        if let gradient = context.outputGradient, let target = context.inputGradients[0] {
            compiled.backward = [
                context.lanes { _, images in
                    if !target.accumulates { clear(target.view, images) }
                    var window = window
                    for image in images {
                        switch reduction {
                        case .max:
                            kernels.max_pool_backward(
                                &window, channels, gradient.image(image), gradient.pixelStride, winners(image),
                                target.view.image(image), target.view.pixelStride)
                        case .average:
                            kernels.average_pool_backward(
                                &window, channels, gradient.image(image), gradient.pixelStride,
                                target.view.image(image), target.view.pixelStride)
                        }
                    }
                }
            ]
        }
        return compiled
    }
}

extension GlobalAveragePool: ExecutableOperation {
    func memory(inputs: [Shape], output: Shape, mode: KernelContext.Mode) -> MemoryNeeds {
        var needs = MemoryNeeds()
        needs.laneScratch = 2 * output.channels
        return needs
    }

    func makeKernel(_ context: KernelContext) -> NodeKernel {
        let (kernels, input, output) = (context.kernels.table, context.inputs[0], context.output)
        let (channels, pixels) = (output.shape.channels, input.shape.pixelCount)
        let scale = 1 / Float(pixels)
        var kernel = NodeKernel()
        kernel.forward = [
            context.borrowingLanes { lane, images in
                let sums = UnsafeMutableRawPointer(context.scratch(lane)).assumingMemoryBound(to: Double.self)
                for image in images {
                    sums.update(repeating: 0, count: channels)
                    kernels.channel_sums(pixels, channels, input.image(image), input.pixelStride, sums)
                    let y = output.image(image)
                    for channel in 0..<channels { y[channel] = Float(sums[channel] / Double(pixels)) }
                }
            }
        ]
        if let gradient = context.outputGradient, let target = context.inputGradients[0] {
            kernel.backward = [
                context.borrowingLanes { lane, images in
                    let share = context.scratch(lane)
                    for image in images {
                        let dy = gradient.image(image)
                        for channel in 0..<channels { share[channel] = dy[channel] * scale }
                        kernels.broadcast(
                            pixels, channels, share, target.view.image(image), target.view.pixelStride,
                            target.accumulates ? 1 : 0)
                    }
                }
            ]
        }
        return kernel
    }
}
