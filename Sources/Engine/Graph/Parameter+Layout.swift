extension Parameter {
    /// For each scalar in the engine's order its position in PyTorch's order; nil when the orders agree.
    private var permutation: [Int]? {
        guard case .convolution(let groups) = layout else { return nil }
        let kernel = dimensions.count > 2 ? Array(dimensions[2...]) : [1, 1]
        let (outputs, inputs, kh, kw) = (dimensions[0], dimensions[1], kernel[0], kernel[1])
        var order: [Int] = []
        order.reserveCapacity(elementCount)
        func position(_ o: Int, _ i: Int, _ y: Int, _ x: Int) -> Int { ((o * inputs + i) * kh + y) * kw + x }
        if groups == outputs, inputs == 1 {
            for y in 0..<kh {
                for x in 0..<kw {
                    for o in 0..<outputs { order.append(position(o, 0, y, x)) }
                }
            }
            return order
        }
        let groupOutputs = outputs / groups
        for group in 0..<groups {
            for y in 0..<kh {
                for x in 0..<kw {
                    for i in 0..<inputs {
                        for o in 0..<groupOutputs { order.append(position(group * groupOutputs + o, i, y, x)) }
                    }
                }
            }
        }
        return order
    }

    /// Scalars in PyTorch's order, brought into the engine's.
    public func engineOrder(_ values: [Float]) -> [Float] {
        precondition(values.count == elementCount, "\(name) has \(elementCount) scalars, not \(values.count)")
        guard let permutation else { return values }
        return permutation.map { values[$0] }
    }

    /// Scalars in the engine's order, brought into PyTorch's.
    public func pyTorchOrder(_ values: [Float]) -> [Float] {
        precondition(values.count == elementCount, "\(name) has \(elementCount) scalars, not \(values.count)")
        guard let permutation else { return values }
        var result = [Float](repeating: 0, count: values.count)
        for (engine, pyTorch) in permutation.enumerated() { result[pyTorch] = values[engine] }
        return result
    }
}
