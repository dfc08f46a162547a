extension Renderer {
    /// One page that needs no other file and no network: sortable tables, figures, and every trial with its curves.
    public static let html = Renderer(
        name: "html", summary: "One page for a browser: sortable tables, figures, every trial with its curves.",
        fileExtension: "html"
    ) { report in HTMLPage(report).text }
}

/// Writes one report as a page of HTML that is well-formed XML as well.
///
/// ```
/// number ──► row of the table of trials (or a list of several cells) ──► the trial with its metrics and curves
/// ```
struct HTMLPage {
    let report: Report
    let sources: [Report.Source]
    private let sourcesByTrials: [[String]: Report.Source]
    private let trialsByID: [String: ReportedTrial]

    init(_ report: Report) {
        self.report = report
        sources = report.sources
        sourcesByTrials = Dictionary(sources.map { ($0.trials, $0) }, uniquingKeysWith: { first, _ in first })
        trialsByID = Dictionary(report.trials.map { ($0.trialID, $0) }, uniquingKeysWith: { first, _ in first })
    }

    var text: String {
        var parts = [head, navigation, "<main>"]
        for (index, section) in report.sections.enumerated() {
            parts.append("<section id=\"\(Self.anchor(of: section, index))\">")
            if let title = section.title { parts.append("<h2>\(Markup.escape(title))</h2>") }
            parts += section.blocks.map(block)
            parts.append("</section>")
        }
        let shared = sources.filter { $0.cells.count > 1 }
        if !shared.isEmpty { parts.append(sharedSources(shared)) }
        if !report.trials.isEmpty { parts.append(HTMLTrials(report.trials).text) }
        parts += [
            "</main>", "<script>//<![CDATA[\n\(Self.resource(PackageResources.page_js))//]]></script>", "</body>",
            "</html>",
        ]
        return parts.joined(separator: "\n") + "\n"
    }

    // MARK: - Head

    /// Nothing may be loaded from elsewhere.
    private static let policy =
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"

    private var head: String {
        let title = Markup.escape(report.title)
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8"/>
            <meta http-equiv="Content-Security-Policy" content="\(Self.policy)"/>
            <meta name="viewport" content="width=device-width, initial-scale=1"/>
            <meta name="color-scheme" content="light dark"/>
            <meta name="generator" content="ablate"/>
            <title>\(title)</title>
            <style>/*<![CDATA[*/
            \(Self.resource(PackageResources.page_css))\(Paint.pageRules)
            /*]]>*/</style>
            </head>
            <body>
            <header><div><h1>\(title)</h1></div></header>
            """
    }

    private var navigation: String {
        var links = report.sections.enumerated().map { index, section in
            (Self.anchor(of: section, index), section.title ?? "Results")
        }
        if !report.trials.isEmpty { links.append((HTMLTrials.anchor, HTMLTrials.title)) }
        let items = links.map { "<a href=\"#\($0)\">\(Markup.escape($1))</a>" }
        return "<nav aria-label=\"contents\"><div>\n" + items.joined(separator: "\n") + "\n</div></nav>"
    }

    private static func anchor(of section: Report.Section, _ index: Int) -> String {
        "section-\(index)-\(slug(section.title ?? "results"))"
    }

    /// Letters and digits of a text, with dashes between.
    static func slug(_ text: String) -> String {
        text.lowercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }.joined(separator: "-")
    }

    private static func resource(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    // MARK: - Blocks

    private func block(_ block: Report.Block) -> String {
        switch block {
        case .paragraph(let text): "<p>\(Self.inline(text))</p>"
        case .warning(let text): "<p class=\"warning\" role=\"note\">\(Self.inline(text))</p>"
        case .list(let items): "<ul>\n" + items.map { "<li>\(item($0))</li>" }.joined(separator: "\n") + "\n</ul>"
        case .table(let table): self.table(table.forPeople)
        case .figure(let figure):
            """
            <figure id="figure-\(figure.name)">
            \(figure.svg)<figcaption>\(Self.inline(figure.caption))</figcaption>
            </figure>
            """
        }
    }

    /// A text with what stands between backticks as code.
    static func inline(_ text: String) -> String {
        let parts = text.split(separator: "`", omittingEmptySubsequences: false).map { Markup.escape(String($0)) }
        // An odd number of backticks: the last is one.
        guard parts.count % 2 == 1 else { return Markup.escape(text) }
        return parts.enumerated().map { $0 % 2 == 1 ? "<code>\($1)</code>" : $1 }.joined()
    }

    private func item(_ item: Report.Item) -> String {
        Self.inline(item.text) + (link(item.trials, "trials").map { " " + $0 } ?? "")
    }

    /// A link from a number to its trials, whose IDs a pointer that rests on it is told.
    private func link(_ trials: [String], _ html: String) -> String? {
        guard let source = sourcesByTrials[trials] else { return nil }
        let ids = trials.prefix(12).map { String($0.prefix(10)) } + (trials.count > 12 ? ["…"] : [])
        let count = trials.count == 1 ? "trial" : "\(trials.count) trials"
        return "<a href=\"#\(source.anchor)\" title=\"\(count): \(ids.joined(separator: ", "))\">\(html)</a>"
    }

    // MARK: - Tables

    private func table(_ table: Table) -> String {
        let titles = table.columns.map { column in
            let hint = column.summary.isEmpty ? "" : " title=\"\(Markup.escape(column.summary))\""
            let classes = column.isNumeric ? " class=\"number\"" : ""
            return "<th scope=\"col\"\(classes) data-name=\"\(Markup.escape(column.name))\" aria-sort=\"none\">"
                + "<button type=\"button\"\(hint)>\(Markup.escape(column.title))</button></th>"
        }
        let rows = table.rows.indices.map { index in
            let anchors = table.anchors.isEmpty ? [] : table.anchors[index]
            let cells = table.rows[index].enumerated().map { column, entry in
                cell(entry, table.columns[column], column == 0 ? Array(anchors.dropFirst()) : [])
            }
            return "<tr" + (anchors.first.map { " id=\"\($0)\"" } ?? "") + ">" + cells.joined() + "</tr>"
        }
        return """
            <div class="scroll"><table class="sortable" id="table-\(Self.slug(table.name))">
            <thead><tr>\(titles.joined())</tr></thead>
            <tbody>
            \(rows.joined(separator: "\n"))
            </tbody></table></div>
            """
    }

    private func cell(_ entry: Table.Entry, _ column: Table.Heading, _ anchors: [String]) -> String {
        var shown = Markup.escape(entry.cell.text)
        if entry.isBest { shown = "<strong>\(shown)</strong>" }
        if case .identifier(let id) = entry.cell, let trial = trialsByID[id] {
            shown = "<a href=\"#\(HTMLTrials.anchor(of: trial))\">\(shown)</a>"
        } else if let linked = link(entry.trials, shown) {
            shown = linked
        }
        let places = anchors.map { "<span id=\"\($0)\"></span>" }.joined()
        guard column.isNumeric else { return "<td>\(places)\(shown)</td>" }
        return "<td class=\"number\"\(Self.sortValue(entry.cell))>\(places)\(shown)</td>"
    }

    /// What a number is sorted by; nothing where there is none.
    private static func sortValue(_ cell: Cell) -> String {
        switch cell.values.first {
        case .int(let value): " data-value=\"\(value)\""
        case .double(let value) where value.isFinite: " data-value=\"\(value)\""
        default: ""
        }
    }

    // MARK: - Sources

    private func sharedSources(_ shared: [Report.Source]) -> String {
        let items = shared.map { source in
            let cells = source.cells.map { "<a href=\"#\($0.anchor)\">\(Markup.escape($0.label))</a> \($0.seedText)" }
            return "<li id=\"\(source.anchor)\">\(cells.joined(separator: "; "))</li>"
        }
        return """
            <section id="sources"><h2>Numbers from several cells</h2>
            <p>What numbers that are from the trials of several cells lead to.</p>
            <ul>
            \(items.joined(separator: "\n"))
            </ul></section>
            """
    }
}
