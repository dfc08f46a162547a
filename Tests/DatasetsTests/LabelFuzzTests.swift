import Datasets
import Foundation
import Mutations
import Testing

/// Random damage; a failure names its seed.
@Suite("Fuzzed label files")
struct LabelFuzzTests {
    static let rows = """
        0 0.5 0.5 0.25 0.25
        1 0.1 0.2 0.1 0.1
        2 0.75 0.25 0.125 0.5
        0 0.9 0.9 0.1 0.1

        """

    static let unexpected = [
        "nan", "-nan", "inf", "-inf", "1e400", "-1", "3", "99999999999999999999", "0x10", "1e-320", "", "\u{0}", "0,5",
        "true", "١", "1_0", "+0.5", ".5", "5.", "--1",
    ]

    @Test("A label file with any damage gives boxes inside the image and classes that exist, or an error")
    func labels() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("ablate-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        for name in ["images/train", "labels/train"] {
            try FileManager.default.createDirectory(
                at: folder.appendingPathComponent(name), withIntermediateDirectories: true)
        }
        try FileManager.default.copyItem(
            at: Golden.url("decoding/alpha.png.expected.png"), to: folder.appendingPathComponent("images/train/a.png"))
        try "path: .\ntrain: images/train\nval: images/train\nnames: [a, b, c]\n".write(
            to: folder.appendingPathComponent("data.yaml"), atomically: true, encoding: .utf8)
        let file = folder.appendingPathComponent("labels/train/a.txt")
        var accepted = 0
        for seed in Mutation.seeds {
            var mutation = Mutation(seed: seed)
            let damaged =
                seed.isMultiple(of: 2)
                ? mutation.damage(Data(Self.rows.utf8))
                : Data(mutation.damage(words: Self.rows, unexpected: Self.unexpected).utf8)
            try damaged.write(to: file)
            do {
                let data = try Datasets.open(
                    spec: folder.appendingPathComponent("data.yaml").path, relativeTo: nil)
                accepted += 1
                for label in data.train.labels(at: 0) {
                    #expect((0..<3).contains(label.classIndex), "seed \(seed)")
                    for value in [label.centerX, label.centerY, label.width, label.height] {
                        #expect(value.isFinite && value >= 0 && value <= 1, "seed \(seed): \(label)")
                    }
                }
            } catch let error as DatasetError {
                #expect("\(error)".contains("a.txt"), "seed \(seed): \(error)")
            } catch {
                Issue.record("seed \(seed): \(error)")
            }
        }
        #expect(accepted > 0, "some damage does no harm")
    }

    /// Words and numbers that a description of objects may hold where it should not.
    static let unexpectedWords =
        unexpected + ["null", "[]", "{}", "\"\"", "<", ">", "</object>", "&lt;", "&x;", "\u{1F6D1}"]

    @Test(
        "Annotations with any damage give boxes inside the image and classes that exist, or an error that names them",
        arguments: [
            ("COCO's folder", "annotations/instances_train2017.json"), ("Pascal VOC", "Annotations/a.xml"),
            ("YOLO's data.yaml", "data.yaml"),
        ])
    func annotations(format: String, path: String) throws {
        let folder = try TemporaryFolder()
        try #require(SampleData.formats.first { $0.name == format }).write(folder)
        let file = folder.url.appendingPathComponent(path)
        let text = try String(contentsOf: file, encoding: .utf8)
        var (accepted, refused) = (0, 0)
        for seed in Mutation.seeds {
            var mutation = Mutation(seed: seed)
            let damaged =
                seed.isMultiple(of: 2)
                ? mutation.damage(Data(text.utf8))
                : Data(mutation.damage(words: text, unexpected: Self.unexpectedWords).utf8)
            try damaged.write(to: file)
            do {
                let data = try Datasets.open(
                    spec: path == "data.yaml" ? file.path : folder.url.path, relativeTo: nil)
                accepted += 1
                for index in 0..<data.train.count {
                    for label in data.train.labels(at: index) {
                        #expect(data.classNames.indices.contains(label.classIndex), "seed \(seed)")
                        for value in [label.centerX, label.centerY, label.width, label.height] {
                            #expect(value.isFinite && value >= 0 && value <= 1, "seed \(seed): \(label)")
                        }
                    }
                }
            } catch let error as DatasetError {
                #expect(!"\(error)".isEmpty, "seed \(seed)")
                refused += 1
            } catch {
                Issue.record("seed \(seed): \(error)")
            }
        }
        #expect(accepted > 0 && refused > 0, "\(accepted) accepted, \(refused) refused")
    }
}
