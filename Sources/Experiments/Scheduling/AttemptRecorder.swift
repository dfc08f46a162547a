import Foundation
import Results
import Training

/// Writes an attempt's epochs and log while it trains, and passes events on.
final class AttemptRecorder {
    /// The epochs so far, those of earlier attempts included.
    private(set) var rows: [EpochRow] = []
    /// Whether a step was made in this attempt.
    private(set) var hasStepped = false
    /// What a diagnosis goes by.
    private(set) var conditions: LearningConditions?
    private let attempt: AttemptDirectory
    private let earlier: AttemptDirectory?
    private let log: AttemptLog
    private let emit: (WorkerEvent) -> Void
    private var epochs: EpochFile?
    private var lastStep = 0.0
    private var epochCount = 0

    /// Keeps a value that cannot be copied.
    private final class EpochFile {
        var log: EpochLog
        init(_ log: consuming EpochLog) { self.log = log }
    }

    init(attempt: AttemptDirectory, earlier: AttemptDirectory?, log: AttemptLog, emit: @escaping (WorkerEvent) -> Void)
    {
        self.attempt = attempt
        self.earlier = earlier
        self.log = log
        self.emit = emit
    }

    /// - Throws: `StoreError` when an epoch cannot be written, or a later attempt has taken over.
    func receive(_ event: TrialEvent) throws {
        switch event {
        case .started(var facts):
            facts.attempt = attempt.number
            epochCount = facts.epochs
            if let earlier, facts.completedEpochs > 0 {
                epochs = EpochFile(try attempt.epochLog(resuming: earlier, throughEpoch: facts.completedEpochs))
                rows = try attempt.epochs()
            } else {
                epochs = EpochFile(try attempt.epochLog())
            }
            log.write(
                "\(facts.parameters) parameters, \(facts.plannedBytes / 1_048_576) MiB of feature maps, "
                    + "\(facts.batchesPerEpoch) batches an epoch, \(facts.completedEpochs) of \(facts.epochs) epochs done"
            )
            if let start = facts.start {
                try attempt.publish(start)
                log.write("starts from \(start.summary)")
            }
            emit(.started(facts))
        case .conditions(let facts):
            conditions = facts
        case .step(let step):
            hasStepped = true
            let now = ProcessInfo.processInfo.systemUptime
            if now - lastStep > 0.25 || step.batch == step.batchesPerEpoch {
                lastStep = now
                emit(.step(step))
            }
        case .epoch(let row):
            try attempt.requireCurrent()
            try epochs?.log.append(row)
            rows.append(row)
            log.write(Self.line(row, of: epochCount))
            emit(.epoch(row))
        }
    }

    private static func line(_ row: EpochRow, of count: Int) -> String {
        let train = row.trainLosses
        let losses = [train.box, train.classification, train.distribution].map { $0.text(digits: 4) }
        return "epoch \(row.epoch)/\(count)  box \(losses[0]) cls \(losses[1]) dfl \(losses[2])  "
            + "mAP50 \(row.mAP50.text(digits: 4)) mAP50-95 \(row.mAP5095.text(digits: 4))  \(row.time.text(digits: 1)) s"
    }
}

/// `log.txt`: what a person wants to read of an attempt, one line with its time each.
struct AttemptLog: Sendable {
    private let url: URL

    /// - Throws: `CocoaError` when the file cannot be made.
    init(_ url: URL) throws {
        self.url = url
        if !FileManager.default.fileExists(atPath: url.path) { try Data().write(to: url) }
    }

    /// Appends a line. A log that cannot be written is no reason to stop a training.
    func write(_ message: String) {
        guard let handle = try? FileHandle(forWritingTo: url) else { return }
        defer { try? handle.close() }
        _ = try? handle.seekToEnd()
        let time = Date().formatted(.iso8601.dateTimeSeparator(.space).timeZoneSeparator(.omitted))
        try? handle.write(contentsOf: Data("\(time)  \(message)\n".utf8))
    }
}

extension Double {
    /// The number with so many digits after the point; `–` where there is none.
    func text(digits: Int) -> String {
        isFinite ? String(format: "%.\(digits)f", self) : "–"
    }
}
