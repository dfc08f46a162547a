import Foundation

/// A source whose images are scaled to the network's input, some of them kept in memory.
///
/// Images are kept until the limit is reached, then no more: an epoch visits every image once, so that throwing out the
/// longest unused one would throw out each just before its turn.
final class ImageCache: @unchecked Sendable {
    let source: any DetectionSource
    private let fit: FitLongerSide
    private let lock = NSLock()
    // Guarded by `lock`.
    private var images: [Int: RGBImage] = [:]
    private var bytesLeft: Int

    init(_ source: any DetectionSource, imageSize: Int, limit: Int) {
        self.source = source
        fit = FitLongerSide(side: imageSize)
        bytesLeft = limit
    }

    /// An image whose longer side has the network's size, with its boxes. Throws `DatasetError`.
    func sample(at index: Int) throws -> Sample {
        let image = try image(at: index)
        return Sample(image: image, boxes: source.labels(at: index).map { PixelBox($0, in: image.size) })
    }

    private func image(at index: Int) throws -> RGBImage {
        if let image = lock.withLock({ images[index] }) { return image }
        let image = try source.image(at: index)
        if image.size != source.size(at: index) {
            throw DatasetError(
                file: source.name(at: index),
                message:
                    "the image is \(image.size) now, but was \(source.size(at: index)) when the data set was opened")
        }
        let scaled = fit.apply(to: Sample(image: image, boxes: [])).image
        lock.withLock {
            if scaled.pixels.count <= bytesLeft, images[index] == nil {
                images[index] = scaled
                bytesLeft -= scaled.pixels.count
            }
        }
        return scaled
    }
}
