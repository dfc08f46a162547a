extension Renderer {
    /// The trials with all digits, tidy: a row each, a column each variable.
    public static let csv = Renderer(
        name: "csv", summary: "CSV, tidy: one row a trial, one column a variable, all digits.", fileExtension: "csv"
    ) { report in
        (report.tables.first { $0.name == "trials" } ?? report.tables.first).map(csv) ?? ""
    }

    /// One table as CSV (RFC 4180, lines ended by a newline): a column for each part of a cell.
    public static func csv(_ table: Table) -> String {
        let header = table.columns.flatMap { column in
            [column.name] + column.parts.map { "\(column.name) \($0)" }
        }
        let rows = table.rows.map { row in
            zip(table.columns, row).flatMap { column, entry in
                let values = entry.cell.values.map(field)
                let width = 1 + column.parts.count
                return Array((values + Array(repeating: "", count: width)).prefix(width))
            }
        }
        return ([header.map(quote)] + rows).map { $0.joined(separator: ",") + "\n" }.joined()
    }

    private static func field(_ value: RawValue) -> String {
        switch value {
        case .null: ""
        case .bool(let isTrue): isTrue ? "true" : "false"
        case .int(let number): String(number)
        case .double(let number): number.isFinite ? "\(number)" : ""
        case .string(let text): quote(text)
        }
    }

    private static func quote(_ text: String) -> String {
        guard text.contains(where: { ",\"".contains($0) || $0.isNewline }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}
