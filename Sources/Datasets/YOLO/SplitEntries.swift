import Foundation

/// What a data set's description names as one of its splits, and where it does.
struct SplitEntries: Sendable {
    /// `train`, `val` or `test`.
    var key: String
    /// Folders, list files or annotation files, as written.
    var entries: [String]
    /// The description: the file or folder to blame.
    var file: URL
    /// Line in `file`, if it is a text.
    var line: Int?
    /// The folder that paths are relative to.
    var root: URL

    /// Whether all entries are COCO's annotation files.
    var isCOCO: Bool { !entries.isEmpty && entries.allSatisfy { $0.lowercased().hasSuffix(".json") } }

    /// Adds a problem at this place.
    func note(_ message: String, suggestion: String? = nil, problems: inout ProblemList) {
        problems.add(file: file.path, line: line, message, suggestion: suggestion)
    }

    /// "did you mean" for a path that does not exist: a like-named neighbour, or where the path stops existing.
    static func nearby(_ path: String) -> String? {
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
}
