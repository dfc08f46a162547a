import Training

/// `[matrix]`, `[[zip]]` and `[[when]]`.
extension ManifestReader {
    mutating func axes(_ entries: [TOMLEntry], in context: String) -> [Axis] {
        var axes: [Axis] = []
        for entry in entries {
            guard let axis = self.axis(entry, in: context) else { continue }
            reportRepeatedPositions(of: axis, in: context)
            axes.append(axis)
        }
        return axes
    }

    mutating func zip(_ node: TOMLNode) -> Axis? {
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

    mutating func conditional(_ node: TOMLNode) -> Conditional? {
        let members = self.members(entries(node), of: .when)
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
    mutating func reportSharedKeys(_ manifest: Manifest) {
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
}
