import Digests

/// What a sweep sets out to show: the part of a plan that must not depend on what was seen.
public struct Hypotheses: Codable, Hashable, Sendable {
    /// One arm held against another.
    public struct Question: Codable, Hashable, Sendable {
        public var arm: [String: String]
        public var against: [String: String]

        /// `v2 dfc=both vs v1`.
        var text: String { "\(StoredContrast.describe(arm)) vs \(StoredContrast.describe(against))" }
    }

    public var primary: String
    public var baseline: [String: String]
    /// In alphabetical order, as are the questions: how a manifest is written makes no difference.
    public var within: [String]
    public var margin: Double?
    public var correction: String
    public var seeds: [Int]
    public var questions: [Question]

    /// Those of a plan; nil where it compares nothing.
    public init?(_ plan: StoredPlan) {
        guard let compare = plan.compare else { return nil }
        primary = compare.primary
        baseline = compare.baseline
        within = compare.within.sorted()
        margin = compare.margin
        correction = compare.correction
        seeds = plan.plannedSeeds.sorted()
        questions = compare.contrasts.map { Question(arm: $0.arm, against: $0.against) }.sorted { $0.text < $1.text }
    }

    /// SHA-256 of their JSON with sorted keys, in hexadecimal.
    public var hash: String {
        get throws(StoreError) { ContentDigest.hexadecimal(of: try StoreJSON.encode(self)) }
    }

    /// What differs in these from earlier ones, one phrase each: `margin 0.005 → 0.01`.
    public func changes(since earlier: Hypotheses) -> [String] {
        var changes: [String] = []
        func compare(_ name: String, _ old: String, _ new: String) {
            if old != new { changes.append("\(name) \(old) → \(new)") }
        }
        compare("primary metric", earlier.primary, primary)
        compare("baseline", StoredContrast.describe(earlier.baseline), StoredContrast.describe(baseline))
        compare("within", Self.list(earlier.within), Self.list(within))
        compare("margin", earlier.margin.map { "\($0)" } ?? "none", margin.map { "\($0)" } ?? "none")
        compare("correction", earlier.correction, correction)
        compare("seeds", Self.list(earlier.seeds.map(String.init)), Self.list(seeds.map(String.init)))
        let (old, new) = (earlier.questions.map(\.text), questions.map(\.text))
        changes += old.filter { !new.contains($0) }.map { "contrast \($0) left out" }
        changes += new.filter { !old.contains($0) }.map { "contrast \($0) added" }
        return changes
    }

    private static func list(_ words: [String]) -> String { words.isEmpty ? "none" : words.joined(separator: ", ") }
}
