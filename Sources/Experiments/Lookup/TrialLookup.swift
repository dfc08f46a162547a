public import Foundation
public import Results
import Training

/// Finds trials by what people type: the first digits of an ID, or the first letters of a folder's name.
public struct TrialLookup {
    /// Every trial's folder under the results, in order.
    public let trials: [TrialDirectory]
    private let results: URL

    /// Looks through all sweeps.
    /// - Throws: `StoreError` where a folder cannot be listed. A damaged `trial.json` hides its own trial only.
    public init(_ results: URL) throws(StoreError) {
        self.results = results
        trials = try ResultFolders(results).trialURLs().compactMap { url in try? TrialDirectory(opening: url) }
    }

    /// The one trial that a word means.
    /// - Throws: `LookupError` with what else it could mean, or the nearest right spelling.
    public func trial(_ word: String) throws(LookupError) -> TrialDirectory {
        let found = trials(matching: word)
        if let only = found.first, found.count == 1 { return only }
        guard found.isEmpty else { throw LookupError(word: word, found.map(Self.describe)) }
        let names = trials.map(\.url.lastPathComponent) + trials.map(\.identity.shortID)
        throw LookupError(word: word, in: results, nearest: Spelling.nearest(to: word, among: names))
    }

    /// All trials that a word could mean: a whole name means itself and nothing longer.
    public func trials(matching word: String) -> [TrialDirectory] {
        guard !word.isEmpty else { return [] }
        let exact = trials.filter { $0.url.lastPathComponent == word || $0.identity.id == word }
        if !exact.isEmpty { return exact }
        return trials.filter { $0.url.lastPathComponent.hasPrefix(word) || $0.identity.id.hasPrefix(word.lowercased()) }
    }

    private static func describe(_ trial: TrialDirectory) -> String {
        let sweep = trial.url.deletingLastPathComponent().lastPathComponent
        return "\(trial.identity.shortID)  \(sweep)/\(trial.url.lastPathComponent)"
    }
}

/// A word that means no trial, or several.
public struct LookupError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    init(word: String, _ candidates: [String]) {
        description = (["\"\(word)\" could mean:"] + candidates.map { "  \($0)" }).joined(separator: "\n")
    }

    init(word: String, in results: URL, nearest: String?) {
        let hint = nearest.map { "; did you mean \"\($0)\"?" } ?? ""
        description = "no trial under \(results.path) has an ID or a name that begins with \"\(word)\"\(hint)"
    }

    init(_ description: String) { self.description = description }
}
