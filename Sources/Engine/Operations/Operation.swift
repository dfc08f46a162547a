/// A kind of node: its attributes, its shapes, its cost and the kernel that computes it and its gradient.
///
/// To add one: a file in `Operations/` with a type that conforms, and its cases in `OperationCase.all` of the tests.
public protocol Operation: Sendable {
    /// The operation's standard name in lower case, such as `convolution`.
    static var kind: String { get }

    /// Kind and attributes as text, the same for equal operations and different for different ones.
    var signature: String { get }

    /// The shape that inputs of these shapes lead to.
    /// - Throws: `GraphError` that says which shape was expected.
    func outputShape(inputs: [Shape]) throws(GraphError) -> Shape

    /// Cost of one forward pass of one image.
    func cost(inputs: [Shape], output: Shape) -> Cost

    /// The tensors that the operation owns, named below `name` (PyTorch's naming).
    func parameters(name: String, inputs: [Shape]) -> [Parameter]
}

extension Operation {
    public func cost(inputs: [Shape], output: Shape) -> Cost { Cost() }
    public func parameters(name: String, inputs: [Shape]) -> [Parameter] { [] }
}

/// An operation that the engine can run: all of them.
protocol ExecutableOperation: Operation {
    /// What the memory plan has to provide.
    func memory(inputs: [Shape], output: Shape, mode: KernelContext.Mode) -> MemoryNeeds

    /// The code that runs it, bound to its buffers.
    func makeKernel(_ context: KernelContext) -> NodeKernel
}
