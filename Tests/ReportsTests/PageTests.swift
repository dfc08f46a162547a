import Foundation
import Reports
import Results
import Testing

/// A report with everything in it, as a page.
enum SamplePage {
    static func report(_ sweep: MeasuredSweep = MeasuredSweep(epochs: 6)) throws -> Report {
        let summary = SweepSummary(sweep.results)
        return try summary.report(ReportOptions(), figures: summary.figures)
    }

    static func text(_ sweep: MeasuredSweep = MeasuredSweep(epochs: 6)) throws -> String {
        Renderer.html.render(try report(sweep))
    }
}

@Suite("A report as a page")
struct PageTests {
    @Test("Well-formed, each ID once, every link leads somewhere, nothing from outside")
    func structure() throws {
        for (name, sweep) in FigureTests.sweeps {
            let page = try SamplePage.text(sweep)
            #expect(page == (try SamplePage.text(sweep)))
            let check = MarkupCheck(page)
            #expect(check.error == nil, "\(name): \(check.error ?? "")")
            #expect(check.repeatedIDs == [], "\(name)")
            #expect(check.danglingReferences == [], "\(name)")
            #expect(check.externalReferences == [], "\(name)")
            // The name of SVG's elements is no address.
            #expect(!page.replacing("http://www.w3.org/2000/svg", with: "").contains("://"), "\(name)")
            let policy = check.all("meta").first { $0.attributes["http-equiv"] == "Content-Security-Policy" }
            #expect(policy?.attributes["content"]?.hasPrefix("default-src 'none'") == true)
        }
        let empty = Renderer.html.render(try SweepSummary(plan: MeasuredSweep().plan, records: []).report())
        let check = MarkupCheck(empty)
        #expect(check.error == nil && check.repeatedIDs == [] && check.danglingReferences == [])
    }

    @Test("Every number from trials leads to them, and every trial to its ID, its metrics and its curves")
    func links() throws {
        let report = try SamplePage.report()
        let check = MarkupCheck(Renderer.html.render(report))
        let ids = Set(check.ids)
        for trial in report.trials {
            #expect(ids.contains(trial.anchor) && ids.contains("training-\(trial.shortID)"))
            #expect(check.all("code").contains { $0.text == trial.trialID })
        }
        let linked = report.tables.flatMap { $0.forPeople.rows.joined() }.filter { entry in
            if case .identifier = entry.cell { true } else { !entry.trials.isEmpty }
        }
        let links = check.all("a").filter { $0.attributes["href"] != nil }
        #expect(links.count >= linked.count && linked.count > 100)
        // A number of one cell leads to the cell's row, and its hint names the trials.
        let cell = try #require(report.trials.first { $0.label == "v1 n" })
        let hint = try #require(
            links.first { $0.attributes["href"] == "#\(cell.cellAnchor)" && $0.attributes["title"] != nil })
        #expect(hint.attributes["title"]?.hasPrefix("6 trials: \(cell.shortID), ") == true)
        // Two curves a training.
        #expect(check.all("svg").count == report.figures.count + 2 * report.trials.count)
    }

    @Test("Tables have their cells, with what a number is sorted by")
    func tables() throws {
        let report = try SamplePage.report()
        let page = Renderer.html.render(report)
        let check = MarkupCheck(page)
        let sortable = check.all("table").filter { $0.attributes["class"] == "sortable" }
        #expect(sortable.count == report.tables.count)
        #expect(sortable.contains { $0.attributes["id"] == "table-results" })
        let cells = report.tables.map(\.forPeople).flatMap { $0.rows.joined() }.count
        #expect(check.all("td").count >= cells)
        let values = check.all("td").compactMap { $0.attributes["data-value"] }
        #expect(values.count > 100 && values.allSatisfy { Double($0) != nil })
        // Digits that are not shown: sorting does not go by rounded numbers.
        #expect(values.contains { $0.count > 8 })
        #expect(page.contains("epoch 9, step 4: box loss is nan") == false)
    }

    @Test("What users write is text, never a tag")
    func escaping() throws {
        let sweep = MeasuredSweep(epochs: 6, diverged: [("v1 n", 0)])
        var results = sweep.results
        results.plan.sweep = "</title><script>alert(1)</script> & \"so\" on"
        results.plan.notes = ["a `code & <b>` and a lone ` backtick", "one `a` two"]
        let summary = SweepSummary(results)
        let check = MarkupCheck(Renderer.html.render(try summary.report(ReportOptions(), figures: summary.figures)))
        #expect(check.error == nil)
        #expect(check.all("script").count == 1)
        #expect(check.all("h1").first?.text == results.plan.sweep)
        #expect(check.all("p").contains { $0.text == "epoch 9, step 4: box loss is nan & <worse>" })
        #expect(check.all("code").contains { $0.text == "a" })
    }
}
