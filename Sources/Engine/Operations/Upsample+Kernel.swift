import CKernels

extension Upsample: ExecutableOperation {
    func memory(inputs: [Shape], output: Shape, mode: KernelContext.Mode) -> MemoryNeeds { MemoryNeeds() }

    /// Two source positions and the weight of the second, for each position of the output along one side.
    struct Tap {
        let low: Int
        let high: Int
        let weight: Float
    }

    func taps(from input: Int, to output: Int) -> [Tap] {
        (0..<output).map { index in
            switch mode {
            case .nearest:
                let source = min(index * input / output, input - 1)
                return Tap(low: source, high: source, weight: 0)
            case .bilinear(let alignCorners):
                let position: Float
                if alignCorners {
                    position = output > 1 ? Float(index) * (Float(input - 1) / Float(output - 1)) : 0
                } else {
                    position = max((Float(index) + 0.5) * (Float(input) / Float(output)) - 0.5, 0)
                }
                let low = min(Int(position), input - 1)
                return Tap(low: low, high: min(low + 1, input - 1), weight: position - Float(low))
            }
        }
    }

    func makeKernel(_ context: KernelContext) -> NodeKernel {
        let (kernels, input, output) = (context.kernels.table, context.inputs[0], context.output)
        let channels = output.shape.channels
        let rows = taps(from: input.shape.height, to: output.shape.height)
        let columns = taps(from: input.shape.width, to: output.shape.width)
        let isNearest = mode == .nearest
        let (inputWidth, outputWidth) = (input.shape.width, output.shape.width)
        var kernel = NodeKernel()
        kernel.forward = [
            context.lanes { _, images in
                for image in images {
                    let (x, y) = (input.image(image), output.image(image))
                    for (row, vertical) in rows.enumerated() {
                        for (column, horizontal) in columns.enumerated() {
                            let to = y + (row * outputWidth + column) * output.pixelStride
                            let corner = x + (vertical.low * inputWidth + horizontal.low) * input.pixelStride
                            if isNearest {
                                kernels.copy(1, channels, corner, input.pixelStride, to, output.pixelStride)
                                continue
                            }
                            let right = x + (vertical.low * inputWidth + horizontal.high) * input.pixelStride
                            let below = x + (vertical.high * inputWidth + horizontal.low) * input.pixelStride
                            let far = x + (vertical.high * inputWidth + horizontal.high) * input.pixelStride
                            let (v, h) = (vertical.weight, horizontal.weight)
                            for channel in 0..<channels {
                                let top = corner[channel] * (1 - h) + right[channel] * h
                                let bottom = below[channel] * (1 - h) + far[channel] * h
                                to[channel] = top * (1 - v) + bottom * v
                            }
                        }
                    }
                }
            }
        ]
        guard let gradient = context.outputGradient, let target = context.inputGradients[0] else { return kernel }
        kernel.backward = [
            context.lanes { _, images in
                if !target.accumulates { clear(target.view, images) }
                let stride = target.view.pixelStride
                for image in images {
                    let (dx, dy) = (target.view.image(image), gradient.image(image))
                    for (row, vertical) in rows.enumerated() {
                        for (column, horizontal) in columns.enumerated() {
                            let from = dy + (row * outputWidth + column) * gradient.pixelStride
                            let corner = dx + (vertical.low * inputWidth + horizontal.low) * stride
                            if isNearest {
                                kernels.accumulate(1, channels, from, gradient.pixelStride, corner, stride)
                                continue
                            }
                            let right = dx + (vertical.low * inputWidth + horizontal.high) * stride
                            let below = dx + (vertical.high * inputWidth + horizontal.low) * stride
                            let far = dx + (vertical.high * inputWidth + horizontal.high) * stride
                            let (v, h) = (vertical.weight, horizontal.weight)
                            for channel in 0..<channels {
                                let g = from[channel]
                                corner[channel] += g * (1 - v) * (1 - h)
                                right[channel] += g * (1 - v) * h
                                below[channel] += g * v * (1 - h)
                                far[channel] += g * v * h
                            }
                        }
                    }
                }
            }
        ]
        return kernel
    }
}
