import Foundation
public import Results
import Training

/// What can be told of the cells of a plan: what they train, where their trials stand, and how they came there.
public struct CellHistory {
    private let plan: StoredPlan
    private let records: [TrialRecord]
    private let stale: [String: [Staleness]]

    public init(plan: StoredPlan, records: [TrialRecord], codeVersion: String, data: any DataInspector) {
        self.plan = plan
        self.records = records
        stale = Staleness.find(plan, records, codeVersion: codeVersion, data: data)
    }

    /// The story of the cells that words mean: a name, values of axes, or the beginning of an ID.
    /// - Throws: `LookupError`; `StoreError` where a trial's file is damaged.
    public func explain(_ words: [String]) throws -> String {
        let chosen = try find(words)
        var lines: [String] = []
        for cell in plan.cells {
            let own = chosen.filter { $0.trial.cellID == cell.cellID }
            guard !own.isEmpty else { continue }
            lines += describe(cell)
            for record in own { lines += try describe(record) }
        }
        return lines.map { $0 + "\n" }.joined()
    }

    // MARK: Finding

    private func find(_ words: [String]) throws(LookupError) -> [TrialRecord] {
        let name = words.joined(separator: " ")
        let labelled = plan.cells.filter { $0.label == name }
        if !labelled.isEmpty { return records(of: labelled) }
        let byID = records.filter { record in
            words.count == 1 && (record.trial.trialID.hasPrefix(name) || record.trial.cellID.hasPrefix(name))
        }
        if name.count >= 4, !byID.isEmpty { return byID }
        if words.allSatisfy({ $0.contains("=") }) { return try find(values: words) }
        let beginning = plan.cells.filter { $0.label.hasPrefix(name) }
        if !beginning.isEmpty { return records(of: beginning) }
        let nearest = Spelling.nearest(to: name, among: plan.cells.map(\.label))
        throw LookupError(
            "no cell of \"\(plan.sweep)\" is called \"\(name)\""
                + (nearest.map { "; did you mean \"\($0)\"?" }
                    ?? "; its cells: \(plan.cells.map(\.label).joined(separator: ", "))"))
    }

    /// Trials whose cells have all of the values.
    private func find(values words: [String]) throws(LookupError) -> [TrialRecord] {
        var chosen = records
        let cells = Dictionary(plan.cells.map { ($0.cellID, $0) }, uniquingKeysWith: { first, _ in first })
        for word in words {
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { throw LookupError("\"\(word)\": expected key=value") }
            let (key, value) = (parts[0], parts[1])
            let axes = plan.axes + ["seed"]
            guard axes.contains(key) else {
                let hint = Spelling.nearest(to: key, among: axes).map { "; did you mean \"\($0)\"?" }
                throw LookupError(
                    "\"\(key)\" is no axis of \"\(plan.sweep)\""
                        + (hint ?? "; its axes: \(axes.joined(separator: ", "))"))
            }
            func has(_ record: TrialRecord) -> String? {
                key == "seed" ? String(record.trial.seed) : cells[record.trial.cellID]?.axisValues[key]
            }
            let values = Set(records.compactMap(has)).sorted()
            guard values.contains(value) else {
                let hint = Spelling.nearest(to: value, among: values).map { "; did you mean \"\($0)\"?" }
                throw LookupError(
                    "\(key) has no value \"\(value)\"" + (hint ?? "; its values: \(values.joined(separator: ", "))"))
            }
            chosen = chosen.filter { has($0) == value }
        }
        guard !chosen.isEmpty else {
            throw LookupError(
                "no cell of \"\(plan.sweep)\" has \(words.joined(separator: " ")); "
                    + "\(plan.excludedCount) cells are excluded")
        }
        return chosen
    }

    private func records(of cells: [StoredCell]) -> [TrialRecord] {
        let ids = Set(cells.map(\.cellID))
        return records.filter { ids.contains($0.trial.cellID) }
    }

    // MARK: Telling

    private func describe(_ cell: StoredCell) -> [String] {
        func list(_ values: [String: String]) -> String {
            let words = values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            return words.isEmpty ? "–" : words.joined(separator: " ")
        }
        let origin = plan.manifestPath.isEmpty ? "the command line" : plan.manifestPath
        return [
            "\(cell.label)  (cell \(cell.cellID.prefix(10)))",
            "  arm: \(list(cell.arm)); within: \(list(cell.within))",
            "  \(cell.parameters) parameters, \(cell.gflops.text(digits: 3)) GFLOPs",
            "  asked for by \(origin), \(plan.createdAt.formatted(.iso8601))",
        ]
    }

    private func describe(_ record: TrialRecord) throws -> [String] {
        var lines = ["  seed \(record.trial.seed)  \(record.trial.trialID.prefix(10))  \(try state(record))"]
        for reason in stale[record.trial.trialID] ?? [] { lines.append("    stale: \(reason)") }
        guard let directory = record.directory else { return lines }
        lines.append("    \(directory.url.path)")
        let journal = try directory.journal.read()
        for entry in journal.records where entry.event != .epoch {
            let message = entry.message.isEmpty ? "" : ": \(entry.message)"
            lines.append(
                "    \(entry.time.formatted(.iso8601))  attempt \(entry.attempt) \(entry.event.rawValue)"
                    + " after \(entry.epochs) epochs\(message)")
        }
        if !journal.damagedLines.isEmpty {
            let numbers = journal.damagedLines.map(String.init).joined(separator: ", ")
            lines.append("    damaged lines of the journal: \(numbers)")
        }
        return lines
    }

    /// Where the trial stands, and what the next run does with it.
    private func state(_ record: TrialRecord) throws(StoreError) -> String {
        let epochs = try record.currentEpochs().count
        switch record.state {
        case .pending: return "never begun: the next run trains it"
        case .running:
            let owner = record.directory.flatMap { OwnerLock.owner($0.lockURL) } ?? "a process"
            return "running: \(owner), \(epochs) epochs so far"
        case .interrupted: return "interrupted after \(epochs) epochs: the next run goes on with it"
        case .failed: return "failed: \(record.record?.message ?? ""); left alone without --retry failed"
        case .diverged: return "diverged: \(record.record?.message ?? ""); a result, never trained again"
        case .done:
            let metric = record.record?.metrics["mAP50-95"].map { ", mAP50-95 \($0.text(digits: 4))" } ?? ""
            return "done in attempt \(record.record?.attempt ?? 0)\(metric)"
        }
    }
}
