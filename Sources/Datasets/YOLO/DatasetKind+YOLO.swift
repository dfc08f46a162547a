import Foundation

extension DatasetKind {
    /// Images on disk, described by a `data.yaml`.
    static let yolo = DatasetKind(
        name: "path/to/data.yaml",
        summary: "Images on disk described by a data.yaml, or the folder that holds one: with one text file of boxes "
            + "each, or with COCO's .json files as train and val",
        reference: "https://docs.ultralytics.com/datasets/detect/",
        accepts: { description(at: $0) != nil },
        read: readYOLO)
}

/// The `data.yaml` that a location means: the file itself, or the one description in a folder.
private func description(at location: DataLocation) -> URL? {
    switch location.kind {
    case .nothing: return nil
    case .file: return ["yaml", "yml"].contains(location.url.pathExtension.lowercased()) ? location.url : nil
    case .folder:
        if location.holdsFile("data.yaml") { return location.url.appendingPathComponent("data.yaml") }
        let others = location.descriptions
        return others.count == 1 ? location.url.appendingPathComponent(others[0]) : nil
    }
}

private func readYOLO(_ location: DataLocation, _ problems: inout ProblemList) -> DetectionData? {
    guard let file = description(at: location) else { return nil }
    let description = DataDescription(file, problems: &problems)
    if !description.isReadable { return nil }
    for key in ["train", "val"] where description.splits[key] == nil {
        description.noteMissing(key, problems: &problems)
    }
    if description.splits.values.contains(where: { $0.isCOCO != description.isCOCO }) {
        problems.add(
            file: file.path, "some splits are .json files of COCO's and some are not",
            suggestion: "describe all splits in one way")
        return nil
    }
    if description.isCOCO {
        return readCOCO(
            location, splits: description.splits, classNames: description.classNames, warnings: description.warnings,
            problems: &problems)
    }
    return readLabelFiles(
        location, splits: description.splits, classNames: description.classNames, warnings: description.warnings,
        problems: &problems)
}

/// Reads splits of images with one text file of boxes each.
func readLabelFiles(
    _ location: DataLocation, splits: [String: SplitEntries], classNames: [String], warnings: [DatasetError.Problem],
    problems: inout ProblemList
) -> DetectionData? {
    var warnings = warnings
    let keys = ["train", "val", "test"].filter { splits[$0] != nil }
    let listings = keys.compactMap { key in splits[key].map { ImageListing($0, problems: &problems) } }
    // Without classes every row would be wrong.
    if classNames.isEmpty { return nil }
    var sources: [String: FileSource] = [:]
    for listing in listings where !listing.images.isEmpty {
        sources[listing.split.key] = FileSource(
            listing, classNames: classNames, problems: &problems, warnings: &warnings)
    }
    return DetectionData(location, sources: sources, notes: warnings)
}

extension FileSource {
    /// Reads all label files and all images' headers; everything wrong with them goes to `problems`.
    init(
        _ listing: ImageListing, classNames: [String], problems: inout ProblemList,
        warnings: inout [DatasetError.Problem]
    ) {
        var items: [Item] = []
        items.reserveCapacity(listing.images.count)
        var labelFileCount = 0
        var duplicateCount = 0
        for file in listing.images {
            let header = file.header(problems: &problems)
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
            guard let header else { continue }
            items.append(
                Item(
                    file: file, size: header.size, byteCount: header.byteCount, labels: labels, labelFile: labelURL))
        }
        let split = listing.split
        if duplicateCount > 0 {
            warnings.append(
                DatasetError.Problem(
                    message: "'\(split.key)' repeats \(duplicateCount) label \(duplicateCount == 1 ? "row" : "rows")",
                    suggestion: "repeated rows are read once"))
        }
        if labelFileCount == 0, let first = listing.images.first {
            split.note(
                "'\(split.key)' has no label file for any of its \(listing.images.count) images: the first was looked "
                    + "for at \(first.labelURL.path)", suggestion: SplitEntries.nearby(first.labelURL.path),
                problems: &problems)
        }
        // Boxes and outlines are augmented in different ways: outlines count where every object has one.
        if items.contains(where: { $0.labels.contains { $0.outline.isEmpty } }) {
            for item in items.indices {
                for label in items[item].labels.indices { items[item].labels[label].outline = [] }
            }
        }
        self.init(classNames: classNames, items: items)
    }
}
