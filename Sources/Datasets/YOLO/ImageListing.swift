import Foundation

/// An image file of a split.
struct ImageFile: Hashable {
    let url: URL

    /// Path within the data set; what the data set's digest and the order of images go by.
    let relativePath: String

    /// Where its labels are: the last folder `images` of the path becomes `labels`, the extension `txt`.
    var labelURL: URL {
        var parts = url.deletingPathExtension().appendingPathExtension("txt").pathComponents
        if let folder = parts.dropLast().lastIndex(of: "images") { parts[folder] = "labels" }
        return URL(fileURLWithPath: NSString.path(withComponents: parts))
    }
}

/// Finds the image files of a split.
struct ImageListing {
    private static let decodable: Set<String> = ["jpg", "jpeg", "png"]
    private static let undecodable: Set<String> = [
        "bmp", "dng", "gif", "heic", "jp2", "jxl", "avif", "mpo", "pfm", "tif", "tiff", "webp",
    ]

    let description: DataDescription
    let key: String
    let line: Int?
    private(set) var images: [ImageFile] = []
    private var unsupported: [String] = []

    /// Lists what `entries` name, ordered by path within the data set.
    init(_ split: DataDescription.Split, key: String, of description: DataDescription, problems: inout ProblemList) {
        self.description = description
        self.key = key
        line = split.line
        let before = problems.count
        for entry in split.entries { add(entry, problems: &problems) }
        var seen: Set<String> = []
        images = images.filter { seen.insert($0.url.path).inserted }
        images.sort { $0.relativePath.utf8.lexicographicallyPrecedes($1.relativePath.utf8) }
        if let first = unsupported.first {
            note(
                "\(unsupported.count) \(unsupported.count == 1 ? "file is" : "files are") neither JPEG nor PNG, "
                    + "such as \(first)", suggestion: "convert them", problems: &problems)
        }
        if images.isEmpty, problems.count == before {
            note("'\(key)' holds no image", suggestion: "expected .jpg, .jpeg or .png files", problems: &problems)
        }
    }

    private func note(_ message: String, suggestion: String? = nil, problems: inout ProblemList) {
        problems.add(file: description.file.path, line: line, message, suggestion: suggestion)
    }

    private mutating func add(_ entry: String, problems: inout ProblemList) {
        var url = DataDescription.resolve(entry, against: description.root)
        if !FileManager.default.fileExists(atPath: url.path), entry.hasPrefix("../") {
            // Exports of some labelling services write '../train/images' for a folder beside the file.
            url = DataDescription.resolve(String(entry.dropFirst(3)), against: description.root)
        }
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else {
            let missing = DataDescription.resolve(entry, against: description.root).path
            note("'\(key)' does not exist: \(missing)", suggestion: nearby(missing), problems: &problems)
            return
        }
        if isFolder.boolValue {
            walk(url, within: [])
        } else if url.pathExtension.lowercased() == "txt" {
            addList(url, problems: &problems)
        } else {
            note(
                "'\(key)' is a file, but neither a folder of images nor a .txt list: \(url.path)", problems: &problems)
        }
    }

    /// "did you mean" for a folder that does not exist: a like-named neighbour, or where the path stops existing.
    private func nearby(_ path: String) -> String? {
        var parent = URL(fileURLWithPath: path)
        var missing = parent.lastPathComponent
        repeat {
            missing = parent.lastPathComponent
            parent = parent.deletingLastPathComponent()
        } while parent.path != "/" && !FileManager.default.fileExists(atPath: parent.path)
        let neighbours = (try? FileManager.default.contentsOfDirectory(atPath: parent.path)) ?? []
        if let nearest = Spelling.nearest(to: missing, in: neighbours.sorted()) {
            return "did you mean '\(parent.appendingPathComponent(nearest).path)'?"
        }
        return "\(parent.path) exists, but holds no '\(missing)'"
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
            let candidates = [list.deletingLastPathComponent(), description.root].map {
                DataDescription.resolve(entry, against: $0)
            }
            guard let url = candidates.first(where: { FileManager.default.fileExists(atPath: $0.path) }) else {
                problems.add(file: list.path, line: number + 1, "the image does not exist: \(candidates[0].path)")
                continue
            }
            if Self.decodable.contains(url.pathExtension.lowercased()) {
                append(url)
            } else {
                unsupported.append(url.path)
            }
        }
    }

    private mutating func append(_ url: URL) {
        let root = description.root.path
        let prefix = root.hasSuffix("/") ? root : root + "/"
        var relative = url.path
        if relative.hasPrefix(prefix) {
            relative.removeFirst(prefix.count)
        } else {
            // Outside the data set's folder: from the folder `images` on, so that the name does not tell the place.
            let parts = url.pathComponents
            let start = parts.dropLast().lastIndex(of: "images") ?? max(0, parts.count - 2)
            relative = parts[start...].joined(separator: "/")
        }
        images.append(ImageFile(url: url, relativePath: relative))
    }
}
