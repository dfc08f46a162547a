import Results

extension PlanCheck {
    static let emptyAttention = PlanCheck(
        name: "empty-attention",
        summary: "A network that should have DFC attention and has no parameter of it is an error.", stage: .cells
    ) { draft in
        draft.cells.filter { $0.network.attentionParameters == 0 }.map { cell in
            .error(
                Diagnostic(
                    draft.place(of: "backbone", in: cell.draft),
                    "cell \"\(cell.stored.label)\" should have DFC attention, and no module of its network has any: it "
                        + "would be compared under a name that it does not deserve"))
        }
    }
}
