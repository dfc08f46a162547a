import Metrics
import Training

/// `[compare]` and its contrasts.
extension ManifestReader {
    mutating func comparison(_ entry: TOMLEntry) -> Comparison? {
        guard let tableEntries = table(entry, in: "[compare]") else { return nil }
        let members = self.members(
            tableEntries, of: .compare)
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
        let members = self.members(entries(node), of: .contrast)
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
