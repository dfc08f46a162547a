import Foundation

/// What the spec of a data set points at.
struct DataLocation: Sendable {
    enum Kind { case nothing, file, folder }

    /// As the user wrote it.
    let spec: String
    /// The spec as a path.
    let url: URL
    let kind: Kind

    init(_ spec: String, relativeTo directory: URL?) {
        self.spec = spec
        let working = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
        url = Self.resolve(spec, against: directory ?? working)
        var isFolder: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder)
        kind = exists ? (isFolder.boolValue ? .folder : .file) : .nothing
    }

    /// A path as written, relative to a folder; `~` is the home folder.
    static func resolve(_ path: String, against folder: URL) -> URL {
        let expanded = path.hasPrefix("~") ? NSString(string: path).expandingTildeInPath : path
        if expanded.hasPrefix("/") { return URL(fileURLWithPath: expanded).standardizedFileURL }
        return folder.appendingPathComponent(expanded).standardizedFileURL
    }

    /// The YAML files in the folder, by name.
    var descriptions: [String] {
        names.filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }
    }

    /// What the folder holds, by name.
    var names: [String] {
        kind == .folder ? ((try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []).sorted() : []
    }

    /// Whether the folder holds a folder of a name, which may be a path.
    func holdsFolder(_ name: String) -> Bool { isFolder(url.appendingPathComponent(name)) }

    /// Whether the folder holds a file of a name, which may be a path.
    func holdsFile(_ name: String) -> Bool {
        let path = url.appendingPathComponent(name).path
        return FileManager.default.fileExists(atPath: path) && !isFolder(URL(fileURLWithPath: path))
    }

    private func isFolder(_ url: URL) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) && isFolder.boolValue
    }

    /// Why no kind of data set is at this place.
    var refusal: DatasetError {
        switch kind {
        case .nothing: return missing
        case .file:
            return DatasetError(
                file: url.path, message: "a data set is described by a .yaml file, or is a folder with one",
                suggestion: url.pathExtension == "json"
                    ? "name it as train or val in a data.yaml, or give the folder of the whole data set" : nil)
        case .folder:
            return DatasetError(
                file: url.path,
                message: "the folder holds no data.yaml, nor train/images and val/images, COCO's annotations/*.json, "
                    + "or Pascal VOC's Annotations and JPEGImages",
                suggestion: descriptions.isEmpty ? nil : "name one of: \(descriptions.joined(separator: ", "))")
        }
    }

    private var missing: DatasetError {
        // A word without a slash or extension was more likely meant as a built-in set.
        if !spec.contains("/"), !spec.contains(".") {
            return DatasetError(
                message: "there is no data set '\(spec)'",
                suggestion: Spelling.suggestion(for: String(spec.prefix { $0 != "?" }), in: ["shapes"])
                    + "; otherwise give the path of a data.yaml or of a data set's folder")
        }
        let parent = url.deletingLastPathComponent()
        let neighbours = (try? FileManager.default.contentsOfDirectory(atPath: parent.path)) ?? []
        let nearest = Spelling.nearest(to: url.lastPathComponent, in: neighbours.sorted())
        return DatasetError(
            file: url.path, message: "the data set's description does not exist",
            suggestion: nearest.map { "did you mean '\($0)'?" })
    }
}
