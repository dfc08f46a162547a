extension PlanCheck {
    static let singleSeed = PlanCheck(
        name: "single-seed", summary: "A comparison with one seed is a footnote.", stage: .cells
    ) { draft in
        guard draft.manifest.comparison != nil, draft.manifest.seeds.count == 1 else { return [] }
        return [
            .footnote(
                Diagnostic(
                    draft.manifest.seedsPlace,
                    "one seed: differences cannot be told from the variance between seeds"))
        ]
    }
}
