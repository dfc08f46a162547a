import Datasets
import Foundation
import Synchronization
import Testing

@Suite struct DataInspectionTests {
    private func inspect(_ change: (TemporaryFolder) throws -> Void = { _ in }) throws -> DataInspection {
        let folder = try TemporaryFolder()
        try SampleData.writeYOLO(folder)
        try change(folder)
        return DataInspection(spec: folder.url.path, threads: 2)
    }

    private func found(_ kind: DataInspection.Kind, _ inspection: DataInspection) -> [DatasetError.Problem] {
        inspection.findings.filter { $0.kind == kind }.map(\.problem)
    }

    @Test("Counts of images, boxes, classes, areas and sizes")
    func counts() throws {
        let inspection = try inspect { folder in
            try folder.writeImage("images/val/f.jpg", height: 400, width: 500)
            try folder.write("labels/val/f.txt", "0 .5 .5 .5 .5\n0 .5 .5 .1 .5\n")
        }
        #expect(inspection.classNames == ["cat", "dog"])
        #expect(inspection.splits.map(\.name) == ["train", "val"])
        let (train, val) = (inspection.splits[0], inspection.splits[1])
        #expect(train.imageCount == 3 && train.backgroundCount == 1)
        #expect(train.boxesPerClass == [1, 2] && train.imagesPerClass == [1, 2])
        #expect(val.boxesPerClass == [3, 1] && val.imagesPerClass == [2, 1])
        // 6×36, 30×20; 50×200, 250×200.
        #expect(train.boxesPerArea == [2, 1, 0] && val.boxesPerArea == [2, 0, 2])
        #expect(val.sizes.map(\.size) == [ImageSize(height: 40, width: 60), ImageSize(height: 400, width: 500)])
        #expect(val.sizes.map(\.count) == [2, 1])
        #expect(inspection.findings.isEmpty, "\(inspection.findings)")
        #expect(!inspection.hasErrors)
    }

    @Test("Everything that is odd is found, each as what it is")
    func findings() throws {
        let inspection = try inspect { folder in
            let files = FileManager.default
            func copy(_ from: String, _ to: String) throws {
                try files.copyItem(
                    at: folder.url.appendingPathComponent(from), to: folder.url.appendingPathComponent(to))
            }
            try copy("images/train/a.png", "images/train/copy.png")
            try copy("images/train/b.png", "images/val/leak.png")
            try folder.write("labels/val/nothing.txt", "0 .5 .5 .2 .2\n")
            // Half outside at the left, and a sliver.
            try folder.write("labels/train/b.txt", "0 .1 .5 .4 .2\n1 .5 .5 .01 .5\n")
            try folder.write("labels/val/d.txt", "1 .5 .5 .2 .2\n")
            // The head of a picture: its size can be read, its pixels cannot.
            let whole = try RGBImage(height: 200, width: 200, grey: 9).jpegData()
            try folder.write("images/val/cut.jpg", whole.prefix(whole.count - 200))
        }
        #expect(found(.duplicate, inspection).map(\.file) == ["images/train/copy.png"])
        #expect(found(.shared, inspection).map(\.file) == ["images/val/leak.png"])
        #expect(found(.shared, inspection)[0].message.contains("is in 'train' too as images/train/b.png"))
        #expect(found(.orphan, inspection).map { $0.file?.hasSuffix("labels/val/nothing.txt") } == [true])
        #expect(
            found(.outside, inspection).map(\.message) == [
                "box 1, 'cat' from (-6, 16) to (18, 24), sticks out of the image of 60×40"
            ])
        #expect(found(.tiny, inspection).map { $0.file?.hasSuffix("images/train/b.png") } == [true])
        #expect(found(.absentClass, inspection).map(\.message) == ["'val' has no box of class 0, 'cat'"])
        #expect(found(.corrupt, inspection).map { $0.file?.hasSuffix("images/val/cut.jpg") } == [true])
        // The warning of shared images is not told twice.
        #expect(found(.odd, inspection).isEmpty)
        #expect(inspection.hasErrors)
    }

    @Test("A data set that does not open is one with errors, all of them")
    func wrong() throws {
        let inspection = try inspect { folder in
            for name in ["a", "c"] {
                try folder.write(
                    "labels/train/\(name).txt", String(repeating: "0 2 .5 .5 .5\n", count: 40))
            }
        }
        #expect(found(.invalid, inspection).count == 80)
        #expect(inspection.hasErrors)
        #expect(inspection.splits.map(\.imageCount) == [3, 2], "what can be read is counted all the same")
        let nothing = DataInspection(spec: "/nowhere/data.yaml", threads: 1)
        #expect(nothing.hasErrors && nothing.splits.isEmpty)
        #expect(found(.invalid, nothing).map(\.message) == ["the data set's description does not exist"])
    }

    @Test("Progress ends with all images, whatever the number of threads", arguments: [1, 3])
    func progress(threads: Int) throws {
        let folder = try TemporaryFolder()
        try SampleData.writeYOLO(folder)
        let last = Mutex(0)
        let inspection = DataInspection(spec: folder.url.path, threads: threads) { done, total in
            #expect(total == 5)
            last.withLock { $0 = max($0, done) }
        }
        #expect(last.withLock { $0 } == 5)
        #expect(inspection.findings.isEmpty)
    }
}
