extension GroundTruth {
    /// Reads the annotations of a COCO file: `images` (`id`), `categories` (`id`, `name`) and `annotations` (`id`,
    /// `image_id`, `category_id`, `bbox`, `area`, and `iscrowd`, which is 0 when left out). Everything else in it,
    /// masks included, is passed over.
    ///
    /// - Throws: `COCOFileError` with every missing key, value of a wrong kind, number that is not finite, box with a
    ///   negative side, repeated number, and number of an unknown image or category, each with its place.
    public init(cocoFile path: String) throws(COCOFileError) {
        try self.init(cocoJSON: try contents(ofFile: path), path: path)
    }

    /// Reads the contents of a COCO file.
    ///
    /// - Parameter path: where they come from, for messages.
    public init(cocoJSON bytes: [UInt8], path: String) throws(COCOFileError) {
        self = try COCOFileReader.read(bytes, path: path) { (reader) throws(JSONSyntaxError) in
            var builder = Builder()
            try builder.read(&reader)
            return GroundTruth(images: builder.images, categories: builder.categories, boxes: builder.boxes)
        }
    }

    /// Collects what a COCO file lists.
    struct Builder {
        /// Whether images must name their files; `area` may then be left out and is that of the box.
        var needsImageFiles = false
        var images: [Int] = []
        /// In the order of `images`, if they are needed.
        var imageFiles: [COCOAnnotations.ImageFile] = []
        var categories: [Category] = []
        var boxes: [GroundTruthBox] = []
        /// Where each box stands in the file and in its list.
        private(set) var boxEntries: [COCOFileReader.Entry] = []
        private var imageIDs: Set<Int> = []
        private var categoryIDs: Set<Int> = []
        private var boxIDs: Set<Int> = []

        mutating func read(_ reader: inout COCOFileReader) throws(JSONSyntaxError) {
            guard try reader.expect(.object, "the file") else { return }
            var hasImages = false
            var hasCategories = false
            var hasAnnotations = false
            try reader.json.beginObject()
            var isFirst = true
            while let key = try reader.json.nextKey(&isFirst) {
                switch key {
                case "images":
                    hasImages = true
                    try readImages(&reader)
                case "categories":
                    hasCategories = true
                    try readCategories(&reader)
                case "annotations":
                    hasAnnotations = true
                    try readAnnotations(&reader)
                default: try reader.json.skipValue()
                }
            }
            if !hasImages { reader.note("missing key \"images\"", at: 0) }
            if !hasCategories { reader.note("missing key \"categories\"", at: 0) }
            if !hasAnnotations { reader.note("missing key \"annotations\"", at: 0) }
            guard hasImages, hasCategories else { return }
            for (box, entry) in zip(boxes, boxEntries) {
                if !imageIDs.contains(box.imageID) {
                    reader.note("\(entry.name) (id \(box.id)): unknown image_id \(box.imageID)", at: entry.offset)
                }
                if !categoryIDs.contains(box.categoryID) {
                    reader.note(
                        "\(entry.name) (id \(box.id)): unknown category_id \(box.categoryID)", at: entry.offset)
                }
            }
        }

        private mutating func readImages(_ reader: inout COCOFileReader) throws(JSONSyntaxError) {
            try reader.entries("images") { (reader, entry) throws(JSONSyntaxError) in
                var id: Int?
                var file = COCOAnnotations.ImageFile(name: "", width: nil, height: nil)
                var hasName = false
                var isFirst = true
                while let key = try reader.json.nextKey(&isFirst) {
                    switch key {
                    case "id": id = try reader.integer("id", &entry)
                    case "file_name" where needsImageFiles:
                        file.name = try reader.string("file_name", &entry) ?? ""
                        hasName = true
                    case "width" where needsImageFiles: file.width = try reader.integer("width", &entry)
                    case "height" where needsImageFiles: file.height = try reader.integer("height", &entry)
                    default: try reader.json.skipValue()
                    }
                }
                reader.noteMissing(entry, [("id", id != nil), ("file_name", hasName || !needsImageFiles)])
                guard let id else { return }
                images.append(id)
                if needsImageFiles { imageFiles.append(file) }
                if !imageIDs.insert(id).inserted {
                    reader.note("\(entry.name): id \(id) appears twice", at: entry.offset)
                }
            }
        }

        private mutating func readCategories(_ reader: inout COCOFileReader) throws(JSONSyntaxError) {
            try reader.entries("categories") { (reader, entry) throws(JSONSyntaxError) in
                var id: Int?
                var name: String?
                var isFirst = true
                while let key = try reader.json.nextKey(&isFirst) {
                    switch key {
                    case "id": id = try reader.integer("id", &entry)
                    case "name": name = try reader.string("name", &entry)
                    default: try reader.json.skipValue()
                    }
                }
                reader.noteMissing(entry, [("id", id != nil), ("name", name != nil)])
                if let id, !categoryIDs.insert(id).inserted {
                    reader.note("\(entry.name): id \(id) appears twice", at: entry.offset)
                }
                if let id, let name { categories.append(Category(id: id, name: name)) }
            }
        }

        private mutating func readAnnotations(_ reader: inout COCOFileReader) throws(JSONSyntaxError) {
            try reader.entries("annotations") { (reader, entry) throws(JSONSyntaxError) in
                var id: Int?
                var imageID: Int?
                var categoryID: Int?
                var box: BoundingBox?
                var area: Double?
                var isCrowd = false
                var isFirst = true
                while let key = try reader.json.nextKey(&isFirst) {
                    switch key {
                    case "id": id = try reader.integer("id", &entry)
                    case "image_id": imageID = try reader.integer("image_id", &entry)
                    case "category_id": categoryID = try reader.integer("category_id", &entry)
                    case "bbox": box = try reader.box("bbox", &entry)
                    case "area": area = try reader.number("area", &entry)
                    case "iscrowd": isCrowd = try reader.flag("iscrowd", &entry) ?? false
                    default: try reader.json.skipValue()
                    }
                }
                if needsImageFiles, area == nil { area = box?.area }
                guard let id, let imageID, let categoryID, let box, let area else {
                    reader.noteMissing(
                        entry,
                        [
                            ("id", id != nil), ("image_id", imageID != nil), ("category_id", categoryID != nil),
                            ("bbox", box != nil), ("area", area != nil),
                        ])
                    return
                }
                boxes.append(
                    GroundTruthBox(
                        id: id, imageID: imageID, categoryID: categoryID, box: box, area: area, isCrowd: isCrowd))
                boxEntries.append(entry)
                if !boxIDs.insert(id).inserted {
                    reader.note("\(entry.name): id \(id) appears twice", at: entry.offset)
                }
            }
        }
    }
}
