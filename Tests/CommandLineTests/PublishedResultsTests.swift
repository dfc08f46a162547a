import Foundation
import Testing

/// What is published under `results/`: a bundle, and the report, figures and table that it renders. Where rendering changes,
/// `tools/publish` writes them again.
@Suite("Published results")
struct PublishedResultsTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../results/dfc-placement").standardized

    static let published = ["", "bccd", "neudet"].map { name in
        name.isEmpty ? folder : folder.appendingPathComponent(name)
    }.filter { FileManager.default.fileExists(atPath: $0.appendingPathComponent("report.md").path) }

    @Test("Both are there")
    func exist() {
        #expect(Self.published.count >= 2)
    }

    @Test("Report, figures and table are what their bundle says", arguments: published)
    func agree(_ published: URL) throws {
        let folder = try ProgramFolder()
        let bundle = published.appendingPathComponent("bundle.h5").path
        let report = try folder.run("report", bundle, "-o", "report.md", "--figures", "figures", "--strict")
        #expect(report.status == 0, "\(report.text)")
        let table = try folder.run("report", bundle, "--format", "csv", "-o", "trials.csv")
        #expect(table.status == 0, "\(table.text)")

        let figures = try FileManager.default.contentsOfDirectory(
            atPath: published.appendingPathComponent("figures").path
        ).sorted()
        #expect(figures.count >= 6)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.url.appendingPathComponent("figures").path)
                .sorted()
                == figures)
        for name in ["report.md", "trials.csv"] + figures.map({ "figures/\($0)" }) {
            let isEqual =
                try Data(contentsOf: published.appendingPathComponent(name))
                == Data(contentsOf: folder.url.appendingPathComponent(name))
            #expect(
                isEqual, "\(published.path)/\(name) is not what its bundle renders: `tools/publish` writes it again")
        }
    }

    @Test("Nothing in them names a machine's folders", arguments: published)
    func anonymous(_ published: URL) throws {
        for name in ["report.md", "trials.csv", "bundle.h5"] {
            let content = try Data(contentsOf: published.appendingPathComponent(name))
            for word in ["/home/", "/root/", "/tmp/", "/work"] {
                #expect(content.range(of: Data(word.utf8)) == nil, "\(published.path)/\(name) has \(word)")
            }
        }
    }
}
