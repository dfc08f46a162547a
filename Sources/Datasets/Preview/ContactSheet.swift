import Foundation

/// A picture of many labelled images, to see what a network is shown.
///
/// Without augmentation it holds the first images of a split. With it, pairs: an image as it lies on disk, and beside it
/// what the loader makes of it in the second epoch of a training, in that epoch's order. (In the first epoch, mosaics have
/// hardly anything to draw from yet.) The same data set and settings give the same pixels.
public struct ContactSheet: Sendable {
    /// The split that is shown.
    public enum Split: String, Sendable, CaseIterable { case train, val }

    /// The split that is shown.
    public var split: Split
    /// Images, or pairs of them.
    public var count: Int
    /// Side of one image's place in pixels.
    public var tile: Int
    /// Side of the network's input in pixels.
    public var imageSize: Int
    /// Key of all random numbers.
    public var seed: UInt64
    /// Nil for images as they lie on disk.
    public var augmentation: AugmentationConfiguration?

    public init(
        split: Split = .train, count: Int = 16, tile: Int = 320, imageSize: Int = 640, seed: UInt64 = 0,
        augmentation: AugmentationConfiguration? = nil
    ) {
        precondition(count > 0 && tile > 0 && imageSize > 0, "a sheet has images of some size")
        self.split = split
        self.count = count
        self.tile = tile
        self.imageSize = imageSize
        self.seed = seed
        self.augmentation = augmentation
    }

    private static let gap = 6
    private static let ground: UInt8 = 32
    private static let ignoredColor: SIMD3<UInt8> = [150, 150, 150]
    private static let captionStyle = RGBImage.DrawingStyle(lineWidth: 1, textScale: 1)

    /// The sheet.
    ///
    /// - Parameter progress: called with images done and images in all.
    /// - Throws: `DatasetError` for an image that cannot be read or an augmentation that is out of range.
    public func draw(
        _ data: DetectionData, progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws -> RGBImage {
        let source = data.source(of: split)
        let total = min(count, source.count)
        let columns: Int
        if augmentation == nil {
            columns = Int(Double(total).squareRoot().rounded(.up))
        } else {
            columns = max(1, Int((Double(total) / 2).squareRoot().rounded()))
        }
        let captionHeight = RGBImage.extent(of: "", style: Self.captionStyle).height
        let cell = ImageSize(
            height: captionHeight + tile + Self.gap,
            width: (augmentation == nil ? tile : 2 * tile + Self.gap / 2) + Self.gap)
        let rows = (total + columns - 1) / columns
        var sheet = RGBImage(
            height: rows * cell.height + Self.gap, width: columns * cell.width + Self.gap, grey: Self.ground)
        var position = 0
        func place(_ index: Int, _ tiles: [RGBImage]) {
            let left = position % columns * cell.width + Self.gap
            let top = position / columns * cell.height + Self.gap
            let room = (cell.width - Self.gap) / BitmapFont.advance
            sheet.draw(
                caption(source.name(at: index), boxes: source.labels(at: index).count, room: room), left: left,
                top: top,
                color: [230, 230, 230], style: Self.captionStyle)
            for (number, image) in tiles.enumerated() {
                sheet.place(image, left: left + number * (tile + Self.gap / 2), top: top + captionHeight)
            }
            position += 1
            progress(position, total)
        }
        guard let augmentation else {
            for index in 0..<total { place(index, [try original(source, index)]) }
            return sheet
        }
        var options = LoaderOptions(
            mode: .training(AugmentationSchedule(augmentation)), batchSize: 16, imageSize: imageSize, seed: seed)
        options.threads = 0
        let loader = try DataLoader(source, options, from: LoaderPosition(epoch: 1, batch: 0), epochs: 2)
        while position < total, let batch = try loader.next() {
            for (slot, index) in batch.indices.enumerated() where position < total {
                place(index, [try original(source, index), augmented(batch, slot, source.classNames)])
            }
        }
        return sheet
    }

    /// An image as it lies on disk, scaled to its place, with its boxes.
    private func original(_ source: any DetectionSource, _ index: Int) throws -> RGBImage {
        let image = try source.image(at: index)
        let boxes = (source.labels(at: index) + source.ignoredRegions(at: index)).map { PixelBox($0, in: image.size) }
        let letterbox = Letterbox(frame: ImageSize(height: tile, width: tile), scalesUp: true)
        var result = letterbox.apply(to: Sample(image: image, boxes: boxes))
        let labelled = source.labels(at: index).count
        for (number, box) in result.boxes.enumerated() {
            if number < labelled {
                result.image.draw(
                    box, label: source.classNames[box.classIndex], color: ClassColor.color(of: box.classIndex))
            } else {
                result.image.draw(box, label: "ignored", color: Self.ignoredColor)
            }
        }
        return result.image
    }

    /// An image of a batch, scaled to its place, with its boxes.
    private func augmented(_ batch: Batch, _ slot: Int, _ classNames: [String]) -> RGBImage {
        let frame = ImageSize(height: tile, width: tile)
        var image = batch.image(at: slot).resized(to: frame)
        for target in batch.targets where target.image == slot {
            let label = Label(
                classIndex: target.classIndex, centerX: target.centerX, centerY: target.centerY, width: target.width,
                height: target.height)
            image.draw(
                PixelBox(label, in: frame), label: classNames[target.classIndex],
                color: ClassColor.color(of: target.classIndex))
        }
        return image
    }

    /// The end of a name, and how many boxes there are.
    private func caption(_ name: String, boxes: Int, room: Int) -> String {
        let suffix = "  \(boxes) \(boxes == 1 ? "box" : "boxes")"
        let length = max(1, room - suffix.count)
        return (name.count <= length ? name : "..." + name.suffix(max(1, length - 3))) + suffix
    }
}

extension DetectionData {
    /// One of the splits that every data set has.
    public func source(of split: ContactSheet.Split) -> any DetectionSource { split == .train ? train : val }
}

extension Batch {
    /// One of the images as 8-bit samples, which it was made of.
    func image(at slot: Int) -> RGBImage {
        withImages { samples in
            let length = height * width * 3
            return RGBImage(height: height, width: width) { output in
                for i in 0..<length { output[i] = UInt8((samples[slot * length + i] * 255).rounded()) }
            }
        }
    }
}
