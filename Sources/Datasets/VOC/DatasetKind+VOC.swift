import Foundation

extension DatasetKind {
    /// Images on disk with one XML file each, as in the Pascal Visual Object Classes challenges.
    static let voc = DatasetKind(
        name: "path/to/VOC",
        summary: "A folder with Pascal VOC's Annotations/*.xml, JPEGImages and ImageSets/Main/train.txt and val.txt; "
            + "classes from classes.txt, or all that occur, by name; difficult objects are ignored regions",
        reference: "http://host.robots.ox.ac.uk/pascal/VOC/",
        accepts: { $0.holdsFolder("Annotations") && $0.holdsFolder("JPEGImages") },
        read: readVOC)
}

/// An image of a split and what its annotation file says.
private struct Entry {
    var file: ImageFile
    var header: (size: ImageSize, stored: ImageSize, byteCount: Int)
    var annotation: VOCAnnotation
}

private func readVOC(_ location: DataLocation, _ problems: inout ProblemList) -> DetectionData? {
    var splits: [String: [Entry]] = [:]
    for key in ["train", "val", "test"] {
        let list = "ImageSets/Main/\(key).txt"
        if location.holdsFile(list) {
            splits[key] = entries(listedIn: location.url.appendingPathComponent(list), location, problems: &problems)
        } else if key != "test" {
            let folder = location.url.appendingPathComponent("ImageSets/Main")
            let others = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
                .filter { ["trainval.txt", "test.txt", "default.txt"].contains($0) }
            problems.add(
                file: location.url.appendingPathComponent(list).path,
                "the list of images for '\(key)' does not exist: expected one name a line",
                suggestion: others.isEmpty ? nil : "there is \(others.joined(separator: " and "))")
        }
    }
    let classNames: [String]
    if location.holdsFile("classes.txt") {
        classNames = ClassList(location.url.appendingPathComponent("classes.txt").path, problems: &problems).names
    } else {
        classNames = Set(splits.values.joined().flatMap { $0.annotation.objects.map(\.name) }).sorted {
            $0.utf8.lexicographicallyPrecedes($1.utf8)
        }
    }
    var warnings: [DatasetError.Problem] = []
    let first = splits.values.joined().lazy.flatMap(\.annotation.objects).first { min($0.left, $0.top) < 1 }
    if let first {
        warnings.append(
            DatasetError.Problem(
                file: first.file, line: first.line,
                message: "a coordinate below 1: this data set's boxes are taken to count pixels from 0",
                suggestion: "Pascal VOC counts from 1 and includes the last pixel"))
    }
    var sources: [String: FileSource] = [:]
    for (key, entries) in splits.sorted(by: { $0.key < $1.key }) {
        var tally = BoxTally()
        let items = entries.map { entry in
            item(entry, classNames: classNames, countsFromZero: first != nil, tally: &tally, problems: &problems)
        }
        warnings += tally.warnings(for: "'\(key)'")
        sources[key] = FileSource(
            classNames: classNames, items: items.sorted { ImageFile.precedes($0.file, $1.file) })
        if items.isEmpty, problems.isEmpty {
            problems.add(
                file: location.url.appendingPathComponent("ImageSets/Main/\(key).txt").path, "the list names no image")
        }
    }
    if classNames.isEmpty, problems.isEmpty {
        problems.add(file: location.url.path, "no annotation file holds an object")
    }
    return DetectionData(location, sources: sources, notes: warnings)
}

private func item(
    _ entry: Entry, classNames: [String], countsFromZero: Bool, tally: inout BoxTally, problems: inout ProblemList
) -> FileSource.Item {
    var item = FileSource.Item(
        file: entry.file, size: entry.header.size, byteCount: entry.header.byteCount, labels: [])
    for object in entry.annotation.objects {
        guard let classIndex = classNames.firstIndex(of: object.name) else {
            problems.add(
                file: object.file, line: object.line,
                "'\(object.name)' is not among the \(classNames.count) classes of classes.txt",
                suggestion: Spelling.suggestion(for: object.name, in: classNames))
            continue
        }
        // Pixels a to b, counted from 1 and both included, reach from a − 1 to b.
        let shift: Double = countsFromZero ? 0 : 1
        let label = tally.label(
            classIndex: classIndex, left: object.left - shift, top: object.top - shift, right: object.right,
            bottom: object.bottom, in: item.size,
            at: DatasetError.Problem(file: object.file, line: object.line, message: "'\(object.name)'"),
            problems: &problems)
        guard let label else { continue }
        if object.isDifficult { item.ignored.append(label) } else { item.labels.append(label) }
    }
    return item
}

/// The images that a list names, with their annotation files read.
private func entries(listedIn list: URL, _ location: DataLocation, problems: inout ProblemList) -> [Entry] {
    guard let data = FileManager.default.contents(atPath: list.path) else {
        problems.add(file: list.path, "cannot read the list of images")
        return []
    }
    var entries: [Entry] = []
    var seen: Set<String> = []
    let lines = String(decoding: data, as: UTF8.self).split(
        omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    for (number, line) in lines.enumerated() {
        // Lists of one class have a second column of 1 and -1.
        guard let word = line.split(whereSeparator: \.isWhitespace).first.map(String.init) else { continue }
        let isFile = ["jpg", "jpeg", "png"].contains { word.lowercased().hasSuffix(".\($0)") }
        let name = isFile ? NSString(string: word).deletingPathExtension : word
        if !seen.insert(name).inserted {
            problems.add(file: list.path, line: number + 1, "'\(name)' is listed twice")
            continue
        }
        let images = ["jpg", "jpeg", "png", "JPG", "JPEG", "PNG"].map { "JPEGImages/\(name).\($0)" }
        guard let image = images.first(where: { location.holdsFile($0) }) else {
            let expected = location.url.appendingPathComponent(images[0]).path
            problems.add(
                file: list.path, line: number + 1, "the image does not exist: \(expected)",
                suggestion: SplitEntries.nearby(expected))
            continue
        }
        let xml = location.url.appendingPathComponent("Annotations/\(name).xml")
        guard FileManager.default.fileExists(atPath: xml.path) else {
            problems.add(
                file: list.path, line: number + 1, "the annotation file does not exist: \(xml.path)",
                suggestion: "an image without objects has one without <object>")
            continue
        }
        let file = ImageFile(location.url.appendingPathComponent(image), in: location.url)
        guard let annotation = VOCAnnotation(xml, problems: &problems), let header = file.header(problems: &problems)
        else { continue }
        if let size = annotation.size, size != header.size {
            let isTurned = header.size != header.stored && size == header.stored
            problems.add(
                file: xml.path, line: annotation.sizeLine, "the image is \(size) here, but the file is \(header.size)",
                suggestion: isTurned ? "the file's EXIF orientation turns it: store it upright" : nil)
            continue
        }
        entries.append(Entry(file: file, header: header, annotation: annotation))
    }
    return entries
}
