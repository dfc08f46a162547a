import Training

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
}
