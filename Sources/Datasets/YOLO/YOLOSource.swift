import Digests
import Foundation

/// One split of a data set on disk, in YOLO's format: image files, and a label file for each image that shows an object.
struct YOLOSource: DetectionSource {
    struct Item {
        var file: ImageFile
        var size: ImageSize
        var labels: [Label]
    }

    let classNames: [String]
    let items: [Item]

    /// Reads all label files and all images' headers; everything wrong with them goes to `problems`.
    init(
        _ listing: ImageListing, classNames: [String], problems: inout ProblemList,
        warnings: inout [DatasetError.Problem]
    ) {
        self.classNames = classNames
        var items: [Item] = []
        items.reserveCapacity(listing.images.count)
        var labelFileCount = 0
        var duplicateCount = 0
        for file in listing.images {
            let size = Self.size(of: file, problems: &problems)
            var labels: [Label] = []
            let labelURL = file.labelURL
            if let data = FileManager.default.contents(atPath: labelURL.path) {
                labelFileCount += 1
                let content = data.withUnsafeBytes {
                    LabelFile($0, file: labelURL.path, classNames: classNames, problems: &problems)
                }
                labels = content.labels
                duplicateCount += content.duplicateCount
            } else if FileManager.default.fileExists(atPath: labelURL.path) {
                problems.add(file: labelURL.path, "cannot read the label file")
            }
            items.append(Item(file: file, size: size, labels: labels))
        }
        self.items = items
        if duplicateCount > 0 {
            warnings.append(
                DatasetError.Problem(
                    message: "'\(listing.key)' repeats \(duplicateCount) label \(duplicateCount == 1 ? "row" : "rows")",
                    suggestion: "repeated rows are read once"))
        }
        if labelFileCount == 0, let first = listing.images.first {
            problems.add(
                file: listing.description.file.path, line: listing.line,
                "'\(listing.key)' has no label file for any of its \(items.count) images: the first was looked for at "
                    + first.labelURL.path)
        }
    }

    /// The size in the image's header, or a placeholder if there is a problem with it.
    private static func size(of file: ImageFile, problems: inout ProblemList) -> ImageSize {
        do {
            let data = try Data(contentsOf: file.url, options: .mappedIfSafe)
            let size = try data.withUnsafeBytes { try ImageHeader($0, name: file.url.path).size }
            if min(size.height, size.width) < 10 {
                problems.add(file: file.url.path, "the image is too small: \(size), expected 10 pixels a side or more")
            }
            return size
        } catch let error as DatasetError {
            problems.add(error)
        } catch {
            problems.add(file: file.url.path, "cannot read the image: \(error.localizedDescription)")
        }
        return ImageSize(height: 1, width: 1)
    }

    var count: Int { items.count }

    func name(at index: Int) -> String { items[index].file.relativePath }

    func size(at index: Int) -> ImageSize { items[index].size }

    func labels(at index: Int) -> [Label] { items[index].labels }

    func image(at index: Int) throws -> RGBImage {
        try RGBImage(contentsOf: items[index].file.url)
    }

    /// Appends every image and label file to a digest.
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
            // A missing label file is told from an empty one.
            let labels = FileManager.default.contents(atPath: item.file.labelURL.path)
            digest.update(labels?.count ?? -1)
            digest.update(labels ?? Data())
        }
    }
}
