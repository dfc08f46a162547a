import Results
import Training

extension PlanCheck {
    static let unequalStarts = PlanCheck(
        name: "unequal-starts",
        summary: """
            Cells of a contrast of which one takes over more of its network from starting weights than the other are a \
            footnote.
            """,
        stage: .contrasts
    ) { draft in
        guard let comparison = draft.comparison, let place = draft.manifest.comparison?.place else { return [] }
        let byID = Dictionary(draft.cells.map { ($0.identity.cellID, $0) }, uniquingKeysWith: { first, _ in first })
        return comparison.contrasts.compactMap { contrast in
            let unequal = contrast.pairs.lazy.compactMap { pair -> (PlannedCell, Double, PlannedCell, Double)? in
                guard let cell = byID[pair.cellID], let other = byID[pair.againstCellID],
                    let mine = cell.network.start?.share, let theirs = other.network.start?.share,
                    abs(mine - theirs) >= tolerance
                else { return nil }
                return (cell, mine, other, theirs)
            }
            guard let (cell, mine, other, theirs) = unequal.first else { return nil }
            return .footnote(
                Diagnostic(
                    place,
                    "\"\(contrast.name)\" compares networks that start unequally: the weights fill \(percent(mine)) of the "
                        + "parameters of \(cell.stored.label) and \(percent(theirs)) of those of \(other.stored.label)")
            )
        }
    }

    /// Less than the head of another number of classes makes.
    private static let tolerance = 0.01

    private static func percent(_ share: Double) -> String { "\(Int((100 * share).rounded())) %" }
}
