public import Foundation
public import Results

/// Where every trial of a plan stands, right now.
public struct StatusSummary: Sendable {
    public let sweep: String
    /// In the order of training.
    public let rows: [TrialStatus]

    /// - `now`: a running trial's time goes on from its last epoch until now.
    public init(plan: StoredPlan, records: [TrialRecord], now: Date = Date()) throws(StoreError) {
        sweep = plan.sweep
        let cells = Dictionary(plan.cells.map { ($0.cellID, $0) }, uniquingKeysWith: { first, _ in first })
        var rows: [TrialStatus] = []
        for record in records {
            rows.append(try TrialStatus(record, cell: cells[record.trial.cellID], now: now))
        }
        self.rows = rows
    }

    /// How many trials are in each state; states without trials are absent.
    public var counts: [TrialState: Int] {
        rows.reduce(into: [:]) { $0[$1.record.state, default: 0] += 1 }
    }

    /// `48 trials: 40 done, 1 failed, 2 running, 5 pending`.
    public var sentence: String {
        let order: [TrialState] = [.done, .diverged, .failed, .interrupted, .running, .pending]
        let parts = order.compactMap { state in counts[state].map { "\($0) \(state.rawValue)" } }
        return "\(rows.count) trials: \(parts.joined(separator: ", "))"
    }

    /// The table, with its cells typed.
    public var table: Table { Column.table("trials", Column<TrialStatus>.all, rows) }

    /// The state of everything as JSON.
    public var json: String {
        let table = table
        let states = TrialState.allCases.map { ($0.rawValue, JSONValue.scalar(.int(counts[$0] ?? 0))) }
        return Renderer.text(
            .object([
                "sweep": .scalar(.string(sweep)),
                "counts": .object(Dictionary(uniqueKeysWithValues: states)),
                "trials": .array(table.rows.map { Renderer.row(table, $0) }),
            ]))
    }

    /// The table and the counts as plain lines.
    public var text: String { table.plainText + sentence + "\n" }
}

/// One trial: where it stands and how far it came.
public struct TrialStatus: Sendable {
    public let record: TrialRecord
    public let label: String
    /// The last epoch that was completed, counted from 1; 0 before that.
    public let epoch: Int
    /// `nil` where the configuration does not say.
    public let epochs: Int?
    /// mAP50-95 of the last epoch that was validated; `nil` before that.
    public let lastMAP: Double?
    /// Seconds of training so far.
    public let seconds: Double?

    init(_ record: TrialRecord, cell: StoredCell?, now: Date) throws(StoreError) {
        self.record = record
        label = cell?.label ?? "?"
        epochs = cell?.configuration["epochs"].flatMap { Int($0) }
        let done = record.record
        if record.state.isFinished, let done {
            epoch = done.epochs
            lastMAP = done.metrics["mAP50-95"]
            seconds = done.seconds
            return
        }
        let rows = try record.currentEpochs()
        epoch = rows.last?.epoch ?? 0
        lastMAP = rows.last { $0.mAP5095.isFinite }?.mAP5095
        var seconds = rows.last?.time
        if record.state == .running, let file = try record.directory?.attempts().last?.epochsURL,
            let written = (try? file.resourceValues(forKeys: [.contentModificationDateKey]))?.contentModificationDate
        {
            seconds = (seconds ?? 0) + max(0, now.timeIntervalSince(written))
        }
        self.seconds = seconds
    }
}

extension Column where Row == TrialStatus {
    /// The columns of the table of trials, in its order.
    public static var all: [Column] {
        [
            Column("trial", title: "trial", summary: "First digits of the ID.", isNumeric: false) {
                .text(String($0.record.trial.trialID.prefix(10)))
            },
            Column("cell", title: "cell", summary: "The cell's name.", isNumeric: false) { .text($0.label) },
            Column("seed", title: "seed", summary: "") { .count($0.record.trial.seed) },
            Column("state", title: "state", summary: "Where it stands.", isNumeric: false) {
                .text($0.record.state.rawValue)
            },
            Column("attempt", title: "attempt", summary: "How often it was begun.") {
                $0.record.attempts == 0 ? .empty : .count($0.record.attempts)
            },
            Column("epoch", title: "epoch", summary: "The last epoch that was completed.") { row in
                row.record.state == .pending ? .empty : .count(row.epoch)
            },
            Column("epochs", title: "of", summary: "Planned epochs.") { $0.epochs.map { .count($0) } ?? .empty },
            Column("mAP50-95", title: "mAP50-95", summary: "Of the last validated epoch.") {
                $0.lastMAP.map { .number($0, decimals: 3) } ?? .empty
            },
            Column("seconds", title: "elapsed", summary: "Training so far.") {
                $0.seconds.map { .duration($0) } ?? .empty
            },
            Column("message", title: "", summary: "Why it failed or diverged.", isNumeric: false) {
                .text(($0.record.record?.message).map { String($0.prefix(60)) } ?? "")
            },
        ]
    }
}
