import Digests
import Foundation
import GRDB

// One type a table of `Schema`; dictionaries and environments are columns of JSON.

struct SweepRow: Codable, FetchableRecord, PersistableRecord {
    static let databaseTableName = "sweeps"
    var name: String
}

struct PlanRow: Codable, FetchableRecord, PersistableRecord {
    static let databaseTableName = "plans"
    var id: Int64?
    var sweep: String
    var file: String
    var createdAt: Date
    var json: Data
    /// CRC-32 of `json`; `nil` in rows of schema 1.
    var checksum: UInt32?
}

struct TrialRow: Codable, FetchableRecord, PersistableRecord {
    static let databaseTableName = "trials"
    var id: String
    var cellID: String
    var seed: Int
    var readableName: String
    var sweep: String
    /// Name of the folder under the sweep's.
    var directory: String
    var configuration: [String: String]
    var datasetDigest: String

    init(_ trial: TrialDirectory) {
        id = trial.identity.id
        cellID = trial.identity.cellID
        seed = trial.identity.seed
        readableName = trial.identity.readableName
        sweep = trial.url.deletingLastPathComponent().lastPathComponent
        directory = trial.url.lastPathComponent
        configuration = trial.description.configuration
        datasetDigest = trial.description.datasetDigest
    }
}

struct AttemptRow: Codable, FetchableRecord, PersistableRecord {
    static let databaseTableName = "attempts"
    var trialID: String
    var number: Int
    var status: DoneRecord.Status
    var checkpoint: String
    var epochs: Int
    var bestEpoch: Int
    var weightHashes: [String: String]
    var metricsHash: String
    var epochsHash: String?
    var seconds: Double
    /// `nil` in rows of schema 1.
    var cpuSeconds: Double?
    var peakMemoryBytes: Int
    var codeVersion: String
    var message: String
    var start: StartingWeights?
    var diagnosis: String?
    var finishedAt: Date
    var environment: TrialEnvironment?
    /// SQLite has no checksums of its own: these find numbers that were overwritten. `nil` in rows of schema 1.
    var checksum: UInt32?
    var epochsChecksum: UInt32?

    init(_ record: DoneRecord, _ rows: [EpochRow], environment: TrialEnvironment?) throws {
        trialID = record.trialID
        number = record.attempt
        status = record.status
        checkpoint = record.checkpoint
        epochs = record.epochs
        bestEpoch = record.bestEpoch
        weightHashes = record.weightHashes
        metricsHash = record.metricsHash
        epochsHash = record.epochsHash
        seconds = record.seconds
        cpuSeconds = record.cpuSeconds
        peakMemoryBytes = record.peakMemoryBytes
        codeVersion = record.codeVersion
        message = record.message
        start = record.start
        diagnosis = record.diagnosis
        finishedAt = record.finishedAt
        self.environment = environment
        checksum = try Self.checksum(record, environment)
        epochsChecksum = Self.checksum(rows)
    }

    static func checksum(_ record: DoneRecord, _ environment: TrialEnvironment?) throws -> UInt32 {
        // No column says which schema the record's file had.
        var record = record
        record.schema = DoneRecord.currentSchema
        return CRC32.of(try record.json() + (try environment?.encoded() ?? Data()))
    }

    static func checksum(_ epochs: [EpochRow]) -> UInt32 {
        CRC32.of(Data(epochs.map { $0.line + "\n" }.joined().utf8))
    }

    /// The record that the row was made of.
    func record(
        cellID: String, seed: Int, metrics: [MetricRow], classMetrics: [ClassMetricRow]
    ) -> DoneRecord {
        var byClass: [String: [String: Double]] = [:]
        for row in classMetrics { byClass[row.className, default: [:]][row.name] = row.value ?? .nan }
        return DoneRecord(
            status: status, trialID: trialID, cellID: cellID, seed: seed, attempt: number,
            metrics: Dictionary(uniqueKeysWithValues: metrics.map { ($0.name, $0.value ?? .nan) }),
            classMetrics: byClass, checkpoint: checkpoint, epochs: epochs, bestEpoch: bestEpoch,
            weightHashes: weightHashes, metricsHash: metricsHash, epochsHash: epochsHash, seconds: seconds,
            cpuSeconds: cpuSeconds, peakMemoryBytes: peakMemoryBytes, codeVersion: codeVersion, message: message,
            start: start, diagnosis: diagnosis, finishedAt: finishedAt)
    }
}

/// One metric of one attempt. A new metric is a new row: it needs no migration.
struct MetricRow: Codable, FetchableRecord, PersistableRecord {
    static let databaseTableName = "metrics"
    var trialID: String
    var attempt: Int
    var name: String
    /// `nil` for a value that is not a number, which SQLite cannot store.
    var value: Double?
}

struct ClassMetricRow: Codable, FetchableRecord, PersistableRecord {
    static let databaseTableName = "class_metrics"
    var trialID: String
    var attempt: Int
    var className: String
    var name: String
    var value: Double?

    enum CodingKeys: String, CodingKey {
        case trialID, attempt, name, value
        case className = "class"
    }
}

/// A row of `results.csv`, by its column names.
struct EpochRecord: FetchableRecord, PersistableRecord {
    static let databaseTableName = "epochs"
    var trialID: String
    var attempt: Int
    var row: EpochRow

    init(trialID: String, attempt: Int, row: EpochRow) {
        self.trialID = trialID
        self.attempt = attempt
        self.row = row
    }

    init(row: Row) throws {
        let values = EpochRow.columnNames.dropFirst().map { (row[$0] as Double?) ?? .nan }
        guard let epoch = EpochRow(epoch: row["epoch"], values: values) else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "a row of epochs has not fifteen columns")
        }
        self.init(trialID: row["trialID"], attempt: row["attempt"], row: epoch)
    }

    func encode(to container: inout PersistenceContainer) {
        container["trialID"] = trialID
        container["attempt"] = attempt
        container["epoch"] = row.epoch
        for (name, value) in zip(EpochRow.columnNames.dropFirst(), row.values) {
            container[name] = value.isNaN ? nil : value
        }
    }
}
