import Digests
import Foundation

/// One split of a data set on disk: image files and the objects on them, whatever format those were written in.
struct FileSource: DetectionSource {
    struct Item: Sendable {
        var file: ImageFile
        var size: ImageSize
        /// Length of the file.
        var byteCount: Int
        var labels: [Label]
        var ignored: [Label] = []
        /// The text file whose bytes stand for the labels in the data set's digest, whether it exists or not; without
        /// one it is the labels themselves.
        var labelFile: URL?
        /// The image's number in the annotations.
        var number: Int?
    }

    let classNames: [String]
    /// The classes' numbers in the annotations.
    var classNumbers: [Int]?
    let items: [Item]

    var count: Int { items.count }

    func name(at index: Int) -> String { items[index].file.relativePath }

    func size(at index: Int) -> ImageSize { items[index].size }

    func labels(at index: Int) -> [Label] { items[index].labels }

    func ignoredRegions(at index: Int) -> [Label] { items[index].ignored }

    func file(at index: Int) -> URL? { items[index].file.url }

    func number(at index: Int) -> Int? { items[index].number }

    func image(at index: Int) throws -> RGBImage {
        try RGBImage(contentsOf: items[index].file.url)
    }

    /// Appends every image and its labels to a digest.
    func update(_ digest: inout ContentDigest) throws {
        digest.update(count)
        for item in items {
            digest.update(item.file.relativePath.utf8.count)
            digest.update(item.file.relativePath)
            do {
                let image = try Data(contentsOf: item.file.url, options: .mappedIfSafe)
                digest.update(image.count)
                digest.update(image)
            } catch {
                throw DatasetError(
                    file: item.file.url.path, message: "cannot read the image: \(error.localizedDescription)")
            }
            if let file = item.labelFile {
                // A missing label file is told from an empty one.
                let labels = FileManager.default.contents(atPath: file.path)
                digest.update(labels?.count ?? -1)
                digest.update(labels ?? Data())
            } else {
                for labels in [item.labels, item.ignored] {
                    digest.update(labels.count)
                    for label in labels { digest.update(label) }
                }
            }
        }
    }
}

extension ContentDigest {
    /// Appends a class and a box to the bit.
    fileprivate mutating func update(_ label: Label) {
        update(label.classIndex)
        for number in [label.centerX, label.centerY, label.width, label.height, label.area ?? -1] {
            update(Int(number.bitPattern))
        }
    }
}

extension DetectionData {
    /// A data set on disk of splits by name, or nil if training or validation has no image.
    init?(_ location: DataLocation, sources: [String: FileSource], notes: [DatasetError.Problem]) {
        guard let train = sources["train"], let val = sources["val"], train.count > 0, val.count > 0 else { return nil }
        let all = [("train", train), ("val", val)] + (sources["test"].map { [("test", $0)] } ?? [])
        self.init(
            spec: location.spec, classNames: train.classNames, train: train, val: val, test: sources["test"],
            notes: notes, sharedImages: SharedImages.between(train, val)
        ) {
            var digest = ContentDigest()
            digest.update("ablate data set 1")
            digest.update(train.classNames.count)
            for name in train.classNames {
                digest.update(name.utf8.count)
                digest.update(name)
            }
            for (key, source) in all {
                digest.update(key)
                try source.update(&digest)
            }
            return digest.finalized()
        }
    }
}
