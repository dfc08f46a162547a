import Foundation

/// A source whose images are scaled to the network's input, some of them kept in memory.
///
/// A set that fits is kept whole. Of a larger one, some images are kept for good, as many as fit: an epoch visits every
/// image once, so that throwing out the longest unused one would throw out each just before its turn. The rest of the
/// memory holds the images loaded last, which mosaics draw from, so that an image is decoded once an epoch and not each
/// time it is a partner.
final class ImageCache: @unchecked Sendable {
    let source: any DetectionSource
    private let fit: FitLongerSide
    private let lock = NSLock()
    // Guarded by `lock`.
    private var kept: [Int: RGBImage] = [:]
    private var keptBytesLeft: Int
    private var recent: [Int: RGBImage] = [:]
    /// The keys of `recent`, oldest first.
    private var arrivals: [Int] = []
    private var recentBytesLeft: Int

    /// - Parameters:
    ///   - limit: bytes of all that is held.
    ///   - recentCount: how many of the images loaded last are asked for again soon.
    init(_ source: any DetectionSource, imageSize: Int, limit: Int, recentCount: Int) {
        self.source = source
        fit = FitLongerSide(side: imageSize)
        var total = 0
        for index in 0..<source.count where total <= limit {
            let size = fit.size(of: source.size(at: index))
            total += size.height * size.width * 3
        }
        let wanted = total <= limit ? 0 : min(recentCount * imageSize * imageSize * 3, limit / 2)
        recentBytesLeft = wanted
        keptBytesLeft = limit - wanted
    }

    /// An image whose longer side has the network's size, with its boxes. Throws `DatasetError`.
    func sample(at index: Int) throws -> Sample {
        let image = try image(at: index)
        return Sample(image: image, boxes: source.labels(at: index).map { PixelBox($0, in: image.size) })
    }

    private func image(at index: Int) throws -> RGBImage {
        if let image = lock.withLock({ kept[index] ?? recent[index] }) { return image }
        let image = try source.image(at: index)
        if image.size != source.size(at: index) {
            throw DatasetError(
                file: source.name(at: index),
                message:
                    "the image is \(image.size) now, but was \(source.size(at: index)) when the data set was opened")
        }
        let scaled = fit.apply(to: Sample(image: image, boxes: [])).image
        lock.withLock { hold(scaled, index) }
        return scaled
    }

    private func hold(_ image: RGBImage, _ index: Int) {
        // Another thread may have loaded the same image meanwhile.
        if kept[index] != nil || recent[index] != nil { return }
        let bytes = image.pixels.count
        if bytes <= keptBytesLeft {
            kept[index] = image
            keptBytesLeft -= bytes
            return
        }
        recent[index] = image
        arrivals.append(index)
        recentBytesLeft -= bytes
        var gone = 0
        while recentBytesLeft < 0, gone < arrivals.count {
            recentBytesLeft += recent.removeValue(forKey: arrivals[gone])?.pixels.count ?? 0
            gone += 1
        }
        arrivals.removeFirst(gone)
    }
}
