import Foundation
public import Results
import Training

/// What two trials have in common and what not: configuration, data, code, machine, curves, weights.
public struct TrialComparison: Sendable {
    /// One thing that differs.
    public struct Row: Hashable, Sendable {
        public var section: Section
        public var name: String
        public var first: String
        public var second: String
    }

    public enum Section: String, Hashable, Sendable, CaseIterable {
        case configuration
        case data
        case environment
        case result
        case curves
        case weights
    }

    /// In the order of sections.
    public private(set) var rows: [Row] = []

    /// - Throws: `StoreError` where a file of one of them is damaged.
    public init(_ first: TrialDirectory, _ second: TrialDirectory) throws {
        addAll(.configuration, first.description.configuration, second.description.configuration) {
            $0 ?? "the default"
        }
        add(.configuration, "seed", first.identity.seed, second.identity.seed)
        add(.data, "digest", first.description.datasetDigest.prefix(10), second.description.datasetDigest.prefix(10))
        let attempts = (try Self.shown(first), try Self.shown(second))
        guard let a = attempts.0, let b = attempts.1 else {
            add(.result, "attempts", attempts.0 == nil ? "none" : "some", attempts.1 == nil ? "none" : "some")
            return
        }
        try compareEnvironments(a, b)
        try compareResults(a, b)
    }

    /// The attempt that finished, or the last one.
    private static func shown(_ trial: TrialDirectory) throws(StoreError) -> AttemptDirectory? {
        if let finished = try trial.finished() { return finished.attempt }
        return try trial.attempts().last
    }

    /// Details that differ between any two trainings.
    private static let ownDetails: Set<String> = ["began", "command", "worker command"]

    private mutating func compareEnvironments(_ a: AttemptDirectory, _ b: AttemptDirectory) throws {
        guard let first = try a.environment(), let second = try b.environment() else { return }
        add(.environment, "host", first.host, second.host)
        add(.environment, "processor", first.processor, second.processor)
        add(.environment, "system", first.system, second.system)
        add(.environment, "threads", first.threads, second.threads)
        addAll(
            .environment, first.details.filter { !Self.ownDetails.contains($0.key) },
            second.details.filter { !Self.ownDetails.contains($0.key) }
        ) { value in value.map { $0.count > 40 ? $0.prefix(37) + "…" : $0 } ?? "unknown" }
    }

    private mutating func compareResults(_ a: AttemptDirectory, _ b: AttemptDirectory) throws {
        let (first, second) = (try a.done(), try b.done())
        add(.result, "state", first?.status.rawValue ?? "unfinished", second?.status.rawValue ?? "unfinished")
        if let first, let second {
            for name in Set(first.metrics.keys).union(second.metrics.keys).sorted() {
                let texts = [first, second].map { $0.metrics[name].map { $0.text(digits: 5) } ?? "none" }
                add(.result, name, texts[0], texts[1])
            }
            add(.result, "best epoch", first.bestEpoch, second.bestEpoch)
            for name in Set(first.weightHashes.keys).union(second.weightHashes.keys).sorted() {
                let hashes = [first, second].map { $0.weightHashes[name].map { String($0.prefix(10)) } ?? "none" }
                add(.weights, name, hashes[0], hashes[1])
            }
        }
        let (x, y) = (try a.epochs(), try b.epochs())
        add(.curves, "epochs", x.count, y.count)
        if let difference = Verification.firstDifference(Array(x.prefix(y.count)), Array(y.prefix(x.count))) {
            let parts = difference.components(separatedBy: ": ")
            let values = parts.last?.components(separatedBy: " and now ") ?? []
            rows.append(
                Row(
                    section: .curves, name: "first at \(parts[0])", first: values.first ?? "",
                    second: values.last ?? ""))
        }
    }

    private mutating func addAll(
        _ section: Section, _ first: [String: String], _ second: [String: String], _ text: (String?) -> String
    ) {
        for key in Set(first.keys).union(second.keys).sorted() where first[key] != second[key] {
            rows.append(Row(section: section, name: key, first: text(first[key]), second: text(second[key])))
        }
    }

    private mutating func add<Value: Equatable>(_ section: Section, _ name: String, _ first: Value, _ second: Value) {
        if first != second {
            rows.append(Row(section: section, name: name, first: "\(first)", second: "\(second)"))
        }
    }
}
