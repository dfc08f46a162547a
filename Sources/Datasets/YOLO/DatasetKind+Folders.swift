import Foundation

extension DatasetKind {
    /// Images and label files in folders of fixed names, without a description.
    static let folders = DatasetKind(
        name: "path/to/dataset",
        summary: "A folder with train/images, train/labels, val/images, val/labels (test likewise) and the classes, "
            + "one a line, in train/labels/classes.txt, train/classes.txt or classes.txt",
        reference: "the layout of labelling tools that export YOLO's text files with a classes.txt",
        accepts: { $0.holdsFolder("train/images") },
        read: readFolders)
}

private func readFolders(_ location: DataLocation, _ problems: inout ProblemList) -> DetectionData? {
    var splits: [String: SplitEntries] = [:]
    for (key, names) in [("train", ["train"]), ("val", ["val", "valid", "validation"]), ("test", ["test"])] {
        let found = names.filter { location.holdsFolder($0) }
        if found.count > 1 {
            problems.add(
                file: location.url.path, "the folder holds both \(found.joined(separator: " and "))",
                suggestion: "keep one of them")
        }
        if let name = found.first {
            splits[key] = SplitEntries(
                key: key, entries: ["\(name)/images"], file: location.url, line: nil, root: location.url)
        } else if key == "val" {
            problems.add(
                file: location.url.path, "the folder holds no val/images to validate on",
                suggestion: Spelling.nearest(to: "val", in: location.names.filter { !names.contains($0) }).map {
                    "did you mean '\($0)' to be it?"
                })
        }
    }
    let classNames = classList(location, problems: &problems)
    return readLabelFiles(
        location, splits: splits, classNames: classNames, warnings: [], problems: &problems)
}

/// The class names of the folder's `classes.txt`; where there are several, they must agree.
private func classList(_ location: DataLocation, problems: inout ProblemList) -> [String] {
    let places = [
        "train/labels/classes.txt", "train/classes.txt", "classes.txt", "labels/classes.txt", "val/labels/classes.txt",
        "val/classes.txt", "valid/labels/classes.txt", "valid/classes.txt",
    ]
    var first: (file: String, names: [String])?
    for place in places where location.holdsFile(place) {
        let file = location.url.appendingPathComponent(place).path
        let names = ClassList(file, problems: &problems).names
        if let first, first.names != names {
            problems.add(file: file, "the classes differ from those in \(first.file)", suggestion: "delete one of them")
        }
        if first == nil { first = (file, names) }
    }
    if let first { return first.names }
    problems.add(
        file: location.url.appendingPathComponent(places[0]).path,
        "the class names are missing: expected a classes.txt with one name a line, in train/labels, in train or in the "
            + "folder itself")
    return []
}

/// A file with one class name a line, by class index.
struct ClassList {
    private(set) var names: [String] = []

    /// Reads a file; what is wrong with it goes to `problems`.
    init(_ file: String, problems: inout ProblemList) {
        guard let data = FileManager.default.contents(atPath: file) else {
            problems.add(file: file, "cannot read the class names")
            return
        }
        var text = String(decoding: data, as: UTF8.self)
        if text.unicodeScalars.first == "\u{feff}" { text.unicodeScalars.removeFirst() }
        var lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map {
            $0.trimmingCharacters(in: .whitespaces)
        }
        while lines.last == "" { lines.removeLast() }
        if lines.isEmpty { problems.add(file: file, "the file holds no class name: expected one a line") }
        for (index, name) in lines.enumerated() {
            if name.isEmpty {
                problems.add(
                    file: file, line: index + 1, "an empty line between class names",
                    suggestion: "a class's number is its line: delete the line, or name the class")
            } else if let other = lines[..<index].firstIndex(of: name) {
                problems.add(file: file, line: index + 1, "'\(name)' stands in line \(other + 1) already")
            }
        }
        names = lines
    }
}
