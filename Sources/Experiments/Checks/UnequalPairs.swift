import Results
import Training

extension PlanCheck {
    static let unequalPairs = PlanCheck(
        name: "unequal-pairs",
        summary: """
            Cells of a contrast that differ in more than the compared axes, as in epochs, data, augmentation, \
            starting weights or checkpoint, are a footnote.
            """,
        stage: .contrasts
    ) { draft in
        guard let comparison = draft.comparison, let place = draft.manifest.comparison?.place else { return [] }
        let byID = Dictionary(draft.cells.map { ($0.identity.cellID, $0) }, uniquingKeysWith: { first, _ in first })
        return comparison.contrasts.flatMap { contrast in
            var reported = Set<String>()
            return contrast.pairs.flatMap { pair -> [Finding] in
                guard let cell = byID[pair.cellID], let other = byID[pair.againstCellID] else { return [] }
                return differences(cell, other, comparison).filter { reported.insert($0.key).inserted }.map {
                    .footnote(
                        Diagnostic(
                            place,
                            "\"\(contrast.name)\" compares more than its axes: \($0.key) is "
                                + "\(draft.naming.display($0.mine, of: $0.key)) in \(cell.stored.label) and "
                                + "\(draft.naming.display($0.theirs, of: $0.key)) in \(other.stored.label)"))
                }
            }
        }
    }

    private typealias Difference = (key: String, mine: ConfigurationValue, theirs: ConfigurationValue)

    private static func differences(
        _ cell: PlannedCell, _ other: PlannedCell, _ comparison: StoredComparison
    ) -> [Difference] {
        let axes = Set(cell.stored.axisValues.keys).union(other.stored.axisValues.keys).union(comparison.baseline.keys)
        let theirs = Dictionary(uniqueKeysWithValues: other.configuration.entries.map { ($0.key.name, $0.value) })
        return cell.configuration.entries.compactMap { key, value in
            guard !axes.contains(key.name), let otherValue = theirs[key.name], otherValue != value else { return nil }
            // A dataset or weights under two paths are one.
            if key.name == "data", cell.data.digest == other.data.digest { return nil }
            if key.name == "weights", cell.network.start?.digest == other.network.start?.digest { return nil }
            return (key.name, value, otherValue)
        }
    }
}
