import Foundation

/// A network that is part of the program.
public struct BundledNetwork: Sendable {
    /// File name, such as `yolo11.yaml`.
    public let file: String
    /// Short names that stand for it.
    public let aliases: [String]
    /// What it is, in a phrase.
    public let summary: String
    let yaml: [UInt8]

    /// Every bundled network.
    public static let all: [BundledNetwork] = [
        BundledNetwork(
            file: "yolo11.yaml", aliases: ["baseline"], summary: "YOLO11 with its own backbone",
            yaml: PackageResources.yolo11_yaml),
        BundledNetwork(
            file: "yolo11-ghostnetv1.yaml", aliases: ["v1", "ghostnetv1"],
            summary: "YOLO11's neck and head on GhostNetV1",
            yaml: PackageResources.yolo11_ghostnetv1_yaml),
        BundledNetwork(
            file: "yolo11-ghostnetv2.yaml", aliases: ["v2", "ghostnetv2"],
            summary: "YOLO11's neck and head on GhostNetV2, with DFC attention where the option dfc says",
            yaml: PackageResources.yolo11_ghostnetv2_yaml),
        BundledNetwork(
            file: "ghostnetv1-cls.yaml", aliases: [], summary: "GhostNetV1 as an image classifier",
            yaml: PackageResources.ghostnetv1_cls_yaml),
        BundledNetwork(
            file: "ghostnetv2-cls.yaml", aliases: [], summary: "GhostNetV2 as an image classifier",
            yaml: PackageResources.ghostnetv2_cls_yaml),
    ]

    /// The description in its file.
    public func description() throws(ModelError) -> ModelDescription {
        try ModelDescription(yaml: String(decoding: yaml, as: UTF8.self), file: file)
    }
}

extension ModelDescription {
    /// Finds and reads a network by alias, path or name.
    ///
    /// In this order: an alias (`v2`); the file itself; the file without its scale letter (`yolo11n.yaml` means scale n
    /// of `yolo11.yaml`); a bundled network of that name, with or without letter and extension, in any case.
    /// - Parameters:
    ///   - word: alias, path or name.
    ///   - directory: what relative paths are relative to; `nil` is the current directory.
    /// - Throws: `ModelError` when nothing is found, with what there is, or when the file has problems.
    public static func load(_ word: String, relativeTo directory: String? = nil) throws(ModelError) -> ModelDescription
    {
        if let network = BundledNetwork.all.first(where: { $0.aliases.contains(word) }) {
            return try network.description()
        }
        let base = directory.map { URL(fileURLWithPath: $0, isDirectory: true) }
        let url = URL(fileURLWithPath: word, relativeTo: base)
        if isFile(url) { return try read(url, shown: word) }
        let stem = url.deletingPathExtension().lastPathComponent
        let (plain, letter) = ScaledName.split(stem)
        if letter != nil {
            let name = url.pathExtension.isEmpty ? plain : "\(plain).\(url.pathExtension)"
            let unscaled = url.deletingLastPathComponent().appendingPathComponent(name)
            if isFile(unscaled) {
                var description = try read(unscaled, shown: shown(name, beside: word))
                if !description.scales.isEmpty { description.impliedScale = letter }
                return description
            }
        }
        if !word.contains("/"), ["", "yaml", "yml"].contains(url.pathExtension.lowercased()) {
            for (name, scale) in [(stem, nil), (plain, letter)] {
                let wanted = name.lowercased() + ".yaml"
                guard let network = BundledNetwork.all.first(where: { $0.file == wanted }) else { continue }
                var description = try network.description()
                if let scale { description.impliedScale = scale }
                return description
            }
        }
        throw missing(word)
    }

    private static func isFile(_ url: URL) -> Bool {
        var isDirectory: ObjCBool = false
        return FileManager.default.fileExists(atPath: url.path, isDirectory: &isDirectory) && !isDirectory.boolValue
    }

    private static func read(_ url: URL, shown path: String) throws(ModelError) -> ModelDescription {
        let text: String
        do {
            text = try String(contentsOf: url, encoding: .utf8)
        } catch {
            throw ModelError("cannot read the network \(path): \(error.localizedDescription)")
        }
        return try ModelDescription(yaml: text, file: path)
    }

    /// `name` in the folder of the path `word`.
    private static func shown(_ name: String, beside word: String) -> String {
        guard let slash = word.lastIndex(of: "/") else { return name }
        return word[...slash] + name
    }

    private static func missing(_ word: String) -> ModelError {
        let names = BundledNetwork.all.flatMap { $0.aliases + [$0.file] }
        let stems = BundledNetwork.all.flatMap { $0.aliases + [String($0.file.dropLast(".yaml".count))] }
        let stem = URL(fileURLWithPath: word).deletingPathExtension().lastPathComponent
        return ModelError(
            "there is no file and no network \(word), expected a path or one of \(names.joined(separator: ", "))"
                + Spelling.suggestion(for: ScaledName.split(stem).plain, among: stems))
    }
}
