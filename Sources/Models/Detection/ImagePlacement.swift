/// Where an image lies inside the network's input: how boxes go back to the original image.
///
/// input = original · gain + (left, top), in pixels.
public struct ImagePlacement: Sendable, Equatable {
    /// Size of the image in the input over its original size.
    public var gain: Float
    /// Padding left of the image, in input pixels.
    public var left: Float
    /// Padding above the image, in input pixels.
    public var top: Float
    /// Width of the original image.
    public var originalWidth: Int
    /// Height of the original image.
    public var originalHeight: Int

    /// A placement from its numbers, as validation knows them from loading and padding.
    public init(gain: Float, left: Float, top: Float, originalWidth: Int, originalHeight: Int) {
        self.gain = gain
        self.left = left
        self.top = top
        self.originalWidth = originalWidth
        self.originalHeight = originalHeight
    }

    /// The placement of an image that was scaled to fit an input of this size and centred in it, as in prediction.
    public init(fitting originalWidth: Int, _ originalHeight: Int, intoWidth inputWidth: Int, height inputHeight: Int) {
        let gain = min(
            Double(inputHeight) / Double(originalHeight), Double(inputWidth) / Double(originalWidth))
        let spare = (
            width: Double(inputWidth) - Double(originalWidth) * gain,
            height: Double(inputHeight) - Double(originalHeight) * gain
        )
        self.init(
            gain: Float(gain), left: Float((spare.width / 2 - 0.1).rounded(.toNearestOrEven)),
            top: Float((spare.height / 2 - 0.1).rounded(.toNearestOrEven)), originalWidth: originalWidth,
            originalHeight: originalHeight)
    }

    /// A box of the input in pixels of the original image, clipped to it.
    public func original(_ box: DetectedBox) -> DetectedBox {
        var result = box
        result.x1 = clip((box.x1 - left) / gain, to: originalWidth)
        result.y1 = clip((box.y1 - top) / gain, to: originalHeight)
        result.x2 = clip((box.x2 - left) / gain, to: originalWidth)
        result.y2 = clip((box.y2 - top) / gain, to: originalHeight)
        return result
    }

    private func clip(_ x: Float, to limit: Int) -> Float { min(max(x, 0), Float(limit)) }
}
