import Foundation
import GRDB

extension ResultStore {
    /// Notes a trial's folder, before its first attempt.
    public func register(_ trial: TrialDirectory) throws(StoreError) {
        try write("note a trial") { try Self.insert(trial, into: $0) }
    }

    /// Notes how an attempt ended, from its `done.json`, in one transaction. Noting it again changes nothing.
    ///
    /// Throws where the attempt has no record, or a damaged one.
    public func record(_ attempt: AttemptDirectory) throws(StoreError) {
        guard let record = try attempt.done() else {
            throw StoreError(path: attempt.doneURL.path, attempt: "note how the attempt ended", cause: "no such file")
        }
        let epochs = try attempt.epochs(of: record)
        let environment = try attempt.environment()
        try write("note how an attempt ended") { database in
            try Self.insert(attempt.trial, into: database)
            try Self.insert(record, epochs, environment, into: database)
        }
    }

    /// Whether the database has noted how an attempt ended.
    public func knows(_ attempt: AttemptDirectory) throws(StoreError) -> Bool {
        let (id, number) = (attempt.trial.identity.id, attempt.number)
        return try read("look for an attempt") { database in
            try Bool.fetchOne(
                database, sql: "SELECT EXISTS (SELECT 1 FROM attempts WHERE trialID = ? AND number = ?)",
                arguments: [id, number]) ?? false
        }
    }

    /// Where each trial of a plan stands and what it measured, in the plan's order.
    public func records(of plan: StoredPlan) throws(StoreError) -> [TrialRecord] {
        var records: [TrialRecord] = []
        for trial in plan.trials { records.append(try record(of: trial, in: plan.sweep)) }
        return records
    }

    /// Where a trial stands and what it measured.
    ///
    /// The folder decides; the database spares reading it again and stands in where the folder was moved away.
    public func record(of trial: StoredTrial, in sweep: String) throws(StoreError) -> TrialRecord {
        let known = try knownAttempts(of: trial)
        guard let directory = try directory(of: trial.trialID, preferring: sweep) else {
            let shown = known.last { $0.record.status != .failed } ?? known.last
            return TrialRecord(
                trial: trial, directory: nil, state: shown.map { TrialState($0.record.status) } ?? .pending,
                attempts: known.count, record: shown?.record, environment: shown?.environment)
        }
        var shown: (record: DoneRecord, environment: TrialEnvironment?)?
        var latest: DoneRecord.Status?
        let attempts = try directory.attempts()
        for attempt in attempts.reversed() {
            var found = known.first { $0.record.attempt == attempt.number }
            if found == nil, let record = try attempt.done() { found = (record, try attempt.environment()) }
            guard let found else { continue }
            if attempt.number == attempts.last?.number { latest = found.record.status }
            if shown == nil || shown?.record.status == .failed { shown = found }
            if found.record.status != .failed { break }
        }
        let state: TrialState =
            if directory.isOwned { .running } else if let latest { TrialState(latest) }
            // A later attempt that did not come to its end takes nothing away from a result.
            else if let shown, shown.record.status != .failed { TrialState(shown.record.status) } else {
                attempts.isEmpty ? .pending : .interrupted
            }
        return TrialRecord(
            trial: trial, directory: directory, state: state, attempts: attempts.count, record: shown?.record,
            environment: shown?.environment)
    }

    /// The folder of a trial: in the sweep, or in another one that has trained it already; `nil` where there is none.
    public func directory(of trialID: String, preferring sweep: String) throws(StoreError) -> TrialDirectory? {
        let row = try read("look for a trial") { try TrialRow.fetchOne($0, key: trialID) }
        if let row {
            let url = sweepURL(row.sweep).appendingPathComponent(row.directory, isDirectory: true)
            if FileManager.default.fileExists(atPath: url.appendingPathComponent("trial.json").path) {
                let directory = try TrialDirectory(opening: url)
                if directory.identity.id == trialID { return directory }
            }
        }
        if let directory = try TrialDirectory.find(trialID, in: sweepURL(sweep)) { return directory }
        for name in try AtomicFile.names(in: root) where name != sweep {
            let url = sweepURL(name)
            guard AtomicFile.isFolder(url) else { continue }
            if let directory = try TrialDirectory.find(trialID, in: url) { return directory }
        }
        return nil
    }

    /// The epochs of a trial's attempt, from the database; empty where it does not know them.
    public func epochs(of trialID: String, attempt: Int) throws(StoreError) -> [EpochRow] {
        let root = root
        return try read("read epochs") { database in
            let rows = try EpochRecord.fetchAll(
                database, sql: "SELECT * FROM epochs WHERE trialID = ? AND attempt = ? ORDER BY epoch",
                arguments: [trialID, attempt]
            ).map(\.row)
            let checksum = try UInt32.fetchOne(
                database, sql: "SELECT epochsChecksum FROM attempts WHERE trialID = ? AND number = ?",
                arguments: [trialID, attempt])
            if let checksum, checksum != AttemptRow.checksum(rows) {
                throw Self.overwritten("an epoch of trial \(trialID.prefix(10))", root)
            }
            return rows
        }
    }

    private static func overwritten(_ what: String, _ root: URL) -> StoreError {
        StoreError(
            path: databaseURL(in: root).path, attempt: "use the database", cause: "\(what) does not fit its checksum",
            advice: StoreError.reindexAdvice)
    }

    // MARK: - Rows

    private func knownAttempts(
        of trial: StoredTrial
    ) throws(StoreError) -> [(record: DoneRecord, environment: TrialEnvironment?)] {
        let root = root
        return try read("read a trial") { database in
            let attempts = try AttemptRow.fetchAll(
                database, sql: "SELECT * FROM attempts WHERE trialID = ? ORDER BY number", arguments: [trial.trialID])
            return try attempts.map { attempt in
                let arguments: StatementArguments = [attempt.trialID, attempt.number]
                let metrics = try MetricRow.fetchAll(
                    database, sql: "SELECT * FROM metrics WHERE trialID = ? AND attempt = ?", arguments: arguments)
                let classMetrics = try ClassMetricRow.fetchAll(
                    database, sql: "SELECT * FROM class_metrics WHERE trialID = ? AND attempt = ?",
                    arguments: arguments)
                let record = attempt.record(
                    cellID: trial.cellID, seed: trial.seed, metrics: metrics, classMetrics: classMetrics)
                if let checksum = attempt.checksum,
                    try checksum != AttemptRow.checksum(record, attempt.environment)
                {
                    throw Self.overwritten("attempt \(attempt.number) of trial \(trial.trialID.prefix(10))", root)
                }
                return (record, attempt.environment)
            }
        }
    }

    static func insert(_ trial: TrialDirectory, into database: Database) throws {
        let row = TrialRow(trial)
        try SweepRow(name: row.sweep).insert(database, onConflict: .ignore)
        try row.upsert(database)
    }

    static func insert(
        _ record: DoneRecord, _ epochs: [EpochRow], _ environment: TrialEnvironment?, into database: Database
    ) throws {
        // The rows that refer to the attempt go with it.
        try database.execute(
            sql: "DELETE FROM attempts WHERE trialID = ? AND number = ?", arguments: [record.trialID, record.attempt])
        try AttemptRow(record, epochs, environment: environment).insert(database)
        for (name, value) in record.metrics {
            try MetricRow(
                trialID: record.trialID, attempt: record.attempt, name: name, value: value.isNaN ? nil : value
            ).insert(database)
        }
        for (className, metrics) in record.classMetrics {
            for (name, value) in metrics {
                try ClassMetricRow(
                    trialID: record.trialID, attempt: record.attempt, className: className, name: name,
                    value: value.isNaN ? nil : value
                ).insert(database)
            }
        }
        for row in epochs {
            try EpochRecord(trialID: record.trialID, attempt: record.attempt, row: row).insert(database)
        }
    }
}
