extension Table {
    /// The table as aligned lines for a terminal, each ended by a newline; columns without any content are left out.
    public var plainText: String {
        let shown = columns.indices.filter { column in rows.contains { !$0[column].cell.text.isEmpty } }
        let lines = [shown.map { columns[$0].title }] + rows.map { row in shown.map { row[$0].cell.text } }
        let widths = shown.indices.map { index in lines.map { $0[index].count }.max() ?? 0 }
        return lines.map { line in
            let padded = shown.indices.map { index in
                let space = String(repeating: " ", count: widths[index] - line[index].count)
                return columns[shown[index]].isNumeric ? space + line[index] : line[index] + space
            }
            let text = padded.joined(separator: "  ")
            return String(text.reversed().drop { $0 == " " }.reversed()) + "\n"
        }.joined()
    }
}
