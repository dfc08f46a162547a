import Results

extension Column where Row == CellSummary {
    /// An axis of the sweep, such as `backbone`.
    static func axis(_ name: String) -> Column {
        Column(name, title: name == "dfc" ? "DFC" : name, summary: "Axis of the sweep.", isNumeric: false) { row in
            row.cell.axisValues[name].map { .text($0) } ?? .empty
        }
    }

    static var label: Column {
        Column("label", title: "cell", summary: "The cell's name.", isNumeric: false, isStandard: false) { row in
            .text(row.cell.label)
        }
    }

    static var seeds: Column {
        Column(
            "seeds", title: "seeds", summary: "How many seeds have a result.", isStandard: false,
            trials: \.finishedIDs
        ) { row in
            .count(row.trials.filter { $0.outcome == .done }.count)
        }
    }
}
