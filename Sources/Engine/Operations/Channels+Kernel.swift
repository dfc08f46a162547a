import CKernels

extension Concat: ExecutableOperation {
    func memory(inputs: [Shape], output: Shape, mode: KernelContext.Mode) -> MemoryNeeds { MemoryNeeds() }

    /// Inputs that lie in the output already cost nothing; the others are copied.
    func makeKernel(_ context: KernelContext) -> NodeKernel {
        let (kernels, output) = (context.kernels.table, context.output)
        var parts: [(index: Int, offset: Int)] = []
        var offset = 0
        for (index, input) in context.inputs.enumerated() {
            if !context.inputLiesInOutput[index] { parts.append((index, offset)) }
            offset += input.shape.channels
        }
        var kernel = NodeKernel()
        guard !parts.isEmpty else { return kernel }
        let (inputs, targets, pixels) = (context.inputs, context.inputGradients, output.shape.pixelCount)
        kernel.forward = [
            context.lanes { _, images in
                for (index, offset) in parts {
                    let input = inputs[index]
                    kernels.copy(
                        images.count * pixels, input.shape.channels, input.image(images.lowerBound), input.pixelStride,
                        output.image(images.lowerBound) + offset, output.pixelStride)
                }
            }
        ]
        if let gradient = context.outputGradient {
            kernel.backward = [
                context.lanes { _, images in
                    for (index, offset) in parts.reversed() {
                        guard let target = targets[index] else { continue }
                        let copy = target.accumulates ? kernels.accumulate : kernels.copy
                        copy?(
                            images.count * pixels, target.view.shape.channels,
                            gradient.image(images.lowerBound) + offset, gradient.pixelStride,
                            target.view.image(images.lowerBound), target.view.pixelStride)
                    }
                }
            ]
        }
        return kernel
    }
}

extension Slice: ExecutableOperation {
    func memory(inputs: [Shape], output: Shape, mode: KernelContext.Mode) -> MemoryNeeds { MemoryNeeds() }

    /// A slice is a view of its input: there is nothing to compute.
    func makeKernel(_ context: KernelContext) -> NodeKernel { NodeKernel() }
}
