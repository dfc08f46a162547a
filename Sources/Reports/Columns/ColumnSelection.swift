import Metrics
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

    /// The columns that were asked for, or those that the table shows unasked: the axes that vary and what is standard.
    ///
    /// Throws for every name in the options that is no column, all at once.
    func columns(_ options: ReportOptions) throws(UnknownColumns) -> [Column<CellSummary>] {
        let available = columnsByName
        let asked = (options.columns ?? []) + options.sort.map(\.column) + options.groups
        let unknown = unique(asked.filter { available[$0] == nil })
        guard unknown.isEmpty else {
            throw UnknownColumns(names: unknown, known: availableColumns.map(\.name))
        }
        if let names = options.columns { return names.compactMap { available[$0] } }
        var axes = varyingAxes.map { Column.axis($0) }
        if axes.isEmpty { axes = [.label] }
        // At 640 both columns of GFLOPs are the same.
        let isAt640 = plan.cells.allSatisfy { $0.configuration["imgsz"] == "640" }
        let standard = Column<CellSummary>.all.filter { column in
            if column.name == "gflops640" && isAt640 { return false }
            if column.name == "difference" { return !contrasts.isEmpty }
            // The curves have Ultralytics' metrics only.
            if epoch != nil, ["mAP50", "mAP50-95"].contains(column.name) { return false }
            if epoch != nil, ["mAP50(U)", "mAP50-95(U)"].contains(column.name) { return true }
            return column.isStandard || column.name == primary
        }
        return (axes + standard).filter { !options.groups.contains($0.name) }
    }

    /// The columns by whose values the table is cut.
    func groupColumns(_ options: ReportOptions) -> [Column<CellSummary>] {
        options.groups.compactMap { columnsByName[$0] }
    }

    /// The cells in the order that was asked for; cells without a value come last.
    func sorted(_ options: ReportOptions) -> [CellSummary] {
        let keys = options.sort.compactMap { key in columnsByName[key.column].map { ($0, key.order) } }
        guard !keys.isEmpty else { return cells }
        return cells.enumerated().sorted { first, second in
            for (column, order) in keys {
                let values = [first, second].map { column.value($0.element).values[0] }
                let isDescending = order.map { $0 == .descending } ?? (column.direction == .higherIsBetter)
                switch (values[0], values[1]) {
                case (.null, .null): continue
                case (.null, _): return false
                case (_, .null): return true
                default:
                    if values[0] < values[1] { return !isDescending }
                    if values[1] < values[0] { return isDescending }
                }
            }
            return first.offset < second.offset
        }.map(\.element)
    }

    private var columnsByName: [String: Column<CellSummary>] {
        Dictionary(availableColumns.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }
}

extension RawValue {
    /// Numbers before words; words by their letters.
    fileprivate static func < (a: RawValue, b: RawValue) -> Bool {
        switch (a.number, b.number) {
        case (let a?, let b?): a < b
        case (nil, nil): a.word < b.word
        case (let a, _): a != nil
        }
    }

    private var number: Double? {
        switch self {
        case .int(let value): Double(value)
        case .double(let value): value
        case .bool(let value): value ? 1 : 0
        // Values of axes are words, also those that are numbers.
        case .string(let text): Double(text)
        case .null: nil
        }
    }

    private var word: String { if case .string(let text) = self { text } else { "" } }
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
