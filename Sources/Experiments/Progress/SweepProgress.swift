import Foundation
import Results
import Training

/// How far a run is: trials done, workers at work, and when it will be over.
///
/// Work is measured in operations (GFLOPs × epochs): a large network counts for more than a small one.
package struct SweepProgress: Sendable {
    /// One worker's training.
    struct Worker: Sendable {
        var id: String
        var label: String
        var epochs: Int
        /// Epochs that earlier attempts have completed.
        var epochsBefore = 0
        /// Epochs completed.
        var epoch = 0
        /// Part of the epoch under way, from 0 to 1.
        var part = 0.0
        var loss: Double?
        var mAP: Double?
        var began: Double

        /// Completed part of the training, from 0 to 1.
        var fraction: Double { min(1, (Double(epoch) + part) / Double(max(epochs, 1))) }
    }

    let trialCount: Int
    private(set) var doneCount: Int
    private(set) var failedCount = 0
    private(set) var divergedCount = 0
    private(set) var workers: [Worker] = []
    private(set) var isStopping = false
    private let began: Double
    private var work: [String: Double] = [:]
    /// Work that this run has finished.
    private var finishedWork = 0.0
    private var remainingWork = 0.0

    package init(_ standing: Standing, pending: [PlannedTrial], gflops: [String: Double], at time: Double) {
        trialCount = standing.trials.count
        doneCount = standing.count(.done)
        divergedCount = standing.count(.diverged)
        failedCount = max(0, standing.count(.failed) - pending.count { standing.state(of: $0) == .failed })
        began = time
        for trial in pending {
            let amount = (gflops[trial.identity.cellID] ?? 1) * Double(trial.configuration.epochs)
            work[trial.identity.id] = max(amount, 1e-9)
            remainingWork += max(amount, 1e-9)
        }
    }

    package mutating func apply(_ event: ExecutionEvent, at time: Double) {
        switch event {
        case .launched(let job, _):
            workers.append(
                Worker(
                    id: job.trial.identity.id, label: job.trial.label, epochs: job.trial.configuration.epochs,
                    began: time))
        case .progress(let job, let news):
            guard let index = workers.firstIndex(where: { $0.id == job.trial.identity.id }) else { return }
            workers[index].apply(news)
        case .retrying(let job, _, _):
            workers.removeAll { $0.id == job.trial.identity.id }
        case .ended(let job, let exit, _):
            let amount = work[job.trial.identity.id] ?? 0
            if let worker = workers.first(where: { $0.id == job.trial.identity.id }) {
                finishedWork += amount * (worker.fraction - Double(worker.epochsBefore) / Double(max(worker.epochs, 1)))
                workers.removeAll { $0.id == worker.id }
            }
            remainingWork -= amount
            switch exit {
            case .done: doneCount += 1
            case .diverged: divergedCount += 1
            case .crashed, .refused: failedCount += 1
            case .interrupted, .busy: break
            }
        case .stopping: isStopping = true
        case .tick: break
        }
    }

    /// Seconds until everything is trained; nil before a guess can be made.
    package func secondsLeft(at time: Double) -> Double? {
        var done = finishedWork
        var left = remainingWork
        for worker in workers {
            let amount = work[worker.id] ?? 0
            done += amount * (worker.fraction - Double(worker.epochsBefore) / Double(max(worker.epochs, 1)))
            left -= amount * worker.fraction
        }
        let elapsed = time - began
        guard done > 0, elapsed > 3 else { return nil }
        return max(0, left) * elapsed / done
    }

    /// The lines of a terminal: a bar for everything, and one for each worker.
    package func lines(width: Int, at time: Double) -> [String] {
        let finished = doneCount + divergedCount + failedCount
        var counts = "\(finished)/\(trialCount) trials"
        if divergedCount > 0 { counts += ", \(divergedCount) diverged" }
        if failedCount > 0 { counts += ", \(failedCount) failed" }
        let clock = secondsLeft(at: time).map { $0 < 1 ? "" : ", about \(Self.duration($0)) left" } ?? ""
        let part = (Double(finished) + workers.reduce(0) { $0 + $1.fraction }) / Double(max(trialCount, 1))
        var lines = [
            Self.fit("\(Self.bar(part, 20)) \(counts), \(Self.duration(time - began))\(clock)", width)
        ]
        if isStopping {
            lines.append(
                Self.fit("stopping: \(workers.count) workers save their checkpoints (Ctrl-C again kills them)", width))
        }
        let labelWidth = workers.map(\.label.count).max() ?? 0
        for worker in workers {
            let label = worker.label.padding(toLength: labelWidth, withPad: " ", startingAt: 0)
            var text =
                "\(Self.bar(worker.fraction, 20)) \(label)  epoch \(min(worker.epoch + 1, worker.epochs))/\(worker.epochs)"
            if let loss = worker.loss { text += "  loss \(loss.text(digits: 3))" }
            if let mAP = worker.mAP { text += "  mAP50-95 \(mAP.text(digits: 4))" }
            if worker.fraction > 0.01, worker.epochs > 0 {
                let rate =
                    (time - worker.began)
                    / max(worker.fraction - Double(worker.epochsBefore) / Double(worker.epochs), 1e-6)
                text += "  \(Self.duration(rate / Double(worker.epochs)))/epoch"
            }
            lines.append(Self.fit(text, width))
        }
        return lines
    }

    static func bar(_ fraction: Double, _ width: Int) -> String {
        let full = Int((min(max(fraction, 0), 1) * Double(width)).rounded(.down))
        return "[" + String(repeating: "#", count: full) + String(repeating: "-", count: width - full) + "]"
    }

    /// `42 s`, `3 min 05 s`, `2 h 07 min`.
    package static func duration(_ seconds: Double) -> String {
        let whole = Int(max(0, seconds).rounded())
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        if whole < 10 { return seconds.text(digits: 1) + " s" }
        if whole < 60 { return "\(whole) s" }
        if whole < 3600 { return "\(whole / 60) min \(two(whole % 60)) s" }
        return "\(whole / 3600) h \(two(whole % 3600 / 60)) min"
    }

    private static func fit(_ text: String, _ width: Int) -> String {
        text.count <= width ? text : text.prefix(max(0, width - 1)) + "…"
    }
}

extension SweepProgress.Worker {
    fileprivate mutating func apply(_ event: WorkerEvent) {
        switch event {
        case .started(let facts):
            epochs = facts.epochs
            epoch = facts.completedEpochs
            epochsBefore = facts.completedEpochs
        case .step(let step):
            epoch = step.epoch - 1
            part = Double(step.batch) / Double(max(step.batchesPerEpoch, 1))
            loss = step.loss
        case .epoch(let row):
            epoch = row.epoch
            part = 0
            if row.mAP5095.isFinite { mAP = row.mAP5095 }
        case .diagnosis: break
        case .finished:
            epoch = epochs
            part = 0
        }
    }
}
