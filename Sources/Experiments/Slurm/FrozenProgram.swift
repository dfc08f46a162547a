import Foundation
import Results

/// The copy of the program that a submission's tasks run, with what is known of its source: a build in the meantime
/// changes nothing.
enum FrozenProgram {
    /// What was known of the source of the program beside it, when it was copied.
    struct Source: Codable, Sendable {
        var commit: String
        var changed: String?
    }

    static let programName = "ablate"
    static let sourceName = "source.json"
    static let patchName = "source.patch"

    /// Copies this process's program into a folder.
    static func freeze(in folder: URL) throws {
        let provenance = Provenance.current()
        let source = Source(
            commit: provenance.details["commit"] ?? "unknown", changed: provenance.details["changed"])
        try AtomicFile.write(try JSONEncoder().encode(source), to: folder.appendingPathComponent(sourceName))
        if !provenance.patch.isEmpty {
            try AtomicFile.write(Data(provenance.patch.utf8), to: folder.appendingPathComponent(patchName))
        }
        let copy = folder.appendingPathComponent(programName)
        try AtomicFile.write(try Data(contentsOf: CodeVersion.program), to: copy)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: copy.path)
    }

    /// What a copied program's folder says of its source; nil beside any other program.
    static func source(besideProgram folder: URL) -> (source: Source, patch: String)? {
        guard let data = try? Data(contentsOf: folder.appendingPathComponent(sourceName)),
            let source = try? JSONDecoder().decode(Source.self, from: data)
        else { return nil }
        let patch = try? String(contentsOf: folder.appendingPathComponent(patchName), encoding: .utf8)
        return (source, patch ?? "")
    }
}
