import Foundation
import Yams

/// The content of a `data.yaml`: where the splits lie and what the classes are called.
struct DataDescription {
    /// The file it was read from.
    let file: URL
    private(set) var root: URL
    private(set) var splits: [String: SplitEntries] = [:]
    private(set) var classNames: [String] = []

    /// Keys that are not read, with the key that may have been meant.
    private var unread: [(key: String, line: Int?, meant: String?)] = []

    /// False if the file could not be read at all.
    private(set) var isReadable = false

    /// Keys that mean something here.
    private static let readKeys = ["path", "train", "val", "test", "nc", "names"]

    /// Keys that real files carry for other programs' sake.
    private static let knownKeys: Set<String> = [
        "download", "roboflow", "kpt_shape", "flip_idx", "minival", "yaml_file", "channels", "license", "licence",
        "author", "description", "version", "date", "url", "task", "source", "kpt_names", "background",
    ]

    /// Spellings that other programs use for a key.
    private static let aliases = ["valid": "val", "validation": "val", "classes": "names", "class_names": "names"]

    /// Reads a `data.yaml`; everything wrong with it goes to `problems`.
    init(_ file: URL, problems: inout ProblemList) {
        self.file = file
        root = file.deletingLastPathComponent()
        var reader = Reader(file: file.path, problems: problems)
        defer { problems = reader.problems }
        guard let top = reader.topLevel() else { return }
        isReadable = true
        for (key, value) in top {
            guard let name = key.scalar?.string else { continue }
            let line = key.mark?.line
            switch name {
            case "path":
                if let path = reader.path(value) { root = DataLocation.resolve(path, against: root) }
            case "train", "val", "test":
                let entries = reader.entries(value, key: name)
                if entries.isEmpty { continue }
                splits[name] = SplitEntries(key: name, entries: entries, file: file, line: line, root: root)
            case "nc", "names": break
            default: noteUnread(name, line: line)
            }
        }
        // `path` may stand below the splits.
        for key in splits.keys { splits[key]?.root = root }
        if isCOCO, top["names"] == nil {
            // The annotation files name the classes.
        } else if top["names"] == nil, top["nc"] == nil, let similar = unread.first(where: { $0.meant == "names" }) {
            reader.problems.add(
                file: file.path, line: similar.line, "the class names are missing",
                suggestion: "'\(similar.key)' is not read: did you mean 'names'?")
        } else {
            classNames = reader.classNames(names: top["names"], count: top["nc"])
        }
    }

    private mutating func noteUnread(_ key: String, line: Int?) {
        if Self.knownKeys.contains(key) { return }
        unread.append((key, line, Self.aliases[key] ?? Spelling.nearest(to: key, in: Self.readKeys)))
    }

    /// What is odd about the file but does not keep one from reading it.
    var warnings: [DatasetError.Problem] {
        unread.map { unread in
            DatasetError.Problem(
                file: file.path, line: unread.line, message: "the key '\(unread.key)' is not read",
                suggestion: unread.meant.map { "did you mean '\($0)'?" })
        }
    }

    /// Adds the problem that a split is missing, at the place of the key that may have been meant to be it.
    func noteMissing(_ key: String, problems: inout ProblemList) {
        let similar = unread.first { $0.meant == key }
        problems.add(
            file: file.path, line: similar?.line, "the key '\(key)' is missing or empty",
            suggestion: similar.map { "'\($0.key)' is not read: did you mean '\(key)'?" })
    }

    /// Whether the splits are COCO's annotation files; of a mixture this tells what training uses.
    var isCOCO: Bool { splits["train"]?.isCOCO ?? false }
}

/// Takes the values of a `data.yaml` apart and notes what is wrong with them.
private struct Reader {
    let file: String
    var problems: ProblemList

    mutating func note(_ node: Node?, _ message: String, suggestion: String? = nil) {
        problems.add(file: file, line: node?.mark?.line, message, suggestion: suggestion)
    }

    /// The file's mapping, or nil if it cannot be read.
    mutating func topLevel() -> Node.Mapping? {
        guard let data = FileManager.default.contents(atPath: file) else {
            problems.add(file: file, "cannot read the file")
            return nil
        }
        do {
            guard let node = try Yams.compose(yaml: String(decoding: data, as: UTF8.self)) else {
                problems.add(file: file, "the file is empty", suggestion: "expected the keys train, val and names")
                return nil
            }
            guard let mapping = node.mapping else {
                note(node, "expected keys and values, such as 'train: images/train'")
                return nil
            }
            return mapping
        } catch let error as YamlError {
            switch error {
            case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
                .composer(_, let problem, let mark, _):
                problems.add(file: file, line: mark.line, "not valid YAML: \(problem)")
            case .duplicatedKeysInMapping(let keys, let context):
                problems.add(
                    file: file, line: context.mark.line,
                    "keys given twice: \(keys.map { "\($0)" }.joined(separator: ", "))")
            default: problems.add(file: file, "not valid YAML: \(error)")
            }
        } catch {
            problems.add(file: file, "not valid YAML: \(error)")
        }
        return nil
    }

    /// A text, or nil if the value is empty.
    mutating func path(_ node: Node) -> String? {
        guard let text = node.scalar?.string else {
            note(node, "'path' must be a folder")
            return nil
        }
        return isEmpty(node) ? nil : text
    }

    /// One path or a list of paths; none if the value is empty.
    mutating func entries(_ node: Node, key: String) -> [String] {
        if isEmpty(node) { return [] }
        if let text = node.scalar?.string { return [text] }
        if let items = node.sequence, items.allSatisfy({ $0.scalar != nil }) {
            return items.compactMap { $0.scalar?.string }
        }
        note(
            node,
            "'\(key)' must be a folder, a .txt file that lists images, a .json file of COCO's, or a list of those")
        return []
    }

    private func isEmpty(_ node: Node) -> Bool {
        guard let scalar = node.scalar else { return false }
        return scalar.style == .plain && ["", "~", "null"].contains(scalar.string)
    }

    /// The class names, checked against the number of classes.
    mutating func classNames(names: Node?, count: Node?) -> [String] {
        var declared: Int?
        if let count {
            declared = count.scalar.flatMap { Int($0.string) }
            if declared == nil || declared ?? 0 < 1 {
                note(count, "'nc' must be a whole number from 1 up")
                declared = nil
            }
        }
        guard let names, !isEmpty(names) else {
            if let declared { return (0..<declared).map { "class\($0)" } }
            if count == nil {
                problems.add(file: file, "the class names are missing: expected a list or map under 'names'")
            }
            return []
        }
        let result: [String]
        if let list = names.sequence {
            result = list.map { text(of: $0) }
        } else if let map = names.mapping {
            result = self.names(inOrderOf: map)
        } else {
            note(names, "'names' must be a list, or a map from class index to name")
            return []
        }
        if result.isEmpty { note(names, "'names' holds no class") }
        for (index, name) in result.enumerated() where result[..<index].contains(name) && !name.isEmpty {
            note(names, "'names' holds '\(name)' twice")
        }
        if let declared, !result.isEmpty, declared != result.count {
            note(count, "'nc' is \(declared), but 'names' holds \(result.count)")
        }
        return result
    }

    private mutating func names(inOrderOf map: Node.Mapping) -> [String] {
        var byIndex: [Int: String] = [:]
        for (key, value) in map {
            guard let index = key.scalar.flatMap({ Int($0.string) }) else {
                note(key, "the class index '\(text(of: key))' is not a whole number")
                return []
            }
            byIndex[index] = text(of: value)
        }
        for index in 0..<byIndex.count where byIndex[index] == nil {
            problems.add(
                file: file, line: map.mark?.line,
                "'names' holds \(byIndex.count) classes but none of index \(index)",
                suggestion: "number them from 0 without gaps")
            return []
        }
        return (0..<byIndex.count).compactMap { byIndex[$0] }
    }

    private mutating func text(of node: Node) -> String {
        if let text = node.scalar?.string { return text }
        note(node, "a class name must be a text")
        return ""
    }
}
