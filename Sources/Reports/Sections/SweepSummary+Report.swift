import Results

extension SweepSummary {
    /// The document about the sweep: results, differences, effects, what is missing, and the trials behind it all.
    ///
    /// - `figures`: shown after the tables of differences and effects.
    ///
    /// Throws `UnknownColumns` for names that the table of results does not have.
    public func report(_ options: ReportOptions = ReportOptions(), figures: [Figure] = []) throws(UnknownColumns)
        -> Report
    {
        let results = try resultTables(options)
        var sections = [Report.Section(nil, header + results + [.paragraph(caption)])]
        if let armsTable {
            sections.append(Report.Section("\(primary) by arm and \(pivotAxes.joined(separator: ", "))", armsTable))
        }
        if let comparison = plan.compare, !contrasts.isEmpty {
            sections.append(comparisonSection(comparison))
        }
        if let section = effectsSection { sections.append(section) }
        if let resamples = options.imageResamples { sections.append(imageSection(resamples)) }
        if !figures.isEmpty { sections.append(Report.Section("Figures", figures.map { .figure($0) })) }
        sections += trialSections
        if !notes.isEmpty { sections.append(Report.Section("Notes", [.list(notes.map { Report.Item($0) })])) }
        sections.append(Report.Section("Trials", [.table(trialsTable)]))
        return Report(
            title: plan.sweep, facts: facts, sections: sections, trials: trialsByCell.map(\.reported))
    }

    /// Grouped by cell in the plan's order, then by seed.
    var trialsByCell: [TrialSummary] { cells.flatMap { $0.trials.sorted { $0.trial.seed < $1.trial.seed } } }

    // MARK: - Results

    private func resultTables(_ options: ReportOptions) throws(UnknownColumns) -> [Report.Block] {
        let shown = try columns(options)
        let grouping = groupColumns(options)
        let rows = sorted(options)
        var blocks: [Report.Block] = []
        if grouping.isEmpty {
            let table = Column.table("results", caption: caption, shown, rows)
            blocks.append(.table(table))
        } else {
            var groups: [(key: String, rows: [CellSummary])] = []
            for row in rows {
                let key = grouping.map { "\($0.name)=\($0.value(row).text)" }.joined(separator: ", ")
                if let index = groups.firstIndex(where: { $0.key == key }) {
                    groups[index].rows.append(row)
                } else {
                    groups.append((key, [row]))
                }
            }
            for group in groups {
                blocks.append(.paragraph("\(group.key):"))
                blocks.append(
                    .table(
                        Column.table("results[\(group.key)]", caption: "\(group.key). \(caption)", shown, group.rows)))
            }
        }
        return blocks + footnotes(of: blocks)
    }

    private func footnotes(of blocks: [Report.Block]) -> [Report.Block] {
        let entries = Report(title: "", sections: [Report.Section(nil, blocks)]).tables.flatMap { $0.rows.joined() }
        let used = Set(entries.flatMap(\.cell.marks))
        var lines = Cell.Mark.allCases.filter(used.contains).map { "\($0.rawValue) \($0.explanation)" }
        if entries.contains(where: \.isBest) {
            lines.append(
                "bold: better than every other row" + (plan.compare?.within.isEmpty ?? true ? "" : " of its kind")
                    + ", and no tie by the test of differences")
        }
        return lines.isEmpty ? [] : [.paragraph(lines.joined(separator: "; ") + ".")]
    }

    // MARK: - Arms × scales

    /// The axes that become columns: those that comparisons stay within, or else the scale.
    var pivotAxes: [String] {
        let varying = varyingAxes
        let within = varying.filter { plan.compare?.within.contains($0) ?? false }
        if !within.isEmpty { return within }
        return varying.contains("scale") && varying.count > 1 ? ["scale"] : []
    }

    /// A row an arm, a column each scale: the metric that decides. `nil` where there is one arm or one scale.
    private var armsTable: [Report.Block]? {
        let pivot = pivotAxes
        guard !pivot.isEmpty else { return nil }
        func place(_ cell: CellSummary) -> [String] { pivot.map { cell.cell.axisValues[$0] ?? "–" } }
        func arm(_ cell: CellSummary) -> [String: String] { cell.cell.axisValues.filter { !pivot.contains($0.key) } }
        let places = cells.map(place).reduce(into: [[String]]()) { if !$0.contains($1) { $0.append($1) } }
        let arms = cells.map(arm).reduce(into: [[String: String]]()) { if !$0.contains($1) { $0.append($1) } }
        guard arms.count > 1, places.count > 1 else { return nil }
        let axes = varyingAxes.filter { !pivot.contains($0) }
        let direction = Column.metric(primary, "").heading
        let columns =
            axes.map { Column.axis($0).heading }
            + places.map { place in
                Table.Heading(
                    name: zip(pivot, place).map { "\($0)=\($1)" }.joined(separator: ","),
                    title: place.joined(separator: " "), summary: direction.summary, isNumeric: true,
                    parts: Cell.meanParts)
            }
        let rows = arms.map { values in
            axes.map { Table.Entry(values[$0].map { .text($0) } ?? .empty) }
                + places.map { wanted in
                    cells.first { arm($0) == values && place($0) == wanted }
                        .map { Column.metric(primary, "").entry($0) } ?? Table.Entry(.empty)
                }
        }
        let table = Table(
            name: "arms", caption: "\(primary) by arm and \(pivot.joined(separator: ", ")). \(caption)",
            columns: columns, entries: rows)
        return [.table(table)] + footnotes(of: [.table(table)])
    }
}
