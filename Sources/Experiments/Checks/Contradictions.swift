import Training

extension PlanCheck {
    static let contradictions = PlanCheck(
        name: "contradictions",
        summary: "Settings that are right on their own and wrong together are an error.", stage: .cells
    ) { draft in
        draft.expansion.cells.flatMap { cell in
            cell.configuration.contradictions.map { contradiction in
                .error(Diagnostic(draft.place(of: contradiction.key, in: cell), contradiction.message))
            }
        }
    }
}
