import Foundation
import Metrics
import Training

extension ManifestReader {
    /// Everything that may stand at the top of a manifest.
    private static let sections = [
        "schema", "name", "base", "matrix", "when", "zip", "exclude", "include", "override", "seeds", "compare",
        "resources",
    ]

    /// Reads all sections; the ones with problems are left out of the result as far as they are wrong.
    mutating func manifest(_ document: TOMLDocument, text: String) -> Manifest {
        var manifest = Manifest(name: "", path: file, text: text, directory: directory)
        var found = Set<String>()
        for entry in entries(document.root) {
            found.insert(entry.key)
            switch entry.key {
            case "schema": readSchema(entry.node)
            case "name": manifest.name = sweepName(entry.node) ?? ""
            case "base": manifest.base = table(entry, in: "[base]").map { settings($0, in: "[base]") } ?? []
            case "matrix": manifest.axes += table(entry, in: "[matrix]").map { self.axes($0, in: "[matrix]") } ?? []
            case "zip": manifest.axes += tables(entry).compactMap { zip($0) }
            case "when": manifest.conditionals = tables(entry).compactMap { conditional($0) }
            case "exclude":
                manifest.exclusions = tables(entry).compactMap {
                    pattern(entries($0), at: $0.place, in: "[[exclude]]")
                }
            case "include": manifest.inclusions = tables(entry).compactMap { inclusion($0) }
            case "override": manifest.overrides = tables(entry).compactMap { override($0) }
            case "seeds": readSeeds(entry, into: &manifest)
            case "compare": manifest.comparison = comparison(entry)
            case "resources": readResources(entry, into: &manifest)
            default:
                let isKey = ConfigurationKey.named(entry.key) != nil
                report(
                    entry.place,
                    isKey
                        ? "\(entry.key) stands outside any table, expected it under [base] or [matrix]"
                        : "unknown section \"\(entry.key)\"",
                    suggestion: isKey ? nil : Spelling.nearest(to: entry.key, among: Self.sections))
            }
        }
        if !found.contains("schema") { report(start, "schema is missing, expected schema = 1 at the top") }
        if !found.contains("name") { report(start, "name is missing, expected name = \"…\" at the top") }
        reportSharedKeys(manifest)
        return manifest
    }

    private var start: SourcePlace { SourcePlace(file: file, line: 1, column: 1) }

    // MARK: Tables

    private func entries(_ node: TOMLNode) -> [TOMLEntry] {
        if case .table(let entries) = node.value { entries } else { [] }
    }

    /// The members of `[name]`.
    private mutating func table(_ entry: TOMLEntry, in context: String) -> [TOMLEntry]? {
        if case .table(let entries) = entry.node.value { return entries }
        report(entry.place, "\(entry.key) is \(entry.node.kind), expected one table \(context)")
        return nil
    }

    /// The tables of `[[name]]`.
    private mutating func tables(_ entry: TOMLEntry) -> [TOMLNode] {
        if case .array(let nodes) = entry.node.value,
            nodes.allSatisfy({ if case .table = $0.value { true } else { false } })
        {
            return nodes
        }
        report(entry.place, "\(entry.key) is \(entry.node.kind), expected tables, each under [[\(entry.key)]]")
        return []
    }

    /// Members of a table by name; reports those that do not belong there.
    private mutating func members(
        _ entries: [TOMLEntry], of context: String, expected: [String]
    ) -> [String: TOMLEntry] {
        var members: [String: TOMLEntry] = [:]
        for entry in entries {
            if expected.contains(entry.key) {
                members[entry.key] = entry
            } else {
                report(
                    entry.place,
                    "\(context): unknown key \"\(entry.key)\", expected \(expected.joined(separator: ", "))",
                    suggestion: Spelling.nearest(to: entry.key, among: expected))
            }
        }
        return members
    }

    // MARK: Top

    private mutating func readSchema(_ node: TOMLNode) {
        if case .integer(1) = node.value { return }
        report(node.place, "this program reads manifests of schema 1, expected schema = 1")
    }

    private mutating func sweepName(_ node: TOMLNode) -> String? {
        if case .string(let name) = node.value, !name.isEmpty, !name.hasPrefix("."), !name.hasPrefix("-"),
            name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) })
        {
            return name
        }
        report(node.place, "name names a folder, expected a string of letters, digits, \".\", \"_\" and \"-\"")
        return nil
    }

    // MARK: Axes

    private mutating func axes(_ entries: [TOMLEntry], in context: String) -> [Axis] {
        var axes: [Axis] = []
        for entry in entries {
            guard let axis = self.axis(entry, in: context) else { continue }
            reportRepeatedPositions(of: axis, in: context)
            axes.append(axis)
        }
        return axes
    }

    private mutating func zip(_ node: TOMLNode) -> Axis? {
        let members = entries(node)
        let lists = members.compactMap { self.axis($0, in: "[[zip]]") }
        guard let first = lists.first else {
            if members.isEmpty { report(node.place, "[[zip]]: expected at least one key with a list of values") }
            return nil
        }
        guard lists.count == members.count else {
            damage(lists.flatMap(\.keys))
            return nil
        }
        var isEven = true
        for (list, entry) in Swift.zip(lists, members) where length(entry.node) != length(members[0].node) {
            isEven = false
            report(
                list.place,
                "[[zip]]: \(entry.key) has \(length(entry.node)) values and \(members[0].key) has "
                    + "\(length(members[0].node)), expected as many")
        }
        // A list with a value that could not be read is shorter than it was written.
        guard isEven, lists.allSatisfy({ $0.positions.count == first.positions.count }) else {
            damage(lists.flatMap(\.keys))
            return nil
        }
        let positions = first.positions.indices.map { index in lists.flatMap { $0.positions[index] } }
        let zipped = Axis(keys: lists.flatMap(\.keys), positions: positions, place: node.place)
        reportRepeatedPositions(of: zipped, in: "[[zip]]")
        return zipped
    }

    private func length(_ node: TOMLNode) -> Int {
        if case .array(let nodes) = node.value { nodes.count } else { 0 }
    }

    private mutating func reportRepeatedPositions(of axis: Axis, in context: String) {
        var seen = Set<[ConfigurationValue]>()
        for position in axis.positions where !seen.insert(position.map(\.value)).inserted {
            let values = position.map { "\($0.name) = \($0.value.canonicalJSON)" }.joined(separator: ", ")
            if let place = position.first?.place { report(place, "\(context): \(values) is listed twice") }
        }
    }

    private mutating func conditional(_ node: TOMLNode) -> Conditional? {
        let members = self.members(entries(node), of: "[[when]]", expected: ["if", "matrix"])
        guard let condition = members["if"], let matrix = members["matrix"] else {
            report(node.place, "[[when]]: expected if = { key = value } and matrix = { key = [values] }")
            return nil
        }
        let clauses = table(condition, in: "if = { … }") ?? []
        let pattern = self.pattern(clauses, at: condition.place, in: "if of [[when]]")
        let axes = table(matrix, in: "matrix = { … }").map { self.axes($0, in: "matrix of [[when]]") } ?? []
        guard let pattern else {
            damage(axes.flatMap(\.keys))
            return nil
        }
        return axes.isEmpty ? nil : Conditional(condition: pattern, axes: axes, place: node.place)
    }

    /// A key that two axes move: which of them would win?
    private mutating func reportSharedKeys(_ manifest: Manifest) {
        var owners: [String: SourcePlace] = [:]
        func places(_ axis: Axis) -> [(String, SourcePlace)] {
            axis.keys.enumerated().map { index, key in
                (key, axis.keys.count == 1 ? axis.place : axis.positions.first?[index].place ?? axis.place)
            }
        }
        for (key, place) in manifest.axes.flatMap(places) {
            if let first = owners[key] {
                report(place, "\(key) is in two axes, the other one at line \(first.line ?? 0)")
            } else {
                owners[key] = place
            }
        }
        for conditional in manifest.conditionals {
            for (key, place) in conditional.axes.flatMap(places) {
                if let first = owners[key] {
                    report(place, "\(key) is in two axes, the other one at line \(first.line ?? 0)")
                }
            }
        }
    }

    private mutating func damage(_ keys: [String]) { damagedKeys.formUnion(keys) }

    // MARK: Cells

    private mutating func inclusion(_ node: TOMLNode) -> Inclusion? {
        let members = entries(node)
        if members.isEmpty {
            report(node.place, "[[include]]: expected at least one key = value")
            return nil
        }
        let settings = self.settings(members, in: "[[include]]")
        return settings.count == members.count ? Inclusion(settings: settings, place: node.place) : nil
    }

    private mutating func override(_ node: TOMLNode) -> Override? {
        let members = self.members(entries(node), of: "[[override]]", expected: ["where", "set"])
        guard let condition = members["where"], let set = members["set"] else {
            report(node.place, "[[override]]: expected where = { key = value } and set = { key = value }")
            return nil
        }
        let clauses = table(condition, in: "where = { … }") ?? []
        let pattern = self.pattern(clauses, at: condition.place, in: "where of [[override]]")
        let settings = table(set, in: "set = { … }").map { self.settings($0, in: "set of [[override]]") } ?? []
        guard let pattern, !settings.isEmpty else { return nil }
        return Override(pattern: pattern, settings: settings, place: node.place)
    }

    // MARK: Seeds, comparison, resources

    private mutating func readSeeds(_ entry: TOMLEntry, into manifest: inout Manifest) {
        manifest.seedsPlace = entry.place
        guard let tableEntries = table(entry, in: "[seeds]") else { return }
        let members = self.members(tableEntries, of: "[seeds]", expected: ["values"])
        guard let values = members["values"] else {
            report(entry.place, "[seeds]: expected values = [0, 1, 2]")
            return
        }
        guard case .array(let nodes) = values.node.value, !nodes.isEmpty else {
            report(values.node.place, "[seeds]: values is \(values.node.kind), expected a list such as [0, 1, 2]")
            return
        }
        var seeds: [Int] = []
        for node in nodes {
            guard case .integer(let seed) = node.value, (0...Int(UInt32.max)).contains(seed) else {
                report(node.place, "[seeds]: expected a whole number from 0, found \(node.kind)")
                continue
            }
            if seeds.contains(seed) {
                report(node.place, "[seeds]: seed \(seed) is listed twice")
            } else {
                seeds.append(seed)
            }
        }
        if !seeds.isEmpty { manifest.seeds = seeds }
    }

    private mutating func readResources(_ entry: TOMLEntry, into manifest: inout Manifest) {
        guard let tableEntries = table(entry, in: "[resources]") else { return }
        let members = self.members(tableEntries, of: "[resources]", expected: ["threads", "jobs"])
        for (name, path) in [("threads", \Manifest.Resources.threads), ("jobs", \Manifest.Resources.jobs)] {
            guard let member = members[name] else { continue }
            if case .integer(let count) = member.node.value, (1...1024).contains(count) {
                manifest.resources[keyPath: path] = count
            } else {
                report(member.node.place, "[resources]: expected \(name) as a whole number from 1 to 1024")
            }
        }
    }

    private mutating func comparison(_ entry: TOMLEntry) -> Comparison? {
        guard let tableEntries = table(entry, in: "[compare]") else { return nil }
        let members = self.members(
            tableEntries, of: "[compare]",
            expected: ["baseline", "within", "primary", "margin", "correction", "contrast"])
        guard let baseline = members["baseline"] else {
            report(entry.place, "[compare]: baseline is missing, expected baseline = { key = value }")
            return nil
        }
        guard let clauses = table(baseline, in: "baseline = { … }"),
            let pattern = arm(clauses, at: baseline.place, in: "baseline of [compare]")
        else { return nil }
        var comparison = Comparison(baseline: pattern, place: entry.place)
        if let within = members["within"] { comparison.within = keys(within) }
        if let primary = members["primary"] {
            comparison.primary = word(primary.node, among: Metric.all.map(\.name), of: "primary") ?? comparison.primary
        }
        if let correction = members["correction"] {
            let words = FamilyCorrection.allCases.map(\.rawValue)
            comparison.correction = word(correction.node, among: words, of: "correction") ?? comparison.correction
        }
        if let margin = members["margin"] {
            let number: Double? =
                switch margin.node.value {
                case .float(let number): number
                case .integer(let number): Double(number)
                default: nil
                }
            if let number, number > 0, number < 1 {
                comparison.margin = number
            } else {
                report(margin.node.place, "[compare]: expected margin as a number between 0 and 1, such as 0.005")
            }
        }
        if let contrasts = members["contrast"] { comparison.contrasts = tables(contrasts).compactMap { contrast($0) } }
        return comparison
    }

    private mutating func contrast(_ node: TOMLNode) -> Comparison.Contrast? {
        let context = "[[compare.contrast]]"
        let members = self.members(entries(node), of: context, expected: ["name", "arm", "against"])
        guard let arm = members["arm"], let against = members["against"] else {
            report(node.place, "\(context): expected name = \"…\", arm = { key = value } and against = { key = value }")
            return nil
        }
        guard let armClauses = table(arm, in: "arm = { … }"), let againstClauses = table(against, in: "against = { … }")
        else { return nil }
        let first = self.arm(armClauses, at: arm.place, in: "arm of \(context)")
        let second = self.arm(againstClauses, at: against.place, in: "against of \(context)")
        guard let first, let second else { return nil }
        var name = "\(first.text) vs \(second.text)"
        if let member = members["name"] {
            if case .string(let text) = member.node.value, !text.isEmpty {
                name = text
            } else {
                report(member.node.place, "\(context): name is \(member.node.kind), expected a string")
            }
        }
        return Comparison.Contrast(name: name, arm: first, against: second, place: node.place)
    }

    /// A pattern with one value for each key.
    private mutating func arm(_ entries: [TOMLEntry], at place: SourcePlace, in context: String) -> Pattern? {
        guard let pattern = self.pattern(entries, at: place, in: context) else { return nil }
        for clause in pattern.clauses where clause.values.count != 1 {
            report(clause.place, "\(context): expected one value of \(clause.key), not a list")
            return nil
        }
        return pattern
    }

    private mutating func keys(_ entry: TOMLEntry) -> [(key: String, place: SourcePlace)] {
        guard case .array(let nodes) = entry.node.value else {
            report(
                entry.node.place, "[compare]: within is \(entry.node.kind), expected a list of axes such as [\"scale\"]"
            )
            return []
        }
        return nodes.compactMap { node in
            guard case .string(let name) = node.value else {
                report(node.place, "[compare]: within holds \(node.kind), expected names of axes")
                return nil
            }
            return key(name, at: node.place, in: "within of [compare]").map { ($0.name, node.place) }
        }
    }

    private mutating func word(_ node: TOMLNode, among words: [String], of name: String) -> String? {
        if case .string(let word) = node.value {
            if words.contains(word) { return word }
            report(
                node.place, "[compare]: \(name) is \"\(word)\", expected one of \(words.joined(separator: ", "))",
                suggestion: Spelling.nearest(to: word, among: words))
        } else {
            report(node.place, "[compare]: \(name) is \(node.kind), expected one of \(words.joined(separator: ", "))")
        }
        return nil
    }
}
