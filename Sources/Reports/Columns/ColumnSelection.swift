import Results

/// Names of columns that a table does not have.
public struct UnknownColumns: Error, Hashable, Sendable, CustomStringConvertible {
    public let names: [String]
    public let known: [String]

    public var description: String {
        let sentences = names.map { name in
            let nearest = known.min { editDistance($0, name) < editDistance($1, name) }
            let guess = nearest.flatMap { editDistance($0, name) <= max(2, name.count / 3) ? $0 : nil }
            return "no column is called \"\(name)\"" + (guess.map { ": did you mean \($0)?" } ?? "")
        }
        return sentences.joined(separator: "\n") + "\ncolumns: " + known.joined(separator: ", ")
    }
}

extension SweepSummary {
    /// The columns that the table of results can have: the sweep's axes, then the catalogue.
    public var availableColumns: [Column<CellSummary>] {
        plan.axes.map { Column.axis($0) } + Column<CellSummary>.all
    }

    /// The columns of these names, or those that the table shows unasked: the axes that vary and what is standard.
    func columns(_ names: [String]?) throws(UnknownColumns) -> [Column<CellSummary>] {
        guard let names else {
            var axes = varyingAxes.map { Column.axis($0) }
            if axes.isEmpty { axes = [.label] }
            // At 640 both columns of GFLOPs are the same.
            let isAt640 = plan.cells.allSatisfy { $0.configuration["imgsz"] == "640" }
            return axes
                + Column<CellSummary>.all.filter { column in
                    if column.name == "gflops640" && isAt640 { return false }
                    if column.name == "difference" { return !contrasts.isEmpty }
                    return column.isStandard || column.name == primary
                }
        }
        let available = Dictionary(availableColumns.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let unknown = names.filter { available[$0] == nil }
        guard unknown.isEmpty else {
            throw UnknownColumns(names: unknown, known: availableColumns.map(\.name))
        }
        return names.compactMap { available[$0] }
    }
}

/// Insertions, deletions, replacements and swaps of neighbours that turn one word into another.
private func editDistance(_ a: String, _ b: String) -> Int {
    let (a, b) = (Array(a.lowercased()), Array(b.lowercased()))
    var rows = [Array(0...b.count)]
    for i in a.indices {
        var row = [i + 1]
        for j in b.indices {
            var best = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (a[i] == b[j] ? 0 : 1))
            if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, rows[i - 1][j - 1] + 1) }
            row.append(best)
        }
        rows.append(row)
    }
    return rows[a.count][b.count]
}
