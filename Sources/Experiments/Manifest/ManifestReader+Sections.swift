import Training

extension ManifestReader {
    /// Reads all sections; the ones with problems are left out of the result as far as they are wrong.
    mutating func manifest(_ document: TOMLDocument, text: String) -> Manifest {
        var manifest = Manifest(name: "", path: file, text: text, directory: directory)
        var found = Set<String>()
        for entry in entries(document.root) {
            found.insert(entry.key)
            switch entry.key {
            case "schema": readSchema(entry.node)
            case "name": manifest.name = sweepName(entry.node) ?? ""
            case "mode": readMode(entry, into: &manifest)
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
            case "compare":
                manifest.declaresComparison = true
                manifest.comparison = comparison(entry)
            case "resources": readResources(entry, into: &manifest)
            default:
                let isKey = ConfigurationKey.named(entry.key) != nil
                report(
                    entry.place,
                    isKey
                        ? "\(entry.key) stands outside any table, expected it under [base] or [matrix]"
                        : "unknown section \"\(entry.key)\"",
                    suggestion: isKey ? nil : Spelling.nearest(to: entry.key, among: ManifestSection.all.map(\.name)))
            }
        }
        if !found.contains("schema") { report(start, "schema is missing, expected schema = 1 at the top") }
        if !found.contains("name") { report(start, "name is missing, expected name = \"…\" at the top") }
        reportSharedKeys(manifest)
        return manifest
    }

    private var start: SourcePlace { SourcePlace(file: file, line: 1, column: 1) }

    // MARK: Tables

    func entries(_ node: TOMLNode) -> [TOMLEntry] {
        if case .table(let entries) = node.value { entries } else { [] }
    }

    /// The members of `[name]`.
    mutating func table(_ entry: TOMLEntry, in context: String) -> [TOMLEntry]? {
        if case .table(let entries) = entry.node.value { return entries }
        report(entry.place, "\(entry.key) is \(entry.node.kind), expected one table \(context)")
        return nil
    }

    /// The tables of `[[name]]`.
    mutating func tables(_ entry: TOMLEntry) -> [TOMLNode] {
        if case .array(let nodes) = entry.node.value,
            nodes.allSatisfy({ if case .table = $0.value { true } else { false } })
        {
            return nodes
        }
        report(entry.place, "\(entry.key) is \(entry.node.kind), expected tables, each under [[\(entry.key)]]")
        return []
    }

    /// Members of a section's table by name; reports those that do not belong there.
    mutating func members(_ entries: [TOMLEntry], of section: ManifestSection) -> [String: TOMLEntry] {
        let expected = section.members.map(\.name)
        var members: [String: TOMLEntry] = [:]
        for entry in entries {
            if expected.contains(entry.key) {
                members[entry.key] = entry
            } else {
                report(
                    entry.place,
                    "\(section.heading): unknown key \"\(entry.key)\", expected \(expected.joined(separator: ", "))",
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

    private mutating func readMode(_ entry: TOMLEntry, into manifest: inout Manifest) {
        let words = Manifest.Mode.allCases.map(\.rawValue)
        if case .string(let word) = entry.node.value {
            if let mode = Manifest.Mode(rawValue: word) {
                manifest.mode = mode
                manifest.modePlace = entry.node.place
            } else {
                report(
                    entry.node.place, "mode is \"\(word)\", expected one of \(words.joined(separator: ", "))",
                    suggestion: Spelling.nearest(to: word, among: words))
            }
        } else {
            report(entry.node.place, "mode is \(entry.node.kind), expected one of \(words.joined(separator: ", "))")
        }
    }

    // MARK: Seeds and resources

    private mutating func readSeeds(_ entry: TOMLEntry, into manifest: inout Manifest) {
        manifest.seedsPlace = entry.place
        guard let tableEntries = table(entry, in: "[seeds]") else { return }
        let members = self.members(tableEntries, of: .seeds)
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
        let members = self.members(tableEntries, of: .resources)
        for (name, path) in [("threads", \Manifest.Resources.threads), ("jobs", \Manifest.Resources.jobs)] {
            guard let member = members[name] else { continue }
            if case .integer(let count) = member.node.value, (1...1024).contains(count) {
                manifest.resources[keyPath: path] = count
            } else {
                report(member.node.place, "[resources]: expected \(name) as a whole number from 1 to 1024")
            }
        }
    }
}
