extension Renderer {
    /// GitHub's Markdown with aligned tables: as good to read in a terminal as on a web page. A number is a link to the
    /// trials that it is from.
    public static let markdown = Renderer(
        name: "md", summary: "Markdown as GitHub shows it; each number links to its trials.", fileExtension: "md"
    ) { report in MarkdownWriter(report).text }
}

/// Writes one report as Markdown.
///
/// A number is `[0.341 ± 0.011 (3)][4]`: the fourth source. Where a source is one cell, it is that cell's first row in
/// the table of trials; a source of several cells has a line of its own below that table.
private struct MarkdownWriter {
    let report: Report
    let sources: [Report.Source]
    private let numbers: [[String]: Int]

    init(_ report: Report) {
        self.report = report
        sources = report.sources
        numbers = Dictionary(sources.map { ($0.trials, $0.number) }, uniquingKeysWith: { first, _ in first })
    }

    var text: String {
        var parts = ["# \(report.title)"]
        for section in report.sections {
            if let title = section.title { parts.append("## \(title)") }
            parts += section.blocks.map(block)
        }
        let shared = sources.filter { $0.cells.count > 1 }
        if !shared.isEmpty {
            parts.append("Numbers from several cells:")
            parts.append(shared.map { "- \(line($0))" }.joined(separator: "\n"))
        }
        if !sources.isEmpty {
            parts.append(sources.map { "[\($0.number)]: #\($0.anchor)" }.joined(separator: "\n"))
        }
        return parts.joined(separator: "\n\n") + "\n"
    }

    private func line(_ source: Report.Source) -> String {
        let cells = source.cells.map { "[\(escape($0.label))](#\($0.anchor)) \($0.seedText)" }
        return "<a id=\"\(source.anchor)\"></a>\(source.number): \(cells.joined(separator: "; "))"
    }

    private func block(_ block: Report.Block) -> String {
        switch block {
        case .paragraph(let text): text
        case .warning(let text): "> **\(text)**"
        case .list(let items): items.map { "- \(item($0))" }.joined(separator: "\n")
        case .table(let table): self.table(table.forPeople)
        case .figure(let figure):
            (figure.path.map { "![\(escape(figure.summary))](\($0))\n\n" } ?? "") + figure.caption
        }
    }

    private func item(_ item: Report.Item) -> String {
        numbers[item.trials].map { "\(item.text) [trials][\($0)]" } ?? item.text
    }

    private func table(_ table: Table) -> String {
        let titles = table.columns.map { escape($0.title) }
        let rows = table.rows.indices.map { row in
            table.rows[row].enumerated().map { column, entry in
                let anchors = column == 0 && !table.anchors.isEmpty ? table.anchors[row] : []
                return anchors.map { "<a id=\"\($0)\"></a>" }.joined() + self.entry(entry)
            }
        }
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

    private func entry(_ entry: Table.Entry) -> String {
        let text = escape(entry.cell.text)
        let shown = entry.isBest ? "**\(text)**" : text
        return numbers[entry.trials].map { "[\(shown)][\($0)]" } ?? shown
    }

    private func escape(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).joined(separator: " ").replacing("|", with: "\\|")
    }
}
