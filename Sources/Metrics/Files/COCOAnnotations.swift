/// A COCO file as a data set: its annotations, and the image files that they belong to.
public struct COCOAnnotations: Sendable {
    /// One entry of `images`.
    public struct ImageFile: Hashable, Sendable {
        /// `file_name`: a path, relative to a folder that the file does not tell.
        public var name: String
        /// In pixels, as the file has it; nil where it does not say.
        public var width: Int?
        /// In pixels, as the file has it; nil where it does not say.
        public var height: Int?
    }

    /// Images, categories and boxes, crowds included.
    public let groundTruth: GroundTruth

    /// The files of `groundTruth.images`, in the same order.
    public let imageFiles: [ImageFile]

    /// The lines on which `groundTruth.boxes` begin, in the same order, counted from 1.
    public let boxLines: [Int]

    /// Reads `images` (`id`, `file_name`, perhaps `width` and `height`), `categories` (`id`, `name`) and `annotations`
    /// (`id`, `image_id`, `category_id`, `bbox`, perhaps `area` and `iscrowd`).
    ///
    /// - Throws: `COCOFileError` with everything that is missing or wrong, each with its place.
    public init(file path: String) throws(COCOFileError) {
        let bytes = try contents(ofFile: path)
        self = try COCOFileReader.read(bytes, path: path) { (reader) throws(JSONSyntaxError) in
            var builder = GroundTruth.Builder()
            builder.needsImageFiles = true
            try builder.read(&reader)
            return COCOAnnotations(builder, bytes)
        }
    }

    private init(_ builder: GroundTruth.Builder, _ bytes: [UInt8]) {
        groundTruth = GroundTruth(images: builder.images, categories: builder.categories, boxes: builder.boxes)
        imageFiles = builder.imageFiles
        var line = 1
        var offset = 0
        boxLines = builder.boxEntries.map { entry in
            while offset < min(entry.offset, bytes.count) {
                if bytes[offset] == UInt8(ascii: "\n") { line += 1 }
                offset += 1
            }
            return line
        }
    }
}
