import Results
import Training

extension PlanCheck {
    static let equalCells = PlanCheck(
        name: "equal-cells",
        summary: "Two cells that would train the same, by configuration or by graph and recipe, are an error.",
        stage: .cells
    ) { draft in
        var byIdentity: [String: PlannedCell] = [:]
        var bySubstance: [String: PlannedCell] = [:]
        var findings: [Finding] = []
        for cell in draft.cells {
            let substance = substance(of: cell)
            if let other = byIdentity[cell.identity.cellID] {
                findings += report(cell, equals: other, "they have the same configuration", draft)
            } else if let other = bySubstance[substance] {
                findings += report(cell, equals: other, "they have the same network graph and the same recipe", draft)
            }
            byIdentity[cell.identity.cellID] = byIdentity[cell.identity.cellID] ?? cell
            bySubstance[substance] = bySubstance[substance] ?? cell
        }
        return findings
    }

    /// What is trained, apart from the names of it.
    private static func substance(of cell: PlannedCell) -> String {
        var recipe = cell.configuration
        recipe.backbone = .baseline
        recipe.scale = .n
        let dropout = cell.configuration.stageDropout
        var content = ["data": cell.data.digest]
        content["weights"] = cell.network.start?.digest
        return "\(cell.network.graphDigest) \(dropout) \(recipe.canonicalJSON(replacing: content))"
    }

    private static func report(
        _ cell: PlannedCell, equals other: PlannedCell, _ reason: String, _ draft: PlanDraft
    ) -> [Finding] {
        // A value listed twice and a key in two axes make equal cells, and have been reported themselves.
        if cell.draft.inclusion == nil, cell.stored.label == other.stored.label, !draft.manifest.problems.isEmpty {
            return []
        }
        // Settings that nothing reads make cells equal, and have been reported themselves.
        let isExplained = [cell, other].contains { cell in
            cell.draft.settings.contains { !$0.key.isRead(by: cell.draft.configuration) && $0.value != .word("none") }
        }
        if isExplained { return [] }
        let difference = cell.draft.settings.last { setting in
            !other.draft.settings.contains { $0.name == setting.name && $0.value == setting.value }
        }
        return [
            .error(
                Diagnostic(
                    cell.draft.inclusion ?? difference?.place ?? draft.start,
                    "cell \"\(cell.stored.label)\" would train the same as \"\(other.stored.label)\": \(reason)"))
        ]
    }
}
