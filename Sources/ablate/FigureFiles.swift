import Foundation
import Reports
import Results

/// Figures as files in a folder, as a document beside them names them.
struct FigureFiles {
    /// `nil` where no files are wanted.
    let folder: String?
    /// Where the document will lie; `nil` for one that is printed, as if it lay in the current folder.
    let document: String?

    /// Writes every figure as `NAME.svg`; returns them with the paths by which the document links to them.
    func written(_ figures: [Figure]) throws -> [Figure] {
        guard let folder else { return figures }
        let target = URL(fileURLWithPath: folder, isDirectory: true)
        try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
        return try figures.map { figure in
            var figure = figure
            let name = "\(figure.name).svg"
            try AtomicFile.write(Data(figure.svg.utf8), to: target.appendingPathComponent(name))
            figure.path = (Self.way(from: base, to: target) + [name]).map(Self.escaped).joined(separator: "/")
            return figure
        }
    }

    private var base: URL {
        URL(fileURLWithPath: document ?? "report").deletingLastPathComponent()
    }

    /// Names of the folders to go through, `..` for the one above.
    private static func way(from base: URL, to target: URL) -> [String] {
        let here = base.standardizedFileURL.pathComponents
        let there = target.standardizedFileURL.pathComponents
        let shared = zip(here, there).prefix { $0 == $1 }.count
        return Array(repeating: "..", count: here.count - shared) + there.dropFirst(shared)
    }

    /// A name as links write it: spaces and brackets would end one.
    private static func escaped(_ name: String) -> String {
        name.addingPercentEncoding(
            withAllowedCharacters: .alphanumerics.union(CharacterSet(charactersIn: "-._~"))) ?? name
    }
}
