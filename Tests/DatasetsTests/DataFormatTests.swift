import Datasets
import Foundation
import Metrics
import Testing

/// One small data set, written in every format.
enum SampleData {
    static let classNames = ["cat", "dog"]
    static let size = ImageSize(height: 40, width: 60)
    /// Images by split and name; boxes as class, left, top, right, bottom in whole pixels.
    static let images: [(split: String, name: String, boxes: [[Int]])] = [
        ("train", "a", [[0, 6, 4, 30, 24], [1, 0, 0, 60, 40]]), ("train", "b", []),
        ("train", "c", [[1, 12, 8, 24, 32]]), ("val", "d", [[0, 30, 20, 60, 40]]), ("val", "e", [[1, 3, 2, 9, 38]]),
    ]

    static func rows(_ boxes: [[Int]]) -> String {
        boxes.map { box in
            let (x1, y1, x2, y2) = (Double(box[1]) / 60, Double(box[2]) / 40, Double(box[3]) / 60, Double(box[4]) / 40)
            return "\(box[0]) \((x1 + x2) / 2) \((y1 + y2) / 2) \(x2 - x1) \(y2 - y1)\n"
        }.joined()
    }

    /// Each image has another grey, so that none is like another.
    static func writeImage(_ name: String, to path: String, in folder: TemporaryFolder) throws {
        let grey = UInt8(truncatingIfNeeded: Int(name.utf8.first ?? 0) * 3)
        try folder.write(path, RGBImage(height: size.height, width: size.width, grey: grey).pngData())
    }

    static func writeYOLO(_ folder: TemporaryFolder) throws {
        try folder.write("data.yaml", "train: images/train\nval: images/val\nnames: [cat, dog]\n")
        for image in images {
            try writeImage(image.name, to: "images/\(image.split)/\(image.name).png", in: folder)
            try folder.write("labels/\(image.split)/\(image.name).txt", rows(image.boxes))
        }
    }

    static func writeLists(_ folder: TemporaryFolder) throws {
        try writeYOLO(folder)
        try folder.write("data.yaml", "train: train.txt\nval: val.txt\nnames: [cat, dog]\n")
        for split in ["train", "val"] {
            let names = images.filter { $0.split == split }.map { "./images/\(split)/\($0.name).png\n" }
            try folder.write("\(split).txt", names.reversed().joined())
        }
    }

    static func writeFolders(_ folder: TemporaryFolder) throws {
        try folder.write("train/labels/classes.txt", "cat\ndog\n")
        for image in images {
            try writeImage(image.name, to: "\(image.split)/images/\(image.name).png", in: folder)
            try folder.write("\(image.split)/labels/\(image.name).txt", rows(image.boxes))
        }
    }

    static func cocoDocument(split: String, sort: (String) -> Int = { Int($0.utf8.first ?? 0) }) -> String {
        var annotations: [String] = []
        var entries: [String] = []
        for image in images where image.split == split {
            let id = sort(image.name)
            entries.append(#"{"id": \#(id), "file_name": "\#(image.name).png", "width": 60, "height": 40}"#)
            for box in image.boxes {
                annotations.append(
                    #"{"id": \#(annotations.count + 1), "image_id": \#(id), "category_id": \#(box[0] == 0 ? 5 : 18), "#
                        + #""bbox": [\#(box[1]), \#(box[2]), \#(box[3] - box[1]), \#(box[4] - box[2])]}"#)
            }
        }
        return """
            {"images": [\(entries.joined(separator: ",\n"))],
            "categories": [{"id": 18, "name": "dog"}, {"id": 5, "name": "cat"}],
            "annotations": [\(annotations.joined(separator: ",\n"))]}
            """
    }

    static func writeCOCO(_ folder: TemporaryFolder) throws {
        for image in images { try writeImage(image.name, to: "\(image.split)2017/\(image.name).png", in: folder) }
        for split in ["train", "val"] {
            try folder.write("annotations/instances_\(split)2017.json", cocoDocument(split: split))
        }
    }

    static func writeCOCOExport(_ folder: TemporaryFolder) throws {
        for (split, name) in [("train", "train"), ("val", "valid")] {
            for image in images where image.split == split {
                try writeImage(image.name, to: "\(name)/\(image.name).png", in: folder)
            }
            try folder.write("\(name)/_annotations.coco.json", cocoDocument(split: split))
        }
    }

    static func writeCOCODescription(_ folder: TemporaryFolder) throws {
        try writeCOCO(folder)
        try FileManager.default.moveItem(
            at: folder.url.appendingPathComponent("annotations"), to: folder.url.appendingPathComponent("json"))
        try folder.write(
            "data.yaml", "train: json/instances_train2017.json\nval: json/instances_val2017.json\nnames: [cat, dog]\n")
    }

    static func annotation(_ boxes: [[Int]], extra: String = "") -> String {
        let objects = boxes.map { box in
            """
              <object>
                <name>\(classNames[box[0]])</name>
                <difficult>0</difficult>
                <bndbox>
                  <xmin>\(box[1] + 1)</xmin><ymin>\(box[2] + 1)</ymin><xmax>\(box[3])</xmax><ymax>\(box[4])</ymax>
                </bndbox>
                <part><name>head</name><bndbox><xmin>1</xmin></bndbox></part>
              </object>
            """
        }.joined(separator: "\n")
        return """
            <annotation>
              <folder>VOC</folder>
              <size><width>60</width><height>40</height><depth>3</depth></size>
            \(objects)
            \(extra)</annotation>

            """
    }

    static func writeVOC(_ folder: TemporaryFolder) throws {
        for image in images {
            try writeImage(image.name, to: "JPEGImages/\(image.name).png", in: folder)
            try folder.write("Annotations/\(image.name).xml", annotation(image.boxes))
        }
        for split in ["train", "val"] {
            let names = images.filter { $0.split == split }.map { "\($0.name)\n" }
            try folder.write("ImageSets/Main/\(split).txt", names.joined())
        }
    }

    static let formats: [(name: String, write: @Sendable (TemporaryFolder) throws -> Void)] = [
        ("YOLO's data.yaml", { try writeYOLO($0) }), ("list files", { try writeLists($0) }),
        ("folders", { try writeFolders($0) }), ("COCO's folder", { try writeCOCO($0) }),
        ("an export of COCO files", { try writeCOCOExport($0) }),
        ("a data.yaml of COCO files", { try writeCOCODescription($0) }), ("Pascal VOC", { try writeVOC($0) }),
    ]
}

@Suite struct DataFormatTests {
    @Test("The same data set reads alike in every format", arguments: SampleData.formats.map(\.name))
    func formats(name: String) throws {
        let format = try #require(SampleData.formats.first { $0.name == name })
        let folder = try TemporaryFolder()
        try format.write(folder)
        let data = try Datasets.open(spec: folder.url.path, relativeTo: nil)
        #expect(data.classNames == SampleData.classNames)
        #expect(data.warnings.isEmpty, "\(data.warnings)")
        for (split, source) in [("train", data.train), ("val", data.val)] {
            let expected = SampleData.images.filter { $0.split == split }
            try #require(source.count == expected.count)
            for (index, image) in expected.enumerated() {
                #expect(source.name(at: index).hasSuffix("\(image.name).png"))
                #expect(source.size(at: index) == SampleData.size)
                #expect(try source.image(at: index).size == SampleData.size)
                #expect(source.file(at: index)?.lastPathComponent == "\(image.name).png")
                let boxes = source.labels(at: index).map { PixelBox($0, in: SampleData.size) }
                try #require(boxes.count == image.boxes.count)
                for (box, numbers) in zip(boxes, image.boxes) {
                    let wanted = PixelBox(
                        classIndex: numbers[0], left: Float(numbers[1]), top: Float(numbers[2]),
                        right: Float(numbers[3]), bottom: Float(numbers[4]))
                    #expect(box.classIndex == wanted.classIndex)
                    #expect(box.largestDifference(from: wanted) < 1e-4, "\(name) \(image.name)")
                }
                #expect(source.ignoredRegions(at: index).isEmpty)
            }
        }
        // The digest follows labels and images.
        let digest = try data.digest
        #expect(try Datasets.open(spec: folder.url.path, relativeTo: nil).digest == digest)
        let file = try #require(data.train.file(at: 0))
        try RGBImage(height: 40, width: 60, grey: 1).write(to: file)
        #expect(try Datasets.open(spec: folder.url.path, relativeTo: nil).digest != digest)
    }

    @Test("COCO: ids with gaps, crowds ignored, areas kept; average precision is that of pycocotools")
    func coco() throws {
        struct Expected: Decodable {
            struct Found: Decodable { var imageId: Int, categoryId: Int, bbox: [Double], score: Double }
            var detections: [Found], stats: [Double]
        }
        struct Document: Decodable {
            struct Image: Decodable { var id: Int, fileName: String, width: Int, height: Int }
            struct Annotation: Decodable { var iscrowd: Int }
            var images: [Image], annotations: [Annotation]
        }
        let bytes = try Data(contentsOf: Golden.url("coco/instances.json"))
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let document = try decoder.decode(Document.self, from: bytes)
        let folder = try TemporaryFolder()
        try folder.write("val.json", bytes)
        for image in document.images {
            try folder.writeImage("images/\(image.fileName)", height: image.height, width: image.width)
        }
        try folder.write("data.yaml", "train: val.json\nval: val.json\n")
        let data = try Datasets.open(spec: folder.url.path, relativeTo: nil)
        #expect(data.classNames == ["car", "cat", "toothbrush"])
        #expect(data.val.classNumbers == [3, 17, 90])
        let numbered = (0..<data.val.count).map { data.val.number(at: $0) }
        #expect(numbered.compactMap(\.self).sorted() == document.images.map(\.id).sorted())
        #expect(
            numbered.enumerated().allSatisfy { index, number in
                document.images.contains { $0.id == number && data.val.name(at: index).hasSuffix($0.fileName) }
            })
        let crowds = document.annotations.count { $0.iscrowd == 1 }
        #expect(crowds > 3)
        #expect((0..<data.val.count).reduce(0) { $0 + data.val.ignoredRegions(at: $1).count } == crowds)
        #expect(
            (0..<data.val.count).reduce(0) { $0 + data.val.labels(at: $1).count }
                == document.annotations.count - crowds)

        let expected = try decoder.decode(
            Expected.self, from: Data(contentsOf: Golden.url("coco/expected.json")))
        let positions = Dictionary(
            uniqueKeysWithValues: (0..<data.val.count).map { index in
                (document.images.first { data.val.name(at: index).hasSuffix($0.fileName) }?.id ?? -1, index)
            })
        let detections = try expected.detections.map { found in
            Detection(
                imageID: try #require(positions[found.imageId]),
                categoryID: try #require([3: 0, 17: 1, 90: 2][found.categoryId]),
                box: BoundingBox(x: found.bbox[0], y: found.bbox[1], width: found.bbox[2], height: found.bbox[3]),
                score: found.score)
        }
        let evaluation = try COCOEvaluation(groundTruth: GroundTruth(data.val), detections: detections)
        let numbers = evaluation.summary.named.map(\.value)
        try #require(numbers.count == expected.stats.count)
        for (number, wanted) in zip(numbers, expected.stats) { #expect(abs(number - wanted) < 1e-6) }
    }

    @Test("Pascal VOC counts pixels from 1 to the last one; difficult objects are ignored regions")
    func voc() throws {
        let folder = try TemporaryFolder()
        try SampleData.writeVOC(folder)
        let whole = """
              <object><name>cat</name><difficult>1</difficult>
              <bndbox><xmax>60</xmax><ymax>40</ymax><xmin>1</xmin><ymin>1</ymin></bndbox></object>

            """
        try folder.write("Annotations/d.xml", SampleData.annotation([[0, 30, 20, 60, 40]], extra: whole))
        let data = try Datasets.open(spec: folder.url.path, relativeTo: nil)
        #expect(data.val.labels(at: 0).count == 1)
        #expect(
            data.val.ignoredRegions(at: 0) == [Label(classIndex: 0, centerX: 0.5, centerY: 0.5, width: 1, height: 1)])
        let truth = GroundTruth(data.val)
        #expect(truth.boxes.map(\.isCrowd) == [false, true, false])

        // A class list decides the order, and a box from 0 tells that the file counts from 0.
        try folder.write("classes.txt", "dog\ncat\n")
        let zero = whole.replacingOccurrences(of: "<xmin>1<", with: "<xmin>0<")
        try folder.write("Annotations/d.xml", SampleData.annotation([], extra: zero))
        let other = try Datasets.open(spec: folder.url.path, relativeTo: nil)
        #expect(other.classNames == ["dog", "cat"])
        #expect(other.warnings.contains { $0.message.contains("a coordinate below 1") })
        let box = PixelBox(try #require(other.val.ignoredRegions(at: 0).first), in: SampleData.size)
        #expect(box.left == 0 && abs(box.top - 1) < 1e-4)
    }

    @Test("A list file may be relative to itself, and labels follow their images")
    func lists() throws {
        let folder = try TemporaryFolder()
        try SampleData.writeYOLO(folder)
        try folder.write("lists/train.txt", "../images/train/a.png\r\n\n../images/train/c.png\n")
        try folder.write("data.yaml", "train: lists/train.txt\nval: [images/val]\nnames: {0: cat, 1: dog}\n")
        let data = try Datasets.open(spec: folder.url.path, relativeTo: nil)
        #expect((0..<data.train.count).map { data.train.labels(at: $0).count } == [2, 1])
    }

    @Test("Boxes that stick out are cut off and those without area left out, both with a warning")
    func overhang() throws {
        let folder = try TemporaryFolder()
        try SampleData.writeCOCO(folder)
        try folder.write(
            "annotations/instances_val2017.json",
            """
            {"images": [{"id": 1, "file_name": "d.png"}], "categories": [{"id": 5, "name": "cat"}],
            "annotations": [
            {"id": 1, "image_id": 1, "category_id": 5, "bbox": [50, 10, 30, 10]},
            {"id": 2, "image_id": 1, "category_id": 5, "bbox": [5, 10, 0, 10]}]}
            """)
        let data = try Datasets.open(spec: folder.url.path, relativeTo: nil)
        let box = PixelBox(try #require(data.val.labels(at: 0).first), in: SampleData.size)
        #expect(data.val.labels(at: 0).count == 1)
        #expect(
            box.largestDifference(from: PixelBox(classIndex: 0, left: 50, top: 10, right: 60, bottom: 20)) < 1e-4)
        #expect(
            data.warnings.map(\.message) == [
                "'val' has 1 box that sticks out of the image, the first: annotation 1 of 'd.png'",
                "'val' has 1 box without area, the first: annotation 2 of 'd.png'",
            ])
        #expect(data.warnings.map(\.line) == [3, 4])
    }

    // MARK: Selection

    private func sample() throws -> (TemporaryFolder, DetectionData) {
        let folder = try TemporaryFolder()
        try SampleData.writeYOLO(folder)
        return (folder, try Datasets.open(spec: folder.url.path, relativeTo: nil))
    }

    private func classes(_ source: any DetectionSource) -> [[Int]] {
        (0..<source.count).map { source.labels(at: $0).map(\.classIndex) }
    }

    @Test("Chosen classes keep their indices, and images without them stay")
    func chosenClasses() throws {
        let (folder, data) = try sample()
        #expect(classes(data.train) == [[0, 1], [], [1]])
        for choice in [DataSelection.Choice.index(1), .name("dog")] {
            var selection = DataSelection()
            selection.classes = [choice]
            let selected = try data.selecting(selection)
            #expect(classes(selected.train) == [[1], [], [1]])
            #expect(classes(selected.val) == [[], [1]])
            #expect(selected.classNames == ["cat", "dog"])
            #expect(try selected.digest == data.digest)
            #expect(try selected.train.image(at: 2) == data.train.image(at: 2))
        }
        var wrong = DataSelection()
        wrong.classes = [.index(2), .name("dgo"), .index(0)]
        let error = try #require(throws: DatasetError.self) { try data.selecting(wrong) }
        #expect(
            error.problems.map(\.description) == [
                "classes holds 2, but the data set has classes 0 to 1 (classes are counted from 0)",
                "classes holds 'dgo', which is none of the data set's classes (did you mean 'dog'?)",
            ])
        _ = folder
    }

    @Test("As one class, every object is of class 0, after classes were chosen")
    func singleClass() throws {
        let (folder, data) = try sample()
        var selection = DataSelection()
        selection.isSingleClass = true
        selection.classes = [.index(1)]
        let selected = try data.selecting(selection)
        #expect(classes(selected.train) == [[0], [], [0]])
        #expect(selected.classNames == ["item"])
        #expect(selected.val.classNames == ["item"])
        _ = folder
    }

    @Test("A fraction keeps the first images of train and all of val", arguments: [(0.5, 2), (0.4, 1), (0.84, 3)])
    func fraction(share: Double, count: Int) throws {
        let (folder, data) = try sample()
        var selection = DataSelection()
        selection.fraction = share
        let selected = try data.selecting(selection)
        #expect(
            (0..<selected.train.count).map { selected.train.name(at: $0) }
                == (0..<count).map { data.train.name(at: $0) })
        #expect(selected.val.count == 2)
        selection.fraction = 0.1
        #expect(throws: DatasetError.self) { try data.selecting(selection) }
        _ = folder
    }

    @Test("Images in both splits are found by their bytes, whatever they are called")
    func sharedImages() throws {
        let (folder, before) = try sample()
        #expect(before.sharedImages.isEmpty)
        let files = FileManager.default
        try files.copyItem(
            at: folder.url.appendingPathComponent("images/train/c.png"),
            to: folder.url.appendingPathComponent("images/val/z.png"))
        let data = try Datasets.open(spec: folder.url.path, relativeTo: nil)
        #expect(
            data.sharedImages == [SharedImages.Pair(train: "images/train/c.png", val: "images/val/z.png")])
        #expect(
            data.warnings.first?.message
                == "1 image is in both train and val: images/train/c.png and images/val/z.png")
        var selection = DataSelection()
        selection.fraction = 0.5
        #expect(try data.selecting(selection).sharedImages.isEmpty, "the shared image is not among the first two")
    }
}
