public import struct Foundation.URL

/// One split of a data set: images in a fixed order, with their labels.
///
/// Every requirement may be called from several threads at once and answers the same each time.
public protocol DetectionSource: Sendable {
    /// Number of images.
    var count: Int { get }

    /// The classes' names, by class index.
    var classNames: [String] { get }

    /// An image's name within the data set: its path relative to the set's folder, if it is a file.
    func name(at index: Int) -> String

    /// An image's size as `image(at:)` returns it, known without decoding.
    func size(at index: Int) -> ImageSize

    /// An image's objects; none for a background image.
    func labels(at index: Int) -> [Label]

    /// Regions of an image that are not trained on, and where a detection counts neither for nor against a detector:
    /// COCO's crowds, objects that Pascal VOC calls difficult. Most data sets have none.
    func ignoredRegions(at index: Int) -> [Label]

    /// The image's file; nil if there is none.
    func file(at index: Int) -> URL?

    /// The number that the data set's own annotations give the image, such as COCO's image id; nil where they give none.
    func number(at index: Int) -> Int?

    /// The numbers that the data set's own annotations give the classes, such as COCO's category ids, by class index.
    var classNumbers: [Int]? { get }

    /// Decodes an image. Throws `DatasetError` naming the file.
    func image(at index: Int) throws -> RGBImage
}

extension DetectionSource {
    public func ignoredRegions(at index: Int) -> [Label] { [] }

    public func file(at index: Int) -> URL? { nil }

    public func number(at index: Int) -> Int? { nil }

    public var classNumbers: [Int]? { nil }
}
