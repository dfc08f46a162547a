import Foundation
import Results
import Training

/// What is left of a sweep will cost: seconds, memory and disk, from measured steps and from trials that are done.
public struct SweepCost: Sendable {
    /// One cell's share.
    public struct Cell: Hashable, Sendable {
        /// Seconds of one training; nil where nothing is known.
        public var seconds: Double?
        public var basis: Basis?

        /// What the seconds rest on.
        public enum Basis: String, Hashable, Sendable, Encodable {
            /// Trials of the cell that are done.
            case finished
            /// A step that was measured on this machine.
            case measured
            /// Measured steps of other cells, by the number of operations.
            case extrapolated
        }
    }

    /// By cell ID.
    public let cells: [String: Cell]
    /// Trials that are still to be trained.
    public let trialsLeft: Int
    /// Until all are trained, as `choice` shares the machine; nil where some cell's time is not known.
    public let secondsLeft: Double?
    public let choice: ResourceChoice?
    /// Bytes that the finished trials will take.
    public let diskBytes: Int
    /// And at most while they train, checkpoints included.
    public let peakDiskBytes: Int

    /// - Parameters:
    ///   - choice: how the machine will be shared; nil where that is not possible.
    ///   - meter: what steps take.
    /// - Throws: `ModelError` where a network cannot be built.
    public init(_ plan: Plan, _ standing: Standing, choice: ResourceChoice?, meter: StepMeter) throws {
        let left = plan.trials.filter { !standing.state(of: $0).isFinished }
        let finished = Self.finished(plan, standing)
        var estimates = try Self.estimates(plan, meter)
        // Trials that are done correct what steps alone do not show: loading, metrics, neighbours on the machine.
        var (actual, predicted) = (0.0, 0.0)
        for (cellID, seconds) in finished {
            guard let estimate = estimates[cellID]?.seconds else { continue }
            actual += seconds
            predicted += estimate
        }
        let correction = predicted > 0 ? actual / predicted : nil
        for (cellID, estimate) in estimates {
            if let seconds = finished[cellID] {
                estimates[cellID] = Cell(seconds: seconds, basis: .finished)
            } else if let correction, let seconds = estimate.seconds {
                estimates[cellID]?.seconds = seconds * correction
            }
        }
        cells = estimates
        self.choice = choice
        trialsLeft = left.count
        let times = left.map { estimates[$0.identity.cellID]?.seconds }
        if let choice, !times.contains(where: { $0 == nil }) {
            let sum = times.compactMap(\.self).reduce(0, +)
            let jobs = Double(max(1, min(choice.jobs, max(left.count, 1))))
            // Times of trials that are done hold for trainings beside each other, measured steps for one alone.
            secondsLeft = correction == nil ? sum / (choice.speedup ?? jobs) : sum / jobs
        } else {
            secondsLeft = left.isEmpty ? 0 : nil
        }
        let cellsByID = Dictionary(plan.cells.map { ($0.stored.cellID, $0) }, uniquingKeysWith: { first, _ in first })
        let pending = left.compactMap { cellsByID[$0.identity.cellID] }
        diskBytes = pending.reduce(0) { $0 + Self.finishedBytes($1) }
        let checkpoint = pending.map { 6 * $0.network.weightBytes }.max() ?? 0
        peakDiskBytes = diskBytes + 2 * checkpoint * (choice?.jobs ?? 1)
    }

    /// Mean seconds of the trials that are done, by cell.
    private static func finished(_ plan: Plan, _ standing: Standing) -> [String: Double] {
        let seconds = plan.trials.compactMap { trial -> (String, Double)? in
            guard let record = standing.records[trial.identity.id]?.record, record.status == .done else { return nil }
            return (trial.identity.cellID, record.seconds)
        }
        return Dictionary(grouping: seconds, by: \.0).mapValues { $0.reduce(0) { $0 + $1.1 } / Double($0.count) }
    }

    private static func estimates(_ plan: Plan, _ meter: StepMeter) throws -> [String: Cell] {
        var estimates: [String: Cell] = [:]
        // Small networks first, so that a budget of seconds covers as many as possible.
        var rates: [(backbone: String, seconds: Double)] = []
        for cell in plan.cells.sorted(by: { $0.stored.gflops < $1.stored.gflops }) {
            if let step = try meter.step(of: cell), let inference = step.inferenceSeconds {
                let images = Double(step.question.images)
                let seconds = Self.seconds(cell, step.trainingSeconds / images, inference / images)
                estimates[cell.stored.cellID] = Cell(seconds: seconds, basis: .measured)
                rates.append((cell.configuration.backbone.name, seconds / Self.work(cell)))
            } else {
                let rate = rates.last { $0.backbone == cell.configuration.backbone.name } ?? rates.last
                estimates[cell.stored.cellID] = Cell(
                    seconds: rate.map { $0.seconds * Self.work(cell) }, basis: rate.map { _ in .extrapolated })
            }
        }
        return estimates
    }

    /// Seconds of a training: every epoch's images, and the validations.
    private static func seconds(_ cell: PlannedCell, _ training: Double, _ inference: Double) -> Double {
        let configuration = cell.configuration
        let validations =
            configuration.epochs / configuration.validationInterval
            + (configuration.epochs % configuration.validationInterval == 0 ? 0 : 1)
            + (configuration.select == .best ? 1 : 0)
        return Double(configuration.epochs * cell.data.trainImages) * training
            + Double(validations * cell.data.valImages) * inference
    }

    /// Operations of a training, as far as they tell its time: forward and backward are three passes.
    private static func work(_ cell: PlannedCell) -> Double {
        seconds(cell, 3 * cell.stored.gflops, cell.stored.gflops)
    }

    /// Two files of weights, the detections at most, curves and logs.
    private static func finishedBytes(_ cell: PlannedCell) -> Int {
        let detections = cell.data.valImages * cell.configuration.maxDetections * 28
        return 2 * cell.network.weightBytes + detections + 200_000 + 300 * cell.configuration.epochs
    }
}
