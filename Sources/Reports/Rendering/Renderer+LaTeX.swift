extension Renderer {
    /// Tables for a paper, to be read with `\input`: booktabs, one float a table, shrunk where it is wider than the text. The trials behind each number are in
    /// the JSON file beside it.
    public static let latex = Renderer(
        name: "latex", summary: "LaTeX tables (booktabs) for \\input; trials of each number in a JSON file beside it.",
        fileExtension: "tex", needsSourcesFile: true
    ) { report in
        let used = report.tables.filter { $0.name != "trials" && !$0.rows.isEmpty }
        let head = """
            % \(LaTeX.comment(report.title)): made by `ablate report`. In the preamble: \\usepackage{booktabs,graphicx}

            """
        return head + used.map { LaTeX.table($0.forPeople.withoutProse, in: report.title) }.joined()
    }
}

/// Words and tables as LaTeX.
private enum LaTeX {
    static func table(_ table: Table, in title: String) -> String {
        let alignment = table.columns.map { $0.isNumeric ? "r" : "l" }.joined()
        let titles = table.columns.map { text($0.title) }.joined(separator: " & ")
        let rows = table.rows.map { row in
            let line = row.map { entry in
                let shown = text(entry.cell.text)
                return entry.isBest ? "\\textbf{\(shown)}" : shown
            }.joined(separator: " & ")
            // A bracket or a star after the end of a row would belong to it.
            return (line.hasPrefix("[") || line.hasPrefix("*") ? "{}" : "") + line + " \\\\"
        }
        let marks = Cell.Mark.allCases.filter { mark in table.rows.joined().contains { $0.cell.marks.contains(mark) } }
        let hasBest = table.rows.joined().contains(where: \.isBest)
        let notes =
            marks.map { "\($0.rawValue) \($0.explanation)." }
            + (hasBest ? ["Bold: better than every other row of its kind, and no tie by the test of differences."] : [])
        let caption = ([table.caption.isEmpty ? "\(title): \(table.name)." : table.caption] + notes)
            .joined(separator: " ")
        return """

            \\begin{table*}
            \\centering
            \\footnotesize
            \\setlength{\\tabcolsep}{4pt}
            \\caption{\(text(caption))}
            \\label{tab:\(label(title))-\(label(table.name))}
            \\smallskip
            \\resizebox{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}{!}{%
            \\begin{tabular}{\(alignment)}
            \\toprule
            \(titles) \\\\
            \\midrule
            \(rows.joined(separator: "\n"))
            \\bottomrule
            \\end{tabular}}
            \\end{table*}

            """
    }

    /// Letters, digits and hyphens.
    private static func label(_ text: String) -> String {
        String(text.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" })
    }

    /// On one line, whatever it holds.
    static func comment(_ text: String) -> String { text.split(whereSeparator: \.isNewline).joined(separator: " ") }

    /// Plain text for any engine: what TeX gives a meaning is escaped, and signs beyond Latin letters become commands.
    static func text(_ plain: String) -> String {
        var result = ""
        for scalar in plain.unicodeScalars {
            if let command = commands[scalar] {
                result += command
            } else if scalar.value < 0x20 {
                result += " "
            } else if scalar.value < 0x7F || latinLetters.contains(scalar) {
                result.unicodeScalars.append(scalar)
            } else {
                result += "[U+\(String(scalar.value, radix: 16, uppercase: true))]"
            }
        }
        return result
    }

    /// Letters that TeX's first font encoding has: Latin-1 without eth and thorn.
    private static let latinLetters = Set(
        (UInt8(0xC0)...0xFF).map { Unicode.Scalar($0) }.filter { !"ÐðÞþ×÷".unicodeScalars.contains($0) })

    private static let commands: [Unicode.Scalar: String] = [
        "\\": "\\textbackslash{}", "{": "\\{", "}": "\\}", "$": "\\$", "&": "\\&", "#": "\\#", "%": "\\%",
        "_": "\\_", "~": "\\textasciitilde{}", "^": "\\textasciicircum{}", "<": "$<$", ">": "$>$", "|": "$|$",
        "\"": "''", "`": "\\textasciigrave{}",
        "±": "$\\pm$", "−": "$-$", "×": "$\\times$", "Δ": "$\\Delta$", "↑": "$\\uparrow$", "↓": "$\\downarrow$",
        "→": "$\\rightarrow$", "≤": "$\\le$", "≥": "$\\ge$", "∞": "$\\infty$", "†": "\\dag{}", "‡": "\\ddag{}",
        "§": "\\S{}", "–": "--", "—": "---", "…": "\\dots{}", "²": "$^2$", "³": "$^3$", "⁹": "$^9$", "⁶": "$^6$",
        "µ": "$\\mu$", "α": "$\\alpha$", "·": "$\\cdot$", "°": "$^\\circ$", "’": "'", "‘": "`", "“": "``", "”": "''",
        "\u{A0}": "~",
    ]
}
