public import Foundation
public import Training

extension Manifest {
    /// Reads a manifest and the words of the command line beside it.
    ///
    /// What is wrong is collected in `problems` and reported by `Plan`, together with what only expansion shows.
    /// - Throws: `Diagnostics` when the file cannot be read or is no TOML at all.
    public init(contentsOf url: URL, path: String, words: [String] = []) throws(Diagnostics) {
        let text: String
        do {
            text = try String(contentsOf: url, encoding: .utf8)
        } catch {
            let reason = (error as NSError).localizedDescription
            throw Diagnostics(Diagnostic(SourcePlace(file: path), "the manifest cannot be read: \(reason)"))
        }
        try self.init(
            text: text, path: path, directory: url.deletingLastPathComponent().standardizedFileURL.path, words: words)
    }

    /// Reads a manifest from its text; `directory` is what its paths are relative to.
    /// - Throws: `Diagnostics` when the text is no TOML.
    public init(
        text: String, path: String, directory: String, words: [String] = [],
        workingDirectory: String = FileManager.default.currentDirectoryPath
    ) throws(Diagnostics) {
        let document = try TOMLDocument(text: text, file: path)
        var reader = ManifestReader(file: path, directory: directory)
        self = reader.manifest(document, text: text)
        apply(words: words, directory: workingDirectory, reader: &reader)
        problems = reader.problems
        damagedKeys = reader.damagedKeys
    }

    /// A training without a manifest: a sweep of one cell, made of words alone.
    public init(words: [String], name: String, workingDirectory: String = FileManager.default.currentDirectoryPath) {
        var reader = ManifestReader(file: SourcePlace.commandLine.file, directory: workingDirectory)
        reader.allowsAutomaticOptimizer = true
        self.init(name: name, path: "", text: "", directory: workingDirectory)
        seedsPlace = .commandLine
        apply(words: words, directory: workingDirectory, reader: &reader)
        overridingWords = words
        problems = reader.problems
        damagedKeys = reader.damagedKeys
    }

    /// The one configuration of a training without a manifest, before it is planned.
    ///
    /// - Throws: `Diagnostics` with everything that is wrong with the words.
    public func configuration() throws(Diagnostics) -> TrainingConfiguration {
        if !problems.isEmpty { throw Diagnostics(problems) }
        var configuration = TrainingConfiguration()
        for setting in base {
            do throws(ConfigurationMismatch) {
                try setting.key.write(setting.value, to: &configuration)
            } catch {
                throw Diagnostics(Diagnostic(setting.place, "\(setting.name): expected \(error.expected)"))
            }
        }
        return configuration
    }

    private mutating func apply(words: [String], directory: String, reader: inout ManifestReader) {
        reader.directory = directory
        let axisKeys = Set((axes + conditionals.flatMap(\.axes)).flatMap(\.keys))
        var seen = Set<String>()
        for word in words {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, !parts[0].isEmpty else {
                reader.report(.commandLine, "\"\(word)\": expected key=value, such as epochs=2")
                continue
            }
            let name = parts[0] == "seed" ? "seeds" : parts[0]
            if !seen.insert(ConfigurationKey.named(name)?.name ?? name).inserted {
                reader.report(.commandLine, "\"\(word)\": \(name) is given twice")
            } else if name == "seeds" {
                narrowSeeds(to: parts[1], word: word, reader: &reader)
            } else if let key = reader.key(name, at: .commandLine, in: "\"\(word)\"") {
                if axisKeys.contains(key.name) {
                    let values = parts[1].split(separator: ",").compactMap { text in
                        fileOnAxis(key, named: String(text))
                            ?? reader.value(
                                key.domain.value(of: String(text)), of: key, at: .commandLine, in: "\"\(word)\"")
                    }
                    if !values.isEmpty { narrowings.append(Narrowing(key: key.name, values: values, word: word)) }
                } else if let value = reader.value(
                    key.domain.value(of: parts[1]), of: key, at: .commandLine, in: "\"\(word)\"")
                {
                    base.removeAll { $0.key.name == key.name }
                    base.append(Setting(key: key, value: value, place: .commandLine))
                    overridingWords.append(word)
                }
            }
        }
    }

    /// The file on an axis that has this name without its folder and extension, as tables show it.
    private func fileOnAxis(_ key: ConfigurationKey, named name: String) -> ConfigurationValue? {
        let settings = (axes + conditionals.flatMap(\.axes)).flatMap { $0.positions.flatMap { $0 } }
        let files = settings.filter { $0.name == key.name }.map(\.value).filter { value in
            guard case .word(let path) = value, path.hasPrefix("/") else { return false }
            return URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent == name
        }
        return files.count == 1 ? files.first : nil
    }

    private mutating func narrowSeeds(to text: String, word: String, reader: inout ManifestReader) {
        var values: [Int] = []
        for part in text.split(separator: ",") {
            guard let seed = Int(part), seed >= 0 else {
                reader.report(.commandLine, "\"\(word)\": seed \"\(part)\" is no whole number from 0")
                return
            }
            values.append(seed)
        }
        guard !values.isEmpty else {
            reader.report(.commandLine, "\"\(word)\": expected seeds such as seeds=0,1")
            return
        }
        if path.isEmpty {
            seeds = values
            return
        }
        for seed in values where !seeds.contains(seed) {
            reader.report(
                .commandLine,
                "\"\(word)\": seed \(seed) is not in the manifest's [seeds] (\(seeds.map(String.init).joined(separator: ", ")))"
            )
        }
        narrowings.append(Narrowing(key: "seeds", values: values.map(ConfigurationValue.integer), word: word))
    }
}

/// Turns the nodes of a document into a manifest and collects what is wrong with them.
struct ManifestReader {
    let file: String
    /// What paths are relative to.
    var directory: String
    var allowsAutomaticOptimizer = false
    var problems: [Diagnostic] = []
    var damagedKeys: Set<String> = []

    init(file: String, directory: String) {
        self.file = file
        self.directory = directory
    }

    mutating func report(_ place: SourcePlace, _ message: String, suggestion: String? = nil) {
        problems.append(Diagnostic(place, message, suggestion: suggestion))
    }

    // MARK: Keys and values

    /// The key that a name means; reports a name that means none.
    mutating func key(_ name: String, at place: SourcePlace, in context: String) -> ConfigurationKey? {
        if name == "seed" || name == "seeds" {
            report(place, "\(name) does not belong into \(context): seeds are listed as values of [seeds]")
            return nil
        }
        if let key = ConfigurationKey.named(name) { return key }
        if let hint = ForeignKeys.hints[name] {
            report(place, "\(context): \(name) is no key here: \(hint)")
            return nil
        }
        let names = ConfigurationKey.all.filter { $0.name != "seed" }.flatMap { [$0.name] + $0.aliases }
        report(
            place, "\(context): unknown key \"\(name)\"", suggestion: Spelling.nearest(to: name, among: names))
        return nil
    }

    /// The value as the key keeps it: aliases resolved, paths absolute; reports a value that the key does not accept.
    mutating func value(
        _ value: ConfigurationValue, of key: ConfigurationKey, at place: SourcePlace, in context: String
    ) -> ConfigurationValue? {
        do throws(ConfigurationMismatch) {
            let resolved = try key.domain.resolve(value)
            if key.name == "optimizer", resolved == .word("auto"), !allowsAutomaticOptimizer {
                damagedKeys.insert(key.name)
                report(
                    place,
                    "\(context): optimizer \"auto\" ignores lr0 and depends on the size of the data; name one of SGD, "
                        + "Adam, AdamW")
                return nil
            }
            if key.identity == .content, case .word(let name) = resolved {
                return .word(NamedContent.resolve(name, of: key, relativeTo: directory))
            }
            return resolved
        } catch {
            damagedKeys.insert(key.name)
            report(
                place, "\(context): \(key.name) is \(value.canonicalJSON), expected \(error.expected)",
                suggestion: error.suggestion)
            return nil
        }
    }

    /// A scalar or a list of scalars as a configuration value; reports tables and dates.
    mutating func plainValue(_ node: TOMLNode, in context: String) -> ConfigurationValue? {
        switch node.value {
        case .string(let text): return .word(text)
        case .integer(let number): return .integer(number)
        case .float(let number): return .number(number)
        case .boolean(let flag): return .boolean(flag)
        case .array(let nodes):
            let values = nodes.compactMap { plainValue($0, in: context) }
            return values.count == nodes.count ? .list(values) : nil
        case .table, .date:
            report(node.place, "\(context): expected a value, found \(node.kind)")
            return nil
        }
    }

    /// `key = value`.
    mutating func setting(_ entry: TOMLEntry, in context: String) -> Setting? {
        guard let key = self.key(entry.key, at: entry.place, in: context) else { return nil }
        guard let plain = plainValue(entry.node, in: context),
            let value = self.value(plain, of: key, at: entry.node.place, in: context)
        else {
            damagedKeys.insert(key.name)
            return nil
        }
        return Setting(key: key, value: value, place: entry.place)
    }

    /// Settings of a table, each key once.
    mutating func settings(_ entries: [TOMLEntry], in context: String) -> [Setting] {
        var names = Set<String>()
        var result: [Setting] = []
        for entry in entries {
            guard let setting = self.setting(entry, in: context) else { continue }
            if names.insert(setting.name).inserted {
                result.append(setting)
            } else {
                report(entry.place, "\(context): \(entry.key) sets \(setting.name), which is set already")
            }
        }
        return result
    }

    /// `key = [value, …]`.
    mutating func axis(_ entry: TOMLEntry, in context: String) -> Axis? {
        guard let key = self.key(entry.key, at: entry.place, in: context) else { return nil }
        guard case .array(let nodes) = entry.node.value else {
            damagedKeys.insert(key.name)
            report(entry.node.place, "\(context): \(entry.key) is \(entry.node.kind), expected a list of values")
            return nil
        }
        guard !nodes.isEmpty else {
            damagedKeys.insert(key.name)
            report(entry.node.place, "\(context): \(entry.key) is an empty list, expected at least one value")
            return nil
        }
        let positions = nodes.compactMap { node -> [Setting]? in
            guard let plain = plainValue(node, in: context),
                let value = self.value(plain, of: key, at: node.place, in: context)
            else {
                damagedKeys.insert(key.name)
                return nil
            }
            return [Setting(key: key, value: value, place: node.place)]
        }
        return positions.isEmpty ? nil : Axis(keys: [key.name], positions: positions, place: entry.place)
    }

    /// `{ key = value, key = [any, of] }`.
    mutating func pattern(_ entries: [TOMLEntry], at place: SourcePlace, in context: String) -> Pattern? {
        if entries.isEmpty {
            report(place, "\(context): expected at least one key = value")
            return nil
        }
        var clauses: [Pattern.Clause] = []
        for entry in entries {
            guard let key = self.key(entry.key, at: entry.place, in: context) else { continue }
            let nodes: [TOMLNode]
            if case .array(let elements) = entry.node.value { nodes = elements } else { nodes = [entry.node] }
            let values = nodes.compactMap { node -> ConfigurationValue? in
                guard let plain = plainValue(node, in: context) else { return nil }
                return value(plain, of: key, at: node.place, in: context)
            }
            if clauses.contains(where: { $0.key == key.name }) {
                report(entry.place, "\(context): \(entry.key) asks for \(key.name), which is asked for already")
            } else if values.count == nodes.count, !values.isEmpty {
                clauses.append(Pattern.Clause(key: key.name, values: values, place: entry.place))
            } else if nodes.isEmpty {
                report(entry.node.place, "\(context): \(entry.key) is an empty list, expected at least one value")
            }
        }
        return clauses.count == entries.count ? Pattern(clauses: clauses, place: place) : nil
    }
}
