extension Detection {
    /// Reads a COCO results file: an array of objects with `image_id`, `category_id`, `bbox` and `score`. Everything
    /// else in them is passed over.
    ///
    /// - Parameter groundTruth: the labels that the detections belong to.
    /// - Throws: `COCOFileError` with every missing key, value of a wrong kind, number that is not finite, box with a
    ///   negative side, and number of an unknown image or category, each with its place.
    public static func read(
        cocoFile path: String, for groundTruth: GroundTruth
    ) throws(COCOFileError) -> [Detection] {
        try read(cocoJSON: try contents(ofFile: path), path: path, for: groundTruth)
    }

    /// Reads the contents of a COCO results file.
    ///
    /// - Parameter path: where they come from, for messages.
    public static func read(
        cocoJSON bytes: [UInt8], path: String, for groundTruth: GroundTruth
    ) throws(COCOFileError) -> [Detection] {
        let images = Set(groundTruth.images)
        let categories = Set(groundTruth.categories.map(\.id))
        return try COCOFileReader.read(bytes, path: path) { (reader) throws(JSONSyntaxError) in
            var detections: [Detection] = []
            // A detection takes at least some 70 bytes.
            detections.reserveCapacity(bytes.count / 70)
            try reader.entries("detections") { (reader, entry) throws(JSONSyntaxError) in
                var imageID: Int?
                var categoryID: Int?
                var box: BoundingBox?
                var score: Double?
                var isFirst = true
                while let key = try reader.json.nextKey(&isFirst) {
                    switch key {
                    case "image_id": imageID = try reader.integer("image_id", &entry)
                    case "category_id": categoryID = try reader.integer("category_id", &entry)
                    case "bbox": box = try reader.box("bbox", &entry)
                    case "score": score = try reader.number("score", &entry)
                    default: try reader.json.skipValue()
                    }
                }
                guard let imageID, let categoryID, let box, let score else {
                    reader.noteMissing(
                        entry,
                        [
                            ("image_id", imageID != nil), ("category_id", categoryID != nil), ("bbox", box != nil),
                            ("score", score != nil),
                        ])
                    return
                }
                if !images.contains(imageID) {
                    reader.note("\(entry.name): unknown image_id \(imageID)", at: entry.offset)
                }
                if !categories.contains(categoryID) {
                    reader.note("\(entry.name): unknown category_id \(categoryID)", at: entry.offset)
                }
                detections.append(Detection(imageID: imageID, categoryID: categoryID, box: box, score: score))
            }
            return detections
        }
    }
}
