import Datasets
import Foundation
import Reports
import Testing

/// Chromium without a window.
enum Browser {
    /// The program; `nil` where there is none.
    static let program: URL? = {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        for name in ["chromium", "chromium-browser", "google-chrome"] {
            for folder in folders {
                let url = URL(fileURLWithPath: "\(folder)/\(name)")
                if FileManager.default.isExecutableFile(atPath: url.path) { return url }
            }
        }
        return nil
    }()

    /// Opens a page and returns what is printed. The network is a proxy that does not exist.
    static func open(_ page: URL, _ arguments: [String], in folder: URL) throws -> String {
        let program: URL = try #require(program)
        let process = Process()
        process.executableURL = program
        process.arguments =
            [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
                "--user-data-dir=\(folder.appendingPathComponent("profile").path)", "--proxy-server=127.0.0.1:9",
                "--virtual-time-budget=4000",
            ] + arguments + [page.absoluteString]
        let output = folder.appendingPathComponent("out.txt")
        try Data().write(to: output)
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return try String(contentsOf: output, encoding: .utf8)
    }
}

@Suite(
    "A report in a browser", .serialized,
    .enabled(if: Browser.program != nil, "no chromium on PATH: `make test-browser` installs it"))
struct BrowserTests {
    /// Opens the sample page with a script at its end; the document that it leaves.
    private func document(after script: String, fragment: String = "") throws -> String {
        try inTemporaryFolder { folder in
            let page = folder.appendingPathComponent("report.html")
            let text = try SamplePage.text().replacing("</body>", with: "<script>\(script)</script></body>")
            try Data(text.utf8).write(to: page)
            let url = try #require(URL(string: page.absoluteString + fragment))
            return try Browser.open(url, ["--dump-dom"], in: folder)
        }
    }

    /// The texts of a column of the table of results, as the browser has them.
    private func column(_ name: String) -> String {
        """
        const table = document.querySelector('#table-results');
        const titles = Array.from(table.tHead.rows[0].cells);
        const column = titles.findIndex((title) => title.dataset.name === '\(name)');
        const read = () => Array.from(table.tBodies[0].rows).map((row) => row.cells[column].textContent).join('|');
        const press = () => titles[column].querySelector('button').click();
        const say = (name, text) => document.body.setAttribute(name, text);
        """
    }

    private func attribute(_ name: String, _ dom: String) throws -> String {
        let start = try #require(dom.range(of: "\(name)=\"")).upperBound
        let end = try #require(dom[start...].firstIndex(of: "\""))
        return String(dom[start..<end])
    }

    @Test("Clicks on a title sort a table down, up, and back; the others follow")
    func sorting() throws {
        let dom = try document(
            after: column("mAP50-95") + """
                say('data-before', read()); press(); say('data-down', read());
                say('data-state', titles[column].getAttribute('aria-sort'));
                press(); say('data-up', read()); press(); say('data-after', read());
                """)
        let report = try SamplePage.report()
        let table = try #require(report.tables.first { $0.name == "results" }).forPeople
        let index = try #require(table.columns.firstIndex { $0.name == "mAP50-95" })
        let values = table.rows.map { row -> (text: String, value: Double) in
            guard case .double(let value) = row[index].cell.values[0] else { return (row[index].cell.text, .nan) }
            return (row[index].cell.text, value)
        }
        let down = values.sorted { $0.value > $1.value }.map(\.text)
        #expect(try attribute("data-before", dom) == values.map(\.text).joined(separator: "|"))
        #expect(try attribute("data-down", dom) == down.joined(separator: "|"))
        #expect(try attribute("data-state", dom) == "descending")
        #expect(try attribute("data-up", dom) == down.reversed().joined(separator: "|"))
        #expect(try attribute("data-after", dom) == values.map(\.text).joined(separator: "|"))
        #expect(values.map(\.text) != down)
    }

    @Test("Text sorts as people count, and what is missing comes last both ways")
    func sortingText() throws {
        let dom = try document(
            after: column("difference") + """
                press(); say('data-down', read()); press(); say('data-up', read());
                """)
        let down = try attribute("data-down", dom).split(separator: "|")
        let up = try attribute("data-up", dom).split(separator: "|")
        #expect(down.suffix(2).allSatisfy { $0 == "baseline" } && up.suffix(2).allSatisfy { $0 == "baseline" })
        #expect(Array(down.dropLast(2)) == up.dropLast(2).reversed())
    }

    @Test("A link to a training unfolds it; words in the field hide rows")
    func unfoldingAndFilter() throws {
        let trial = try #require(try SamplePage.report().trials.last)
        let dom = try document(
            after: """
                const input = document.querySelector('#table-trials').parentElement.previousElementSibling.firstElementChild;
                input.value = 'BOTH s'; input.dispatchEvent(new Event('input'));
                const rows = Array.from(document.querySelectorAll('#table-trials tbody tr'));
                document.body.setAttribute('data-shown', rows.filter((row) => !row.hidden).length);
                document.body.setAttribute('data-all', rows.length);
                document.body.setAttribute('data-open', document.querySelectorAll('details[open]').length);
                const target = document.getElementById(location.hash.slice(1));
                document.body.setAttribute('data-inside', target.closest('details').open);
                """, fragment: "#training-\(trial.shortID)")
        #expect(try attribute("data-open", dom) == "1")
        #expect(try attribute("data-inside", dom) == "true")
        let shown = try #require(Int(try attribute("data-shown", dom)))
        let all = try #require(Int(try attribute("data-all", dom)))
        #expect(all == 60 && shown >= 6 && shown < all)
    }

    @Test("It looks like something: the figures' colours on light paper, and on dark after a click")
    func screenshot() throws {
        try inTemporaryFolder { folder in
            let page = folder.appendingPathComponent("report.html")
            let text = try SamplePage.text()
            for isDark in [false, true] {
                let script = isDark ? "<script>document.querySelector('nav button').click()</script>" : ""
                try Data(text.replacing("</body>", with: script + "</body>").utf8).write(to: page)
                let shot = folder.appendingPathComponent("shot.png")
                _ = try Browser.open(page, ["--screenshot=\(shot.path)", "--window-size=1280,6000"], in: folder)
                let image = try RGBImage(contentsOf: shot)
                #expect(image.width == 1280 && image.height == 6000)
                var counts: [SIMD3<UInt8>: Int] = [:]
                for row in 0..<image.height {
                    for column in 0..<image.width { counts[image[row: row, column: column], default: 0] += 1 }
                }
                #expect(counts.count > 200)
                func share(_ color: String) -> Int {
                    let value = UInt32(color.dropFirst(), radix: 16) ?? 0
                    return counts[
                        [UInt8(value >> 16 & 255), UInt8(value >> 8 & 255), UInt8(value & 255)], default: 0]
                }
                let paper = isDark ? Paint.paper.dark : Paint.paper.light
                #expect(share(paper) > image.width * image.height / 2, "paper \(paper), dark: \(isDark)")
                for hue in Paint.hues.prefix(5) {
                    let color = isDark ? hue.dark : hue.light
                    #expect(share(color) > 150, "\(color), dark: \(isDark): \(share(color)) pixels")
                }
            }
        }
    }
}
