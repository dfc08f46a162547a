/// An image with its objects' boxes in pixels.
public struct Sample: Hashable, Sendable {
    /// The picture.
    public var image: RGBImage
    /// Its objects, in pixels.
    public var boxes: [PixelBox]

    public init(image: RGBImage, boxes: [PixelBox]) {
        self.image = image
        self.boxes = boxes
    }
}

/// A step of the way from a loaded image to a training image.
///
/// What it draws at random comes from the context, keyed by what it is drawn for; a transform keeps no state.
public protocol Transform: Sendable {
    /// The sample after the step. Throws what loading other images throws.
    func apply(to sample: Sample, in context: TransformContext) throws -> Sample
}

/// What a transform may know: which training image it works on, and how to get at others.
public struct TransformContext: Sendable {
    /// Side of the square training image in pixels.
    public let imageSize: Int

    /// Number of images that can be loaded.
    public let imageCount: Int

    /// The images that a mosaic's other three are drawn from, with replacement.
    public let partners: [Int]

    private let seed: UInt64
    private let epoch: Int
    private let index: Int
    private let isPartner: Bool
    private let load: @Sendable (Int) throws -> Sample

    /// The context of image `index` in an epoch; `load` returns any image, scaled so that its longer side is `imageSize`.
    ///
    /// - Parameter partners: what mosaics draw from; without them all images.
    public init(
        imageSize: Int, imageCount: Int, partners: [Int]? = nil, seed: UInt64, epoch: Int, index: Int,
        load: @escaping @Sendable (Int) throws -> Sample
    ) {
        self.init(
            imageSize: imageSize, imageCount: imageCount, partners: partners ?? Array(0..<imageCount), seed: seed,
            epoch: epoch, index: index, isPartner: false, load: load)
    }

    private init(
        imageSize: Int, imageCount: Int, partners: [Int], seed: UInt64, epoch: Int, index: Int, isPartner: Bool,
        load: @escaping @Sendable (Int) throws -> Sample
    ) {
        precondition(!partners.isEmpty, "a mosaic has images to draw from, its own at least")
        self.imageSize = imageSize
        self.imageCount = imageCount
        self.partners = partners
        self.seed = seed
        self.epoch = epoch
        self.index = index
        self.isPartner = isPartner
        self.load = load
    }

    /// The context of the second image that is blended into this one: it draws numbers of its own.
    var ofPartner: TransformContext {
        TransformContext(
            imageSize: imageSize, imageCount: imageCount, partners: partners, seed: seed, epoch: epoch, index: index,
            isPartner: true, load: load)
    }

    /// The random numbers of this image for one purpose.
    func random(_ purpose: CounterRandom.Purpose) -> CounterRandom {
        var purpose = purpose
        if isPartner, purpose == .mosaic { purpose = .mixupMosaic }
        if isPartner, purpose == .perspective { purpose = .mixupPerspective }
        return CounterRandom(seed: seed, purpose: purpose, epoch: epoch, index: index)
    }

    /// Another image.
    func loaded(_ index: Int) throws -> Sample { try load(index) }
}
