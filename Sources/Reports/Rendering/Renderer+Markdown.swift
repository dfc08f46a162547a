extension Renderer {
    /// Markdown with aligned tables: as good to read in a terminal as on a web page.
    public static let markdown = Renderer(
        name: "md", summary: "Markdown, for people.", fileExtension: "md"
    ) { report in
        var parts = ["# \(report.title)"]
        for section in report.sections {
            if let title = section.title { parts.append("## \(title)") }
            for block in section.blocks {
                switch block {
                case .paragraph(let text): parts.append(text)
                case .warning(let text): parts.append("> **\(text)**")
                case .list(let items): parts.append(items.map { "- \($0)" }.joined(separator: "\n"))
                case .table(let table): parts.append(markdown(table))
                }
            }
        }
        return parts.joined(separator: "\n\n") + "\n"
    }

    private static func markdown(_ table: Table) -> String {
        let titles = table.columns.map { escape($0.title) }
        let rows = table.rows.map { $0.map { escape($0.text) } }
        let widths = table.columns.indices.map { column in
            max(3, ([titles] + rows).map { $0[column].count }.max() ?? 0)
        }
        func line(_ cells: [String]) -> String {
            let padded = cells.indices.map { column in
                let space = String(repeating: " ", count: widths[column] - cells[column].count)
                return table.columns[column].isNumeric ? space + cells[column] : cells[column] + space
            }
            return "| " + padded.joined(separator: " | ") + " |"
        }
        let rule = table.columns.indices.map { column in
            let dashes = String(repeating: "-", count: widths[column] - 1)
            return table.columns[column].isNumeric ? dashes + ":" : dashes + "-"
        }
        return ([line(titles), line(rule)] + rows.map(line)).joined(separator: "\n")
    }

    private static func escape(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).joined(separator: " ").replacing("|", with: "\\|")
    }
}
