import CKernels

extension MatrixProduct: ExecutableOperation {
    func memory(inputs: [Shape], output: Shape, mode: KernelContext.Mode) -> MemoryNeeds {
        var needs = MemoryNeeds()
        if mode == .training {
            needs.backwardReads = [0, 1]
            needs.accumulatesGradients = true
        }
        return needs
    }

    /// First scalar and row stride of a head's matrix.
    private static func locate(
        _ operand: Operand, _ view: TensorView, image: Int, head: Int
    ) -> (pointer: UnsafeMutablePointer<Float>, rowStride: Int) {
        switch operand {
        case .channels(let offset, let headStride, _):
            (view.image(image) + offset + head * headStride, view.pixelStride)
        case .headMajor:
            (view.image(image) + head * view.shape.width * view.pixelStride, view.pixelStride)
        }
    }

    func makeKernel(_ context: KernelContext) -> NodeKernel {
        let (a, b, output) = (context.inputs[0], context.inputs[1], context.output)
        let (rows, inner) = size(of: self.a, in: a.shape)
        let right = size(of: self.b, in: b.shape)
        let columns = isTransposed ? right.rows : right.columns
        let outputOperand: Operand =
            outputIsHeadMajor ? .headMajor : .channels(offset: 0, headStride: columns, columns: columns)
        let (left, rightOperand, heads, scale, isTransposed) = (self.a, self.b, heads, scale, isTransposed)
        var kernel = NodeKernel()
        kernel.forward = [
            context.lanes { _, images in
                for image in images {
                    for head in 0..<heads {
                        let (x, xStride) = Self.locate(left, a, image: image, head: head)
                        let (w, wStride) = Self.locate(rightOperand, b, image: image, head: head)
                        let (y, yStride) = Self.locate(outputOperand, output, image: image, head: head)
                        Matrix.multiply(
                            rows: rows, columns: columns, inner: inner, alpha: scale,
                            Matrix.Operand(pointer: x, rowStride: xStride),
                            Matrix.Operand(pointer: w, rowStride: wStride, isTransposed: isTransposed), beta: 0,
                            into: y, rowStride: yStride)
                    }
                }
            }
        ]
        guard let gradient = context.outputGradient else { return kernel }
        let (first, second) = (context.inputGradients[0], context.inputGradients[1])
        kernel.backward = [
            context.lanes { _, images in
                for image in images {
                    for head in 0..<heads {
                        let (x, xStride) = Self.locate(left, a, image: image, head: head)
                        let (w, wStride) = Self.locate(rightOperand, b, image: image, head: head)
                        let (dy, dyStride) = Self.locate(outputOperand, gradient, image: image, head: head)
                        if let first {
                            // da += scale · dy · b (transposed product) or dy · bᵀ
                            let (dx, dxStride) = Self.locate(left, first.view, image: image, head: head)
                            Matrix.multiply(
                                rows: rows, columns: inner, inner: columns, alpha: scale,
                                Matrix.Operand(pointer: dy, rowStride: dyStride),
                                Matrix.Operand(pointer: w, rowStride: wStride, isTransposed: !isTransposed), beta: 1,
                                into: dx, rowStride: dxStride)
                        }
                        if let second {
                            // db += scale · dyᵀ · a (transposed product) or aᵀ · dy
                            let (dw, dwStride) = Self.locate(rightOperand, second.view, image: image, head: head)
                            let dyOperand = Matrix.Operand(
                                pointer: dy, rowStride: dyStride, isTransposed: isTransposed)
                            let xOperand = Matrix.Operand(
                                pointer: x, rowStride: xStride, isTransposed: !isTransposed)
                            Matrix.multiply(
                                rows: isTransposed ? columns : inner, columns: isTransposed ? inner : columns,
                                inner: rows, alpha: scale, isTransposed ? dyOperand : xOperand,
                                isTransposed ? xOperand : dyOperand, beta: 1, into: dw, rowStride: dwStride)
                        }
                    }
                }
            }
        ]
        return kernel
    }
}

extension Softmax: ExecutableOperation {
    func memory(inputs: [Shape], output: Shape, mode: KernelContext.Mode) -> MemoryNeeds {
        var needs = MemoryNeeds()
        needs.backwardReadsOutput = mode == .training
        return needs
    }

    func makeKernel(_ context: KernelContext) -> NodeKernel {
        let (kernels, input, output) = (context.kernels.table, context.inputs[0], context.output)
        let (channels, pixels) = (output.shape.channels, output.shape.pixelCount)
        var kernel = NodeKernel()
        kernel.forward = [
            context.lanes { _, images in
                kernels.softmax(
                    images.count * pixels, channels, input.image(images.lowerBound), input.pixelStride,
                    output.image(images.lowerBound), output.pixelStride)
            }
        ]
        if let gradient = context.outputGradient, let target = context.inputGradients[0] {
            kernel.backward = [
                context.lanes { _, images in
                    kernels.softmax_backward(
                        images.count * pixels, channels, output.image(images.lowerBound), output.pixelStride,
                        gradient.image(images.lowerBound), gradient.pixelStride, target.view.image(images.lowerBound),
                        target.view.pixelStride, target.accumulates ? 1 : 0)
                }
            ]
        }
        return kernel
    }
}
