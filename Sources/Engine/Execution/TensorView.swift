/// Where the feature maps of a batch lie: image after image, NHWC, possibly as some channels of a larger map.
public struct TensorView: @unchecked Sendable {
    // Views are handed to kernels that write disjoint parts; the executor's phases order what depends on each other.

    /// First scalar of the first image.
    public let base: UnsafeMutablePointer<Float>
    public let shape: Shape
    /// Floats from one pixel to the next; at least `shape.channels`.
    public let pixelStride: Int

    /// Floats from one image to the next.
    public var imageStride: Int { shape.pixelCount * pixelStride }

    /// First scalar of an image.
    @inline(__always)
    public func image(_ index: Int) -> UnsafeMutablePointer<Float> { base + index * imageStride }

    /// Copies one image out, channels innermost.
    public func copyImage(_ index: Int) -> [Float] {
        let source = image(index)
        var result: [Float] = []
        result.reserveCapacity(shape.elementCount)
        for pixel in 0..<shape.pixelCount {
            result.append(contentsOf: UnsafeBufferPointer(start: source + pixel * pixelStride, count: shape.channels))
        }
        return result
    }
}

/// Where the gradient of an input goes.
struct GradientTarget {
    let view: TensorView
    /// Whether something was written there before, so that this gradient is added.
    let accumulates: Bool
}

/// A parameter's values and, in training, its gradient, in the engine's layout.
struct ParameterView {
    let values: UnsafeMutablePointer<Float>
    /// Nil in inference and for what is not trained. Gradients are added to what is there.
    let gradient: UnsafeMutablePointer<Float>?
    let count: Int
}
