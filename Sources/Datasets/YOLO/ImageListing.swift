import Foundation

/// Finds the image files of a split.
struct ImageListing {
    private static let decodable: Set<String> = ["jpg", "jpeg", "png"]
    private static let undecodable: Set<String> = [
        "bmp", "dng", "gif", "heic", "jp2", "jxl", "avif", "mpo", "pfm", "tif", "tiff", "webp",
    ]

    let split: SplitEntries
    private(set) var images: [ImageFile] = []
    private var unsupported: [String] = []

    /// Lists what `split` names, ordered by path within the data set.
    init(_ split: SplitEntries, problems: inout ProblemList) {
        self.split = split
        let before = problems.count
        for entry in split.entries { add(entry, problems: &problems) }
        var seen: Set<String> = []
        images = images.filter { seen.insert($0.url.path).inserted }
        images.sort(by: ImageFile.precedes)
        if let first = unsupported.first {
            split.note(
                "\(unsupported.count) \(unsupported.count == 1 ? "file is" : "files are") neither JPEG nor PNG, "
                    + "such as \(first)", suggestion: "convert them", problems: &problems)
        }
        if images.isEmpty, problems.count == before {
            split.note(
                "'\(split.key)' holds no image", suggestion: "expected .jpg, .jpeg or .png files", problems: &problems)
        }
    }

    private mutating func add(_ entry: String, problems: inout ProblemList) {
        var url = DataLocation.resolve(entry, against: split.root)
        if !FileManager.default.fileExists(atPath: url.path), entry.hasPrefix("../") {
            // Exports of some labelling services write '../train/images' for a folder beside the file.
            url = DataLocation.resolve(String(entry.dropFirst(3)), against: split.root)
        }
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else {
            let missing = DataLocation.resolve(entry, against: split.root).path
            split.note(
                "'\(split.key)' does not exist: \(missing)", suggestion: SplitEntries.nearby(missing),
                problems: &problems)
            return
        }
        if isFolder.boolValue {
            walk(url, within: [])
        } else if url.pathExtension.lowercased() == "txt" {
            addList(url, problems: &problems)
        } else {
            split.note(
                "'\(split.key)' is a file, but neither a folder of images nor a .txt list: \(url.path)",
                problems: &problems)
        }
    }

    private mutating func walk(_ folder: URL, within outer: [String]) {
        // Folders may be symbolic links: one that leads back to a folder around it would go on for ever.
        let real = folder.resolvingSymlinksInPath().path
        guard !outer.contains(real), let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path)
        else { return }
        for name in names where !name.hasPrefix(".") {
            let url = folder.appendingPathComponent(name)
            let pathExtension = url.pathExtension.lowercased()
            if Self.decodable.contains(pathExtension) {
                append(url)
            } else if Self.undecodable.contains(pathExtension) {
                unsupported.append(url.path)
            } else {
                var isFolder: ObjCBool = false
                if FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder), isFolder.boolValue {
                    walk(url, within: outer + [real])
                }
            }
        }
    }

    /// Adds the images of a list file: one path a line, relative to the list's folder or else to the data set's.
    private mutating func addList(_ list: URL, problems: inout ProblemList) {
        guard let data = FileManager.default.contents(atPath: list.path) else {
            problems.add(file: list.path, "cannot read the list of images")
            return
        }
        let lines = String(decoding: data, as: UTF8.self).split(
            omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (number, text) in lines.enumerated() {
            let entry = text.trimmingCharacters(in: .whitespaces)
            if entry.isEmpty { continue }
            let candidates = [list.deletingLastPathComponent(), split.root].map {
                DataLocation.resolve(entry, against: $0)
            }
            guard let url = candidates.first(where: { FileManager.default.fileExists(atPath: $0.path) }) else {
                problems.add(
                    file: list.path, line: number + 1, "the image does not exist: \(candidates[0].path)",
                    suggestion: SplitEntries.nearby(candidates[0].path))
                continue
            }
            if Self.decodable.contains(url.pathExtension.lowercased()) {
                append(url)
            } else {
                unsupported.append(url.path)
            }
        }
    }

    private mutating func append(_ url: URL) { images.append(ImageFile(url, in: split.root)) }
}
