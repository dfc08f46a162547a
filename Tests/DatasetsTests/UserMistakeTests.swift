import Datasets
import Foundation
import Testing

/// What users do wrong with data. Each mistake is made in a data set that is otherwise right, and the message must name
/// the file, the line where there is one, what was expected, and the nearest right spelling where one is near.
@Suite struct UserMistakeTests {
    struct Mistake: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// Which of `SampleData.formats` is spoilt.
        var format: String
        var make: @Sendable (TemporaryFolder) throws -> Void
        /// File of the problem, relative to the data set's folder.
        var file: String
        var line: Int?
        /// Parts of the message.
        var message: [String]
        var suggestion: String?

        init(
            _ description: String, _ format: String, file: String, line: Int? = nil, _ message: String...,
            suggestion: String? = nil, make: @escaping @Sendable (TemporaryFolder) throws -> Void
        ) {
            testDescription = description
            self.format = format
            self.make = make
            self.file = file
            self.line = line
            self.message = message
            self.suggestion = suggestion
        }
    }

    private static let yolo = "YOLO's data.yaml"
    private static let coco = "COCO's folder"
    private static let voc = "Pascal VOC"

    private static func remove(_ name: String, _ folder: TemporaryFolder) throws {
        try FileManager.default.removeItem(at: folder.url.appendingPathComponent(name))
    }

    private static func replace(_ old: String, _ new: String, in name: String, _ folder: TemporaryFolder) throws {
        let text = try String(contentsOf: folder.url.appendingPathComponent(name), encoding: .utf8)
        try #require(text.contains(old))
        try folder.write(name, text.replacingOccurrences(of: old, with: new))
    }

    static let mistakes: [Mistake] = [
        Mistake(
            "a misspelt folder in data.yaml", yolo, file: "data.yaml", line: 1, "'train' does not exist",
            "images/trian", suggestion: "images/train'?"
        ) { try $0.write("data.yaml", "train: images/trian\nval: images/val\nnames: [cat, dog]\n") },
        Mistake(
            "a misspelt key in data.yaml", yolo, file: "data.yaml", line: 2, "the key 'val' is missing",
            suggestion: "'valid' is not read: did you mean 'val'?"
        ) { try $0.write("data.yaml", "train: images/train\nvalid: images/val\nnames: [cat, dog]\n") },
        Mistake(
            "a number of classes that is not that of the names", yolo, file: "data.yaml", line: 3,
            "'nc' is 3, but 'names' holds 2"
        ) { try $0.write("data.yaml", "train: images/train\nval: images/val\nnc: 3\nnames: [cat, dog]\n") },
        Mistake(
            "a tab in data.yaml", yolo, file: "data.yaml", line: 4, "not valid YAML"
        ) { try $0.write("data.yaml", "train: images/train\nval: images/val\nnames:\n\t0: cat\n") },
        Mistake(
            "class names without numbers 0, 1, …", yolo, file: "data.yaml", "2 classes but none of index 0",
            suggestion: "number them from 0 without gaps"
        ) { try $0.write("data.yaml", "train: images/train\nval: images/val\nnames: {1: cat, 2: dog}\n") },
        Mistake(
            "labels in pixels", yolo, file: "labels/train/a.txt", line: 1, "cx 25 is above 1",
            "coordinates go from 0 to 1", suggestion: "divide pixels by the image's width or height"
        ) { try $0.write("labels/train/a.txt", "0 25 14 24 20\n") },
        Mistake(
            "classes counted from 1", yolo, file: "labels/val/e.txt", line: 2, "class 2 is out of range",
            "classes 0 to 1", suggestion: "classes are counted from 0"
        ) { try $0.write("labels/val/e.txt", "1 .5 .5 .2 .2\n2 .5 .5 .1 .1\n") },
        Mistake(
            "class names in label files", yolo, file: "labels/val/e.txt", line: 1,
            "the class 'dog' is not a whole number", suggestion: "'dog' is class 1"
        ) { try $0.write("labels/val/e.txt", "dog .5 .5 .2 .2\n") },
        Mistake(
            "scores in label files", yolo, file: "labels/val/e.txt", line: 1,
            "expected 5 fields (class cx cy w h), found 6", suggestion: "a score"
        ) { try $0.write("labels/val/e.txt", "0 .5 .5 .2 .2 .93\n") },
        Mistake(
            "commas in label files", yolo, file: "labels/val/e.txt", line: 1,
            "expected 5 fields (class cx cy w h), found 1", suggestion: "blanks"
        ) { try $0.write("labels/val/e.txt", "0,.5,.5,.2,.2\n") },
        Mistake(
            "outlines among boxes", yolo, file: "labels/train/a.txt", line: 1, "a box of 4 numbers", "outlines",
            suggestion: "write all rows of a file as boxes or all as outlines"
        ) { try $0.write("labels/train/a.txt", "0 .5 .5 .2 .2\n1 .1 .1 .3 .1 .3 .4\n") },
        Mistake(
            "label files in the wrong folder", yolo, file: "data.yaml", line: 1,
            "no label file for any of its 3 images", "labels/train/a.txt"
        ) { folder in
            try FileManager.default.moveItem(
                at: folder.url.appendingPathComponent("labels/train"),
                to: folder.url.appendingPathComponent("images/labels"))
        },
        Mistake(
            "pictures in another format", yolo, file: "data.yaml", line: 1, "1 file is neither JPEG nor PNG", "x.bmp",
            suggestion: "convert them"
        ) { try $0.write("images/train/x.bmp", "BM") },
        Mistake(
            "a text called .jpg", yolo, file: "images/train/f.jpg", "neither a JPEG nor a PNG"
        ) { try $0.write("images/train/f.jpg", "<html>404</html>") },
        Mistake(
            "an empty picture", yolo, file: "images/val/f.png", "truncated"
        ) { try $0.write("images/val/f.png", Data()) },
        Mistake(
            "a misspelt picture in a list", "list files", file: "val.txt", line: 2, "the image does not exist",
            suggestion: "images/val/d.png'?"
        ) { try $0.write("val.txt", "images/val/e.png\nimages/val/dd.png\n") },
        Mistake(
            "no classes.txt", "folders", file: "train/labels/classes.txt", "the class names are missing",
            "one name a line"
        ) { try remove("train/labels/classes.txt", $0) },
        Mistake(
            "an empty line in classes.txt", "folders", file: "train/labels/classes.txt", line: 2, "an empty line",
            suggestion: "a class's number is its line"
        ) { try $0.write("train/labels/classes.txt", "cat\n\ndog\n") },
        Mistake(
            "no validation images", "folders", file: "", "no val/images to validate on",
            suggestion: "did you mean 'vals' to be it?"
        ) { folder in
            try FileManager.default.moveItem(
                at: folder.url.appendingPathComponent("val"), to: folder.url.appendingPathComponent("vals"))
        },
        Mistake(
            "JSON that was cut off", coco, file: "annotations/instances_val2017.json", line: 2, "expected"
        ) { folder in
            let text = SampleData.cocoDocument(split: "val")
            try folder.write("annotations/instances_val2017.json", String(text.prefix(text.utf8.count / 3)))
        },
        Mistake(
            "an annotation of an image that is not listed", coco, file: "annotations/instances_train2017.json",
            line: 5, "unknown image_id 77"
        ) { try replace(#""image_id": 97"#, #""image_id": 77"#, in: "annotations/instances_train2017.json", $0) },
        Mistake(
            "a category that the other split does not have", coco, file: "annotations/instances_val2017.json",
            "the category 'dgo' (id 18) is not among the 2 classes", suggestion: "did you mean 'dog'?"
        ) { try replace(#""dog""#, #""dgo""#, in: "annotations/instances_val2017.json", $0) },
        Mistake(
            "pictures that are not where COCO has them", coco, file: "annotations/instances_train2017.json",
            "'a.png' was found in none of", suggestion: "set 'path'"
        ) { folder in
            try FileManager.default.moveItem(
                at: folder.url.appendingPathComponent("train2017"), to: folder.url.appendingPathComponent("pictures"))
        },
        Mistake(
            "a picture of another size than COCO says", coco, file: "annotations/instances_val2017.json",
            "'d.png' is 61×40 here, but the file is 60×40"
        ) { folder in
            try replace(
                #""file_name": "d.png", "width": 60"#, #""file_name": "d.png", "width": 61"#,
                in: "annotations/instances_val2017.json", folder)
        },
        Mistake(
            "an XML file that was cut off", voc, file: "Annotations/a.xml", line: 5, "not valid XML"
        ) { folder in
            let text = SampleData.annotation([[0, 6, 4, 30, 24]])
            try folder.write("Annotations/a.xml", String(text.prefix(120)))
        },
        Mistake(
            "corners the wrong way round", voc, file: "Annotations/a.xml", line: 4, "the box ends before it begins",
            suggestion: "xmin and ymin are the upper left corner"
        ) { try replace("<xmax>30<", "<xmax>3<", in: "Annotations/a.xml", $0) },
        Mistake(
            "a class that is not in classes.txt", voc, file: "Annotations/e.xml", line: 4,
            "'dog' is not among the 2 classes of classes.txt", suggestion: "did you mean 'dogs'?"
        ) { try $0.write("classes.txt", "cat\ndogs\n") },
        Mistake(
            "an image in a list without its annotation file", voc, file: "ImageSets/Main/train.txt", line: 3,
            "the annotation file does not exist", "Annotations/c.xml"
        ) { try remove("Annotations/c.xml", $0) },
        Mistake(
            "no list of validation images", voc, file: "ImageSets/Main/val.txt", "the list of images for 'val'",
            "expected one name a line"
        ) { try remove("ImageSets/Main/val.txt", $0) },
    ]

    @Test("Every mistake has a message that says where and what", arguments: mistakes)
    func message(_ mistake: Mistake) throws {
        let folder = try TemporaryFolder()
        let format = try #require(SampleData.formats.first { $0.name == mistake.format })
        try format.write(folder)
        #expect(problems(opening: folder.url.path).isEmpty, "right before it is spoilt")
        try mistake.make(folder)
        let found = problems(opening: folder.url.path)
        let file = mistake.file.isEmpty ? folder.url.path : folder.url.path + "/" + mistake.file
        let here = found.filter { $0.file == file }
        let match = here.first { problem in mistake.message.allSatisfy { problem.message.contains($0) } }
        let problem = try #require(match, "\(found)")
        if let line = mistake.line { #expect(problem.line == line, "\(problem)") }
        if let suggestion = mistake.suggestion {
            #expect(problem.suggestion?.contains(suggestion) == true, "\(problem)")
        }
    }

    @Test("There are twenty and more of them, each another")
    func number() {
        #expect(Set(Self.mistakes.map(\.testDescription)).count >= 20)
    }
}
