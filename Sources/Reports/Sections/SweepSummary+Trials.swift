import Results

extension SweepSummary {
    /// What is to be said of single trainings: those without a number, and those that learnt little.
    var trialSections: [Report.Section] {
        var sections: [Report.Section] = []
        let unfinished = trials.filter { $0.outcome == .failed || $0.outcome == .diverged }
        if !unfinished.isEmpty {
            sections.append(
                Report.Section(
                    "Trainings without a number",
                    [.table(Column.table("unfinished", unfinishedColumns, unfinished))]))
        }
        if !diagnoses.isEmpty { sections.append(Report.Section("What was not learnt", [.list(diagnoses)])) }
        return sections
    }

    /// One item a diagnosis, with the trials that share it.
    private var diagnoses: [Report.Item] {
        var order: [String] = []
        var trialsByText: [String: [TrialSummary]] = [:]
        for trial in trialsByCell {
            guard let text = trial.record?.record?.diagnosis else { continue }
            if trialsByText[text] == nil { order.append(text) }
            trialsByText[text, default: []].append(trial)
        }
        return order.map { text in
            let trials = trialsByText[text] ?? []
            var cells: [(label: String, seeds: [Int])] = []
            for trial in trials {
                let label = trial.cell?.label ?? "?"
                if cells.last?.label == label {
                    cells[cells.count - 1].seeds.append(trial.trial.seed)
                } else {
                    cells.append((label, [trial.trial.seed]))
                }
            }
            let names = cells.map { cell in
                "\(cell.label) \(cell.seeds.count == 1 ? "seed" : "seeds") "
                    + cell.seeds.map(String.init).joined(separator: ", ")
            }
            return Report.Item(
                "\(names.joined(separator: "; ")): \(text)", trials: trials.map(\.trial.trialID))
        }
    }

    private var unfinishedColumns: [Column<TrialSummary>] {
        [
            Column("cell", title: "cell", summary: "The cell's name.", isNumeric: false) {
                .text($0.cell?.label ?? "?")
            },
            Column("seed", title: "seed", summary: "", trials: { [$0.trial.trialID] }) { .count($0.trial.seed) },
            Column("id", title: "trial", summary: "ID.", isNumeric: false) { .identifier($0.trial.trialID) },
            Column("outcome", title: "outcome", summary: "", isNumeric: false) { .text($0.outcome.rawValue) },
            Column("reason", title: "reason", summary: "", isNumeric: false) {
                .text($0.record?.record?.message ?? "")
            },
        ]
    }

    /// Every planned trial, a row each: what CSV is made of, and where numbers lead to.
    var trialsTable: Table {
        let rows = trialsByCell
        let anchors = rows.enumerated().map { index, row in
            let isFirst = index == 0 || rows[index - 1].trial.cellID != row.trial.cellID
            return (isFirst ? [row.reported.cellAnchor] : []) + [row.reported.anchor]
        }
        return Column.table(
            "trials", caption: "Every planned trial.",
            Column<TrialSummary>.all(axes: plan.axes, primary: primary), rows, anchors: anchors)
    }
}
