import Foundation

/// An image file of a split.
struct ImageFile: Hashable, Sendable {
    let url: URL

    /// Path within the data set; what the data set's digest and the order of images go by.
    let relativePath: String

    init(_ url: URL, in root: URL) {
        self.url = url
        let prefix = root.path.hasSuffix("/") ? root.path : root.path + "/"
        if url.path.hasPrefix(prefix) {
            relativePath = String(url.path.dropFirst(prefix.count))
        } else {
            // Outside the data set's folder: from the folder `images` on, so that the name does not tell the place.
            let parts = url.pathComponents
            let start = parts.dropLast().lastIndex(of: "images") ?? max(0, parts.count - 2)
            relativePath = parts[start...].joined(separator: "/")
        }
    }

    /// Where its labels are in YOLO's layout: the last folder `images` of the path becomes `labels`, the extension `txt`.
    var labelURL: URL {
        var parts = url.deletingPathExtension().appendingPathExtension("txt").pathComponents
        if let folder = parts.dropLast().lastIndex(of: "images") { parts[folder] = "labels" }
        return URL(fileURLWithPath: NSString.path(withComponents: parts))
    }

    /// By path within the data set.
    static func precedes(_ first: ImageFile, _ second: ImageFile) -> Bool {
        first.relativePath.utf8.lexicographicallyPrecedes(second.relativePath.utf8)
    }

    /// The size in the image's header and the file's length; nil if there is a problem with it.
    func header(problems: inout ProblemList) -> (size: ImageSize, stored: ImageSize, byteCount: Int)? {
        do {
            let data = try Data(contentsOf: url, options: .mappedIfSafe)
            let header = try data.withUnsafeBytes { try ImageHeader($0, name: url.path) }
            if min(header.size.height, header.size.width) >= 10 { return (header.size, header.stored, data.count) }
            problems.add(
                file: url.path, "the image is too small: \(header.size), expected 10 pixels a side or more")
        } catch let error as DatasetError {
            problems.add(error)
        } catch {
            problems.add(file: url.path, "cannot read the image: \(error.localizedDescription)")
        }
        return nil
    }
}
