import Foundation
import Testing

extension CommandLineTests {
    private static var decoder: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return decoder
    }

    /// A data set of one picture in train, which is in val too; the picture is a PNG of 16×12 pixels.
    private func writeData(label: String = "0 0.5 0.5 0.5 0.5\n") throws {
        let picture = try #require(
            Data(
                base64Encoded:
                    "iVBORw0KGgoAAAANSUhEUgAAABAAAAAMCAIAAADkharWAAAAFUlEQVR42mM4YSNHEmIY1TCqATsCAFly2YFi+bFvAAAAAElFTkSuQmCC"
            ))
        for split in ["train", "val"] {
            for kind in ["images", "labels"] {
                try FileManager.default.createDirectory(
                    at: folder.appendingPathComponent("set/\(split)/\(kind)"), withIntermediateDirectories: true)
            }
            try picture.write(to: folder.appendingPathComponent("set/\(split)/images/a.png"))
            try label.write(
                to: folder.appendingPathComponent("set/\(split)/labels/a.txt"), atomically: true, encoding: .utf8)
        }
        try "thing\nother\n".write(
            to: folder.appendingPathComponent("set/train/labels/classes.txt"), atomically: true, encoding: .utf8)
    }

    @Test func dataCheckPrintsTablesAndJSON() throws {
        try writeData()
        let text = try run("data", "check", "set")
        #expect(text.status == 0, "\(text)")
        #expect(text.output.contains("16×12 (1)"))
        #expect(
            text.output.contains("warning: the same file in two splits: 1\n  val/images/a.png: this image of 'val'"))
        #expect(text.output.contains("warning: classes without boxes: 2"))
        #expect(text.output.hasSuffix("set: 0 errors, 3 warnings\n"), "\(text.output)")
        #expect(try run("data", "check", "set", "--strict").status == 1)

        struct Document: Decodable {
            struct Split: Decodable { var name: String, images: Int, boxes: Int, boxesPerClass: [Int] }
            struct Finding: Decodable { var severity: String, kind: String, message: String }
            var classes: [String], splits: [Split], errors: Int, warnings: Int, findings: [Finding]
        }
        let json = try run("data", "check", "set", "--format", "json")
        #expect(json.status == 0)
        let document = try Self.decoder.decode(Document.self, from: Data(json.output.utf8))
        #expect(document.classes == ["thing", "other"])
        #expect(document.splits.map(\.name) == ["train", "val"])
        #expect(document.splits.map(\.boxesPerClass) == [[1, 0], [1, 0]])
        #expect(document.findings.map(\.kind) == ["shared", "absent-class", "absent-class"])
        #expect(document.errors == 0 && document.warnings == 3)
    }

    @Test func dataCheckEndsWithOneWhereThereAreErrors() throws {
        try writeData(label: "7 0.5 0.5 0.5 0.5\n")
        let outcome = try run("data", "check", "set")
        #expect(outcome.status == 1)
        #expect(outcome.output.contains("train/labels/a.txt:1: class 7 is out of range"), "\(outcome.output)")
        #expect(outcome.output.hasSuffix("set: 2 errors, 5 warnings\n"), "\(outcome.output)")
        #expect(try run("data", "check", "nowhere").status == 1)
    }

    @Test func dataPreviewDrawsTheSameBytes() throws {
        try writeData()
        for name in ["one.png", "two.png"] {
            let outcome = try run(
                "data", "preview", "set", "--augment", "-n", "4", "-o", name, "imgsz=64", "degrees=10")
            #expect(outcome.status == 0, "\(outcome)")
            #expect(outcome.output.contains("\(name): 655×342, 1 image of train"), "\(outcome.output)")
        }
        let files = try ["one.png", "two.png"].map { try Data(contentsOf: folder.appendingPathComponent($0)) }
        #expect(files[0] == files[1])
        #expect(try run("data", "preview", "set", "-o", "x.gif").status == 2)
        let wrong = try run("data", "preview", "set", "degres=3")
        #expect(wrong.status == 2 && wrong.errors.contains("did you mean \"degrees\"?"))
        #expect(try run("data", "preview", "set", "epochs=3").errors.contains("does not change what is drawn"))
        #expect(try run("data", "preview", "set", "--augment", "--split", "val").status == 2)
    }

    @Test func loadingIsTimed() throws {
        try writeData()
        let outcome = try run("bench", "--loader", "set", "--imgsz", "64", "--batch", "2", "--format", "json")
        #expect(outcome.status == 0, "\(outcome)")
        struct Row: Decodable {
            var augmented: Bool, cached: Bool, images: Int, seconds: Double, imagesPerSecond: Double
        }
        let rows = try Self.decoder.decode([Row].self, from: Data(outcome.output.utf8))
        #expect(rows.map(\.augmented) == [false, false, true, true])
        #expect(rows.map(\.cached) == [false, true, false, true])
        #expect(rows.allSatisfy { $0.images == 1 && $0.imagesPerSecond > 0 })
        #expect(try run("bench", "--loader", "set", "--model", "v1").status == 2)
    }

    @Test func aTrainingOnPartOfTheData() throws {
        try writeData()
        let outcome = try run(
            "train", "data=set", "imgsz=64", "epochs=1", "batch=1", "mosaic=0", "classes=thing", "single_cls=true")
        #expect(outcome.status == 0, "\(outcome)")
        let wrong = try run("train", "data=set", "imgsz=64", "epochs=1", "classes=thign")
        #expect(wrong.status == 2)
        #expect(wrong.errors.contains("did you mean 'thing'?"), "\(wrong.errors)")
    }
}
