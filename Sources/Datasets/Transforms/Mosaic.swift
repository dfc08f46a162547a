/// Puts an image and three others around a random point of a canvas twice as large; an image that is not chosen is
/// letterboxed instead.
///
///     ┌──────┬────────┐  canvas 2s × 2s, grey 114
///     │ own  │   1    │  centre: y = ⌊U(s/2, 3s/2)⌋, then x likewise
///     ├──────┼────────┤  partners: three draws, with replacement, from the images loaded last
///     │  2   │   3    │  each image has one corner at the centre; the canvas cuts off what sticks out
///     └──────┴────────┘
///
/// Boxes are clipped to the canvas and dropped if nothing is left (introduced with YOLOv4, arXiv 2004.10934).
public struct Mosaic: Transform, Hashable {
    /// How often an image becomes a mosaic.
    public var probability: Double

    public init(probability: Double) {
        self.probability = probability
    }

    public func apply(to sample: Sample, in context: TransformContext) throws -> Sample {
        let side = context.imageSize
        var random = context.random(.mosaic)
        if !random.isTrue(probability: probability) {
            return Letterbox(frame: ImageSize(height: side, width: side), scalesUp: true).apply(to: sample)
        }
        let centerY = Int(random.uniform(Double(side) / 2, Double(side) * 3 / 2))
        let centerX = Int(random.uniform(Double(side) / 2, Double(side) * 3 / 2))
        var tiles = [sample]
        for _ in 0..<3 { tiles.append(try context.loaded(random.element(of: context.partners))) }
        return Self.assembled(tiles, side: side, centerX: centerX, centerY: centerY)
    }

    /// The canvas of four tiles, in the order top left, top right, bottom left, bottom right.
    public static func assembled(_ tiles: [Sample], side: Int, centerX: Int, centerY: Int) -> Sample {
        precondition(tiles.count == 4, "a mosaic has four tiles")
        var result = Sample(image: RGBImage(height: 2 * side, width: 2 * side, grey: 114), boxes: [])
        for (position, tile) in tiles.enumerated() {
            let left = position % 2 == 0 ? centerX - tile.image.width : centerX
            let top = position < 2 ? centerY - tile.image.height : centerY
            result.image.place(tile.image, left: left, top: top)
            for box in tile.boxes {
                let moved = box.mapped(scaleX: 1, scaleY: 1, dx: Float(left), dy: Float(top))
                    .clipped(to: result.image.size)
                if moved.width > 0, moved.height > 0 { result.boxes.append(moved) }
            }
        }
        return result
    }
}
