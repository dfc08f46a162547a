public import Foundation
import Results
import Training

/// What happens to a sweep as lines of JSON, for scripts: `ablate run --json`.
///
/// Each line is an object with `event` and `time` (seconds since 1970). Those of a trial have `trial` (its ID), `cell`
/// and `seed`; numbers that are not finite are null.
public final class EventStream {
    private let write: (Data) -> Void
    private let now: () -> Date

    /// - Parameter write: receives one line, its end included.
    public init(now: @escaping () -> Date = { Date() }, write: @escaping (Data) -> Void) {
        self.now = now
        self.write = write
    }

    public func receive(_ event: SweepEvent) {
        switch event {
        case .planned(let standing, let pending):
            emit(
                "planned",
                ["trials": .integer(standing.trials.count), "pending": .integer(pending.count)])
        case .execution(.launched(let job, let number)): emit("launched", job, ["try": .integer(number)])
        case .execution(.progress(let job, let news)): receive(news, of: job)
        case .execution(.retrying(let job, let cause, let pause)):
            emit("retrying", job, ["cause": .text(cause), "pause": .number(pause)])
        case .execution(.ended(let job, let exit, let message)):
            emit("ended", job, ["exit": .text(exit.name), "message": .text(message)])
        case .execution(.stopping(let running)): emit("stopping", ["running": .integer(running)])
        case .execution(.tick): break
        }
    }

    /// The last line: how the sweep ended, with the exit status.
    public func finish(_ end: SweepEnd) {
        var fields: [String: Value] = ["status": .integer(Int(end.status))]
        for state in TrialState.allCases { fields[state.rawValue] = .integer(end.standing.count(state)) }
        emit("finished", fields)
    }

    private func receive(_ event: WorkerEvent, of job: TrialJob) {
        switch event {
        case .started(let facts):
            var fields: [String: Value] = [
                "attempt": .integer(facts.attempt), "epochs": .integer(facts.epochs),
                "completed": .integer(facts.completedEpochs), "batches": .integer(facts.batchesPerEpoch),
                "parameters": .integer(facts.parameters),
            ]
            if let start = facts.start {
                fields["weights"] = .text(start.file)
                fields["transferred"] = .integer(start.parameters)
            }
            emit("started", job, fields)
        case .step(let step):
            emit(
                "step", job,
                [
                    "epoch": .integer(step.epoch), "batch": .integer(step.batch),
                    "batches": .integer(step.batchesPerEpoch), "loss": .number(step.loss),
                ])
        case .epoch(let row):
            var fields: [String: Value] = ["epoch": .integer(row.epoch)]
            for (name, value) in zip(EpochRow.columnNames.dropFirst(), row.values) {
                fields[name == "time" ? "seconds" : name] = .number(value)
            }
            emit("epoch", job, fields)
        case .diagnosis(let text): emit("diagnosis", job, ["message": .text(text)])
        case .finished(let status): emit("result", job, ["status": .text(status.rawValue)])
        }
    }

    // MARK: Lines

    private enum Value: Encodable {
        case integer(Int)
        case number(Double)
        case text(String)

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .integer(let value): try container.encode(value)
            case .number(let value) where value.isFinite: try container.encode(value)
            case .number: try container.encodeNil()
            case .text(let value): try container.encode(value)
            }
        }
    }

    private func emit(_ name: String, _ job: TrialJob, _ fields: [String: Value]) {
        let identity = job.trial.identity
        emit(
            name,
            fields.merging([
                "trial": .text(identity.id), "cell": .text(identity.cellID), "seed": .integer(identity.seed),
                "label": .text(job.trial.label),
            ]) { own, _ in own })
    }

    private func emit(_ name: String, _ fields: [String: Value]) {
        var fields = fields
        fields["event"] = .text(name)
        fields["time"] = .number(now().timeIntervalSince1970)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let line = try? encoder.encode(fields) else { return }
        write(line + Data("\n".utf8))
    }
}

extension WorkerExit {
    /// One word, for scripts.
    fileprivate var name: String {
        switch self {
        case .done: "done"
        case .diverged: "diverged"
        case .interrupted: "interrupted"
        case .busy: "busy"
        case .refused: "refused"
        case .crashed: "crashed"
        }
    }
}
