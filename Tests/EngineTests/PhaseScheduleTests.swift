import Engine
import Testing

/// Lanes wait for each other where they must, and nowhere else.
@Suite struct PhaseScheduleTests {
    /// Convolutions with batch norm, a gate after each.
    private func chain(_ length: Int) throws -> Graph {
        var builder = GraphBuilder()
        var x = builder.input(Shape(height: 8, width: 8, channels: 16))
        for layer in 0..<length {
            let convolution = Convolution(
                outputChannels: 16, kernel: Extent(1), normalization: BatchNormalization(name: "bn\(layer)"),
                activation: .relu)
            let y = try builder.convolution(x, convolution, name: "c\(layer)")
            x = try builder.multiply(x, y, name: "gate\(layer)")
        }
        return builder.finish(outputs: [x])
    }

    /// Two steps a batch norm, the lanes and what they leave to be taken together; at either end of the pass one more.
    @Test func stepsOfTraining() throws {
        let counts = Trace(try chain(10), images: 8, capacity: 8).executor.stepCounts
        #expect(counts.forward == 22)
        #expect(counts.backward == 23)
    }

    /// In inference a lane only waits where it would overwrite what another one still reads; on any number of threads,
    /// and for any number of images, the result is that of an image alone.
    @Test(arguments: [1, 3])
    func inferenceByLane(threads: Int) throws {
        let graph = try chain(6)
        let all = Trace(graph, mode: .inference, images: 8, capacity: 8, threads: threads)
        #expect(all.executor.stepCounts.forward > 1)
        _ = all.objective()
        let outputs = all.outputs(0)
        let single = Trace(graph, mode: .inference, images: 1, capacity: 1)
        let count = graph.outputs[0].shape.elementCount
        for image in 0..<8 {
            single.executor.input(0).base.update(
                from: all.executor.input(0).image(image), count: graph.inputs[0].shape.elementCount)
            _ = single.objective()
            #expect(single.outputs(0) == Array(outputs[image * count..<(image + 1) * count]), "image \(image)")
        }
    }

    /// More threads than lanes, and fewer images than lanes.
    @Test(arguments: [1, 2, 3, 5, 8])
    func fewImages(images: Int) throws {
        let graph = try chain(4)
        let alone = Trace(graph, images: images, capacity: 8)
        _ = alone.objective()
        alone.backward()
        let parallel = Trace(graph, images: images, capacity: 8, threads: 4)
        _ = parallel.objective()
        parallel.backward()
        #expect(alone.outputs(0) == parallel.outputs(0))
        for index in graph.parameters.indices {
            #expect(alone.executor.gradients?.values(index) == parallel.executor.gradients?.values(index))
        }
        #expect(alone.inputGradient(0) == parallel.inputGradient(0))
    }
}
