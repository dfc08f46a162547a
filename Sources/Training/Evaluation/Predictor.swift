public import Datasets
import Engine
public import Models

/// Finds objects in single images, as Ultralytics 8.3.0 predicts.
///
/// ```
/// image ─► longer side scaled to the image size, up or down ─► padded to multiples of 32 ─► network ─► suppression
///      ─► boxes back in the image
/// ```
/// Each image runs in the smallest frame that holds it. An anchor answers with its best class only.
public final class Predictor {
    private let detectors: DetectorSizes
    private let imageSize: Int
    private let smallestSide: Int
    private let suppression: NonMaximumSuppression

    /// - Parameters:
    ///   - imageSize: what the longer side of every image is scaled to, in pixels; a multiple of 32.
    ///   - threads: of a forward pass; results do not depend on it.
    /// - Throws: `ModelError` for an image size that the network cannot have.
    public init(
        _ detector: SavedDetector, imageSize: Int, suppression: NonMaximumSuppression = .prediction, threads: Int = 1
    ) throws {
        self.imageSize = imageSize
        self.suppression = suppression
        smallestSide = detector.network.smallestSide
        detectors = try DetectorSizes(
            detector.network, parameters: detector.parameters, capacity: 1, pool: ThreadPool(threads: threads),
            sizes: [ImageSize(height: imageSize, width: imageSize)])
    }

    /// What is found, best first, in pixels of the image.
    /// - Throws: `ModelError` for an image so thin that the network cannot have its frame.
    public func detections(in image: RGBImage) throws -> [DetectedBox] {
        let frame = frame(of: image.size)
        let detector = try detectors.detector(frame)
        let framed = Letterbox(frame: frame, scalesUp: true).apply(to: Sample(image: image, boxes: [])).image
        let input = detector.input
        for (index, byte) in framed.pixels.enumerated() { input.base[index] = Float(byte) * (1 / 255) }
        detector.forward(images: 1)
        let placement = ImagePlacement(
            fitting: image.width, image.height, intoWidth: frame.width, height: frame.height)
        return detector.detections(images: 1, suppression)[0].map(placement.original)
    }

    /// The smallest frame in multiples of 32 that holds an image whose longer side has the image size.
    func frame(of size: ImageSize) -> ImageSize {
        let ratio = min(Double(imageSize) / Double(size.height), Double(imageSize) / Double(size.width))
        func side(_ length: Int) -> Int {
            let scaled = max(1, Int((Double(length) * ratio).rounded(.toNearestOrEven)))
            return max((scaled + 31) / 32 * 32, smallestSide)
        }
        return ImageSize(height: side(size.height), width: side(size.width))
    }
}
