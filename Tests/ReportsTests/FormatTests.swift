import Foundation
import Reports
import Results
import Testing

/// A report with failed, diverged and interrupted trainings, and one with effects and bold numbers.
private func sampleReports() throws -> [Report] {
    let sweep = SampleSweep()
    let incomplete = SweepSummary(
        plan: sweep.plan,
        records: sweep.records(fates: [
            ("v2 dfc=both s", 1, .failed), ("v2 dfc=output n", 2, .diverged), ("baseline s", 0, nil),
        ]))
    let factorial = FactorialSweep(
        axes: [("dfc", ["none", "both"]), ("tail", ["false", "true"]), ("scale", ["n", "s"])], seeds: 9
    ) { place, seed in
        0.3 + 0.05 * Double(place[0]) + 0.02 * Double(place[1]) + 0.001 * Double((seed * 7 + place[0] * 3) % 4)
    }
    let empty = SweepSummary(plan: SampleSweep(hasCompare: false).plan, records: [])
    return try [incomplete, SweepSummary(factorial.results), empty].map { try $0.report() }
}

@Suite("Numbers lead to their trials")
struct SourceTests {
    @Test("Every link of the Markdown has its definition, and every definition its anchor")
    func markdownLinks() throws {
        for report in try sampleReports() {
            let text = Renderer.markdown.render(report)
            let anchors = Set(text.matches(of: /<a id="([^"]+)"><\/a>/).map { String($0.1) })
            let definitions = Dictionary(
                uniqueKeysWithValues: text.matches(of: /(?m)^\[(\d+)\]: #(\S+)$/).map { (String($0.1), String($0.2)) })
            let used = Set(text.matches(of: /\]\[(\d+)\]/).map { String($0.1) })
            #expect(used == Set(definitions.keys))
            #expect(Set(definitions.values).isSubset(of: anchors))
            let inline = Set(text.matches(of: /\]\(#([^)]+)\)/).map { String($0.1) })
            #expect(inline.isSubset(of: anchors))
            #expect(anchors.count { $0.hasPrefix("trial-") } == report.trials.count)
        }
    }

    @Test("A number's trials are those that it is the mean of")
    func trialsOfNumbers() throws {
        let report = try sampleReports()[0]
        let results = try #require(report.tables.first { $0.name == "results" })
        let column = try #require(results.columns.firstIndex { $0.name == "mAP50-95" })
        let byID = Dictionary(report.trials.map { ($0.trialID, $0) }, uniquingKeysWith: { first, _ in first })
        for row in results.rows {
            guard case .mean(let mean, _, let count, _, _, _) = row[column].cell else {
                Issue.record("\(row[column].cell) is no mean")
                continue
            }
            let values = row[column].trials.compactMap { byID[$0]?.metrics["mAP50-95"] }
            #expect(values.count == count)
            #expect(abs(values.reduce(0, +) / Double(count) - mean) < 1e-12)
        }
        // Pairs name both sides.
        let comparison = try #require(report.tables.first { $0.name == "comparison" })
        let pairs = try #require(comparison.columns.firstIndex { $0.name == "pairs" })
        #expect(comparison.rows[0][pairs].trials.count == 10)
        #expect(comparison.rows[1][pairs].trials.count == 12)
    }
}

@Suite("JSON keeps to its published schema")
struct SchemaTests {
    private static let schemaURL = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("docs/report.schema.json")

    @Test func documents() throws {
        let schema = try JSONSchema(contentsOf: Self.schemaURL)
        for report in try sampleReports() {
            let text = Renderer.json.render(report)
            let violations = schema.violations(try JSONSerialization.jsonObject(with: Data(text.utf8)))
            #expect(violations.isEmpty, "\(violations.prefix(5))")
        }
    }

    @Test(
        "What is wrong is found",
        arguments: [
            "schema", "facts", "a trial's ID", "a verdict", "an unknown key", "a count",
        ])
    func wrongDocuments(kind: String) throws {
        let schema = try JSONSchema(contentsOf: Self.schemaURL)
        let text = Renderer.json.render(try sampleReports()[0])
        var json = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        var tables = try #require(json["tables"] as? [String: [[String: Any]]])
        switch kind {
        case "schema": json["schema"] = 1
        case "facts": json["facts"] = nil
        case "a trial's ID": tables["trials"]?[0]["trial"] = "abc"
        case "a verdict": tables["comparison"]?[0]["verdict"] = "best"
        case "a count": tables["comparison"]?[0]["pairs"] = 1.5
        default: json["extra"] = true
        }
        json["tables"] = tables
        #expect(!schema.violations(json).isEmpty)
    }
}

@Suite("LaTeX")
struct LaTeXTests {
    static let compiler: String? = ["/usr/bin/pdflatex", "/usr/local/bin/pdflatex", "/Library/TeX/texbin/pdflatex"]
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    @Test("Compiles with pdflatex", .enabled(if: compiler != nil, "pdflatex is not installed"))
    func compiles() throws {
        try inTemporaryFolder { folder in
            var reports = try sampleReports()
            reports[0].title = #"a_title with % & # $ {braces} \macro ~ ^ "quotes" <x> |y| and größe, Ω, 模型"#
            let tables = reports.map { Renderer.latex.render($0) }
            let document =
                "\\documentclass{article}\n\\usepackage{booktabs,graphicx}\n\\begin{document}\n"
                + tables.indices.map { "\\input{table\($0)}\n\\clearpage\n" }.joined() + "\\end{document}\n"
            for (index, text) in tables.enumerated() {
                try Data(text.utf8).write(to: folder.appendingPathComponent("table\(index).tex"))
            }
            try Data(document.utf8).write(to: folder.appendingPathComponent("paper.tex"))
            let process = Process()
            process.executableURL = URL(fileURLWithPath: try #require(Self.compiler))
            process.arguments = ["-interaction=nonstopmode", "-halt-on-error", "paper.tex"]
            process.currentDirectoryURL = folder
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
            let log = (try? String(contentsOf: folder.appendingPathComponent("paper.log"), encoding: .isoLatin1)) ?? ""
            #expect(process.terminationStatus == 0, "\(log.suffix(2_000))")
            #expect(FileManager.default.fileExists(atPath: folder.appendingPathComponent("paper.pdf").path))
            #expect(!log.contains("undefined") && !log.contains("Overfull \\hbox"), "\(log.suffix(2_000))")
        }
    }

    @Test("Words that mean something to TeX are escaped, signs become commands")
    func escaping() {
        let report = Report(
            title: "t",
            sections: [
                Report.Section(
                    nil,
                    [
                        .table(
                            Table(
                                name: "results", caption: "50 % of_all",
                                columns: [.init(name: "a", title: "A & B", isNumeric: false)],
                                entries: [
                                    [.init(.text("x_1\\y {z} #2 ±−†"))],
                                    [.init(.number(0.5, decimals: 2), isBest: true)],
                                ]))
                    ])
            ])
        let text = Renderer.latex.render(report)
        #expect(text.contains("\\caption{50 \\% of\\_all Bold:"))
        #expect(text.contains("A \\& B \\\\"))
        #expect(text.contains("x\\_1\\textbackslash{}y \\{z\\} \\#2 $\\pm$$-$\\dag{} \\\\"))
        #expect(text.contains("\\textbf{0.50} \\\\"))
    }
}

@Suite("CSV")
struct TidyTests {
    /// Fields of each line, quotes undone.
    private func records(_ text: String) -> [[String]] {
        var records: [[String]] = [[""]]
        var isQuoted = false
        for character in text.dropLast() {
            switch character {
            case "\"": isQuoted.toggle()
            case "," where !isQuoted: records[records.count - 1].append("")
            case "\n" where !isQuoted: records.append([""])
            default: records[records.count - 1][records[records.count - 1].count - 1].append(character)
            }
        }
        return records
    }

    @Test("One row a trial, one column a variable")
    func tidy() throws {
        let report = try sampleReports()[0]
        let lines = records(Renderer.csv.render(report))
        #expect(lines.count == 31)
        #expect(Set(lines.map(\.count)) == [lines[0].count])
        let header = lines[0]
        #expect(Set(header).count == header.count)
        #expect(header.prefix(8) == ["trial", "cell", "label", "backbone", "dfc", "scale", "seed", "outcome"])
        let column = try #require(header.firstIndex(of: "mAP50-95"))
        for (line, trial) in zip(lines.dropFirst(), report.trials) {
            #expect(line[0] == trial.trialID)
            #expect(Double(line[column]) == trial.metrics["mAP50-95"])
        }
    }
}

@Suite("Checklists")
struct ChecklistTests {
    @Test("Have their questions in order, and answers from the results only")
    func answers() throws {
        #expect(Checklist.neurips.items.map(\.number) == (1...16).map(String.init))
        #expect(Checklist.reforms.items.count == 32)
        let sweep = SampleSweep()
        let summary = SweepSummary(plan: sweep.plan, records: sweep.records())
        for checklist in Checklist.all {
            #expect(Checklist.named(checklist.name)?.title == checklist.title)
            #expect(Set(checklist.items.map(\.number)).count == checklist.items.count)
            let text = Renderer.markdown.render(checklist.report(on: summary))
            #expect(text.contains("the authors' to answer"))
            #expect(text.contains(SampleSweep.id("shapes")))
            #expect(text.contains("Some Processor (2 processors), 1 thread"))
        }
        // Nothing was trained: questions about results have no answer.
        let empty = SweepSummary(plan: SampleSweep(hasCompare: false).plan, records: [])
        let report = Checklist.neurips.report(on: empty)
        #expect(report.facts.first { $0.name == "answer.1" }?.value == .empty)
    }
}
