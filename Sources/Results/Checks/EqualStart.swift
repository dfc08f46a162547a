extension ResultCheck {
    static let equalStart = ResultCheck(
        name: "equal-start",
        summary:
            "Two cells whose first epochs have equal losses with one seed: what tells them apart did nothing there."
    ) { trained in
        var findings: [String] = []
        var reported = Set<Set<String>>()
        for seed in trained.plan.plannedSeeds {
            var first: [EpochRow.Losses: String] = [:]
            for trial in trained.trials where trial.trial.seed == seed {
                guard let losses = trial.epochs.first?.trainLosses else { continue }
                let cellID = trial.trial.cellID
                guard let other = first[losses] else {
                    first[losses] = cellID
                    continue
                }
                guard actsFromTheStart(trained.plan, cellID, other), reported.insert([cellID, other]).inserted else {
                    continue
                }
                findings.append(
                    "\(trained.label(other)) and \(trained.label(cellID)) have equal losses in the first epoch of seed "
                        + "\(seed): what tells them apart did nothing in it.")
            }
        }
        return findings
    }

    /// Keys that only later epochs, or only the validation, depend on.
    private static let lateKeys: Set<String> = [
        "epochs", "lrf", "cos_lr", "close_mosaic", "select", "conf", "iou", "max_det", "val_interval", "val_rect",
    ]

    private static func actsFromTheStart(_ plan: StoredPlan, _ a: String, _ b: String) -> Bool {
        guard let a = plan.cells.first(where: { $0.cellID == a })?.configuration,
            let b = plan.cells.first(where: { $0.cellID == b })?.configuration
        else { return false }
        return Set(a.keys).union(b.keys).contains { !lateKeys.contains($0) && a[$0] != b[$0] }
    }
}
