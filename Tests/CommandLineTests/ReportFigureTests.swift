import Foundation
import Testing

extension CommandLineTests {
    @Test("A report's figures: beside Markdown, inside a page, and the same from a bundle elsewhere")
    func figures() throws {
        try writeManifest()
        let trained = try run("run", "tiny.toml", "-j", "1")
        #expect(trained.status == 0, "\(trained.errors)")

        try FileManager.default.createDirectory(
            at: folder.appendingPathComponent("my papers"), withIntermediateDirectories: true)
        let markdown = try run("report", "-o", "my papers/report.md", "--figures", "all figures/tiny")
        #expect(markdown.status == 0 && markdown.output.isEmpty, "\(markdown.errors)")
        let names = try FileManager.default.contentsOfDirectory(
            atPath: folder.appendingPathComponent("all figures/tiny").path
        ).sorted()
        let expected = [
            "accuracy-gflops.svg", "accuracy-parameters.svg", "class-ap.svg", "detections.svg", "differences.svg",
            "learning-curves.svg", "precision-recall.svg", "training-loss.svg",
        ]
        #expect(names == expected)
        let text = try String(contentsOf: folder.appendingPathComponent("my papers/report.md"), encoding: .utf8)
        for name in expected { #expect(text.contains("](../all%20figures/tiny/\(name))"), "\(name)") }
        // Six of the eight validation images, each kept once.
        let sheet = try String(
            contentsOf: folder.appendingPathComponent("all figures/tiny/detections.svg"), encoding: .utf8)
        #expect(sheet.components(separatedBy: "data:image/png;base64,").count == 7)

        let page = try run("report", "-o", "report.html")
        #expect(page.status == 0, "\(page.errors)")
        let html = try String(contentsOf: folder.appendingPathComponent("report.html"), encoding: .utf8)
        for name in expected {
            let svg = try String(
                contentsOf: folder.appendingPathComponent("all figures/tiny/\(name)"), encoding: .utf8)
            #expect(html.contains(svg), "\(name)")
        }
        #expect(!html.contains(folder.path) && !text.contains(folder.path))

        // Without the results and the data that they were made of.
        #expect(try run("export", "--bundle", "tiny.h5").status == 0)
        try FileManager.default.removeItem(at: folder.appendingPathComponent("results"))
        #expect(try run("report", "tiny.h5", "-o", "again.html").status == 0)
        #expect(try String(contentsOf: folder.appendingPathComponent("again.html"), encoding: .utf8) == html)
    }
}
