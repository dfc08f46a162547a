import Training

/// `[[include]]`, `[[override]]` and the patterns that cells are picked by.
extension ManifestReader {
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

    mutating func inclusion(_ node: TOMLNode) -> Inclusion? {
        let members = entries(node)
        if members.isEmpty {
            report(node.place, "[[include]]: expected at least one key = value")
            return nil
        }
        let settings = self.settings(members, in: "[[include]]")
        return settings.count == members.count ? Inclusion(settings: settings, place: node.place) : nil
    }

    mutating func override(_ node: TOMLNode) -> Override? {
        let members = self.members(entries(node), of: .override)
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
}
