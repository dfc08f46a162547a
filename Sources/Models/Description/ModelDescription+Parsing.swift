import Foundation
import Yams

extension ModelDescription {
    /// Reads a network file's text.
    /// - Parameters:
    ///   - yaml: the text.
    ///   - file: the path as messages should show it; its last component gives the name and perhaps a scale letter.
    /// - Throws: `ModelError` with every problem, each with line and column.
    public init(yaml: String, file: String) throws(ModelError) {
        let reader = DescriptionReader(file: file)
        let root: Node?
        do {
            root = try Yams.compose(yaml: yaml)
        } catch {
            throw ModelError([reader.problem(error)])
        }
        guard let root else {
            throw ModelError(
                "the file is empty, expected backbone and head", at: SourcePlace(file: file, line: 1, column: 1))
        }
        self = try reader.description(root)
        text = yaml
    }
}

/// Turns a parsed YAML document into a description and gathers what is wrong with it.
private struct DescriptionReader {
    let file: String
    var problems: [ModelProblem] = []

    init(file: String) {
        self.file = file
    }

    static let keys = ["nc", "scales", "depth_multiple", "width_multiple", "row_names", "backbone", "head"]

    consuming func description(_ root: Node) throws(ModelError) -> ModelDescription {
        guard let mapping = root.mapping else {
            throw ModelError("expected the keys \(Self.keys.joined(separator: ", "))", at: place(root))
        }
        var values: [String: Node] = [:]
        for (key, value) in mapping {
            let name = key.string ?? ""
            if Self.keys.contains(name) {
                values[name] = value
            } else {
                report(
                    "unknown key \(name), expected one of \(Self.keys.joined(separator: ", "))"
                        + Spelling.suggestion(for: name, among: Self.keys), key)
            }
        }
        let classCount = values["nc"].map { positiveInteger($0, "nc") } ?? 80
        let scales = values["scales"].map { self.scales($0) } ?? []
        if !scales.isEmpty {
            for key in ["depth_multiple", "width_multiple"] {
                if let node = values[key] { report("\(key) has no meaning beside scales", node) }
            }
        }
        let fixed = Scale(
            name: nil, depth: values["depth_multiple"].map { positiveNumber($0, "depth_multiple") } ?? 1,
            width: values["width_multiple"].map { positiveNumber($0, "width_multiple") } ?? 1,
            channelLimit: Int(Int32.max))
        let namesRows = values["row_names"].map { flag($0, "row_names") } ?? true
        for key in ["backbone", "head"] where values[key] == nil { report("the key \(key) is missing", root) }
        let backbone = values["backbone"].map { rows($0, "backbone") } ?? []
        let head = values["head"].map { rows($0, "head") } ?? []
        guard problems.isEmpty else { throw ModelError(problems) }
        let stem = URL(fileURLWithPath: file).deletingPathExtension().lastPathComponent
        let (name, letter) = ScaledName.split(stem)
        return ModelDescription(
            name: scales.isEmpty ? stem : name, file: file, classCount: classCount, scales: scales, fixedScale: fixed,
            impliedScale: scales.isEmpty ? nil : letter, namesRows: namesRows, backbone: backbone, head: head)
    }

    // MARK: Scales and scalars

    private mutating func scales(_ node: Node) -> [Scale] {
        guard let mapping = node.mapping, !mapping.isEmpty else {
            report("expected scales such as n: [0.50, 0.25, 1024] (depth, width, largest channel count)", node)
            return []
        }
        var scales: [Scale] = []
        for (key, value) in mapping {
            let name = key.string ?? ""
            let parts = value.sequence.map { Array($0) } ?? []
            guard parts.count == 3 else {
                report("expected [depth, width, largest channel count] for scale \(name)", value)
                continue
            }
            scales.append(
                Scale(
                    name: name, depth: positiveNumber(parts[0], "the depth of scale \(name)"),
                    width: positiveNumber(parts[1], "the width of scale \(name)"),
                    channelLimit: positiveInteger(parts[2], "the channel limit of scale \(name)")))
        }
        return scales
    }

    private mutating func positiveInteger(_ node: Node, _ what: String) -> Int {
        guard let word = node.string, let value = Int(word), value > 0 else {
            report("\(what) is \(text(of: node)), expected a whole number above 0", node)
            return 1
        }
        return value
    }

    private mutating func positiveNumber(_ node: Node, _ what: String) -> Double {
        guard let word = node.string, let value = Double(word), value > 0, value.isFinite else {
            report("\(what) is \(text(of: node)), expected a number above 0", node)
            return 1
        }
        return value
    }

    private mutating func flag(_ node: Node, _ what: String) -> Bool {
        guard let word = node.string, case .flag(let value) = RowArgument.Value(scalar: word) else {
            report("\(what) is \(text(of: node)), expected True or False", node)
            return true
        }
        return value
    }

    // MARK: Rows

    private mutating func rows(_ node: Node, _ key: String) -> [Row] {
        guard let sequence = node.sequence, !sequence.isEmpty else {
            report("\(key) has no rows, expected a list of [from, repeats, module, arguments]", node)
            return []
        }
        return sequence.compactMap { row($0) }
    }

    private mutating func row(_ node: Node) -> Row? {
        guard let parts = node.sequence.map({ Array($0) }), parts.count == 4 else {
            let count = node.sequence.map { " of four parts, not \($0.count)" } ?? ""
            report("expected a row [from, repeats, module, arguments]\(count)", node)
            return nil
        }
        let before = problems.count
        let from = self.from(parts[0])
        let repeats = positiveInteger(parts[1], "the number of repeats")
        let name = parts[2].string ?? text(of: parts[2])
        let (arguments, options) = self.arguments(parts[3], module: name)
        if let module = Module.named(name) {
            problems += module.problems(with: arguments, options: options, repeats: repeats, place: place(parts[3]))
        } else {
            let names = Module.all.flatMap { [$0.name] + $0.aliases }
            report(
                "there is no module \(name), expected one of \(Module.all.map(\.name).joined(separator: ", "))"
                    + Spelling.suggestion(for: name, among: names), parts[2])
        }
        guard problems.count == before else { return nil }
        return Row(
            from: from, repeats: repeats, module: name, arguments: arguments, options: options, place: place(node))
    }

    private mutating func from(_ node: Node) -> [Int] {
        let parts = node.sequence.map { Array($0) } ?? [node]
        let indices = parts.compactMap { $0.string.flatMap { Int($0) } }
        guard indices.count == parts.count, !indices.isEmpty else {
            report("from is \(text(of: node)), expected a layer index such as -1 or a list such as [-1, 6]", node)
            return [-1]
        }
        return indices
    }

    private mutating func arguments(_ node: Node, module: String) -> ([RowArgument], BackboneOptions) {
        var arguments: [RowArgument] = []
        var options = BackboneOptions()
        guard let sequence = node.sequence else {
            report("the arguments of \(module) are \(text(of: node)), expected a list such as [64, 3, 2] or []", node)
            return ([], options)
        }
        for part in sequence {
            guard let mapping = part.mapping else {
                arguments.append(RowArgument(value(part), at: place(part)))
                continue
            }
            for (key, value) in mapping {
                do throws(ModelError) {
                    try options.set(key.string ?? "", to: text(of: value, bare: true))
                } catch {
                    for problem in error.problems { report(problem.message, value) }
                }
            }
        }
        return (arguments, options)
    }

    private func value(_ node: Node) -> RowArgument.Value {
        if let sequence = node.sequence { return .list(sequence.map { value($0) }) }
        return RowArgument.Value(scalar: node.string ?? "")
    }

    // MARK: Places and messages

    private func place(_ node: Node) -> SourcePlace {
        SourcePlace(file: file, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
    }

    private mutating func report(_ message: String, _ node: Node) {
        problems.append(ModelProblem(message, at: place(node)))
    }

    /// A node as short text; `bare` leaves out a list's brackets.
    private func text(of node: Node, bare: Bool = false) -> String {
        if let sequence = node.sequence {
            let list = sequence.map { text(of: $0) }.joined(separator: ",")
            return bare ? list : "[\(list)]"
        }
        if node.mapping != nil { return "a mapping" }
        let word = node.string ?? ""
        return word.isEmpty ? "empty" : word
    }

    func problem(_ error: any Error) -> ModelProblem {
        func located(_ message: String, _ mark: Mark?) -> ModelProblem {
            ModelProblem(message, at: SourcePlace(file: file, line: mark?.line ?? 1, column: mark?.column ?? 1))
        }
        switch error {
        case YamlError.scanner(_, let message, let mark, _), YamlError.parser(_, let message, let mark, _),
            YamlError.composer(_, let message, let mark, _):
            return located("this is not YAML: \(message)", mark)
        case YamlError.duplicatedKeysInMapping(let keys, let context):
            return located("the key \(keys.joined(separator: ", ")) stands here twice", context.mark)
        default:
            return located("this is not YAML: \(error)", nil)
        }
    }
}
