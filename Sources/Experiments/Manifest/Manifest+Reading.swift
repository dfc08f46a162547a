public import Foundation
public import Training

extension Manifest {
    /// Reads a manifest and the words of the command line beside it.
    ///
    /// What is wrong is collected in `problems` and reported by `Plan`, together with what only expansion shows.
    /// - Throws: `Diagnostics` when the file cannot be read or is no TOML at all.
    public init(contentsOf url: URL, path: String, words: [String] = []) throws(Diagnostics) {
        let text: String
        do {
            text = try String(contentsOf: url, encoding: .utf8)
        } catch {
            let reason = (error as NSError).localizedDescription
            throw Diagnostics(Diagnostic(SourcePlace(file: path), "the manifest cannot be read: \(reason)"))
        }
        try self.init(
            text: text, path: path, directory: url.deletingLastPathComponent().standardizedFileURL.path, words: words)
    }

    /// Reads a manifest from its text; `directory` is what its paths are relative to.
    /// - Throws: `Diagnostics` when the text is no TOML.
    public init(
        text: String, path: String, directory: String, words: [String] = [],
        workingDirectory: String = FileManager.default.currentDirectoryPath
    ) throws(Diagnostics) {
        let document = try TOMLDocument(text: text, file: path)
        var reader = ManifestReader(file: path, directory: directory)
        self = reader.manifest(document, text: text)
        apply(words: words, directory: workingDirectory, reader: &reader)
        problems = reader.problems
        damagedKeys = reader.damagedKeys
    }

    /// The name that a manifest's file gives its sweep; nil where there is no such file, or no name in it.
    public static func sweepName(in path: String) -> String? {
        guard let text = try? String(contentsOf: URL(fileURLWithPath: path), encoding: .utf8),
            let document = try? TOMLDocument(text: text, file: path),
            case .table(let entries) = document.root.value,
            case .string(let name)? = entries.first(where: { $0.key == "name" })?.node.value
        else { return nil }
        return name
    }

    /// A training without a manifest: a sweep of one cell, made of words alone.
    public init(words: [String], name: String, workingDirectory: String = FileManager.default.currentDirectoryPath) {
        var reader = ManifestReader(file: SourcePlace.commandLine.file, directory: workingDirectory)
        reader.allowsAutomaticOptimizer = true
        self.init(name: name, path: "", text: "", directory: workingDirectory)
        seedsPlace = .commandLine
        apply(words: words, directory: workingDirectory, reader: &reader)
        overridingWords = words
        problems = reader.problems
        damagedKeys = reader.damagedKeys
    }

    /// The one configuration of a training without a manifest, before it is planned.
    ///
    /// - Throws: `Diagnostics` with everything that is wrong with the words.
    public func configuration() throws(Diagnostics) -> TrainingConfiguration {
        if !problems.isEmpty { throw Diagnostics(problems) }
        var configuration = TrainingConfiguration()
        for setting in base {
            do throws(ConfigurationMismatch) {
                try setting.key.write(setting.value, to: &configuration)
            } catch {
                throw Diagnostics(Diagnostic(setting.place, "\(setting.name): expected \(error.expected)"))
            }
        }
        return configuration
    }
}
