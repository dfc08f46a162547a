public import Foundation
import Models
public import Results
import Synchronization
import Training

/// What a step of a cell's network takes on this machine: looked up where it was measured before, or measured.
public final class StepMeter {
    /// Seconds that a step may be expected to take; larger batches are measured with fewer images.
    private static let stepSeconds = 0.6
    /// Only for choosing how many images to measure with: operations a second of one thread.
    private static let expectedGigaflops = 35.0

    private let results: URL
    private let machine: Machine
    private var file: MeasurementFile
    private var secondsLeft: Double
    private let report: (String) -> Void
    /// Whether measurements are taken; what was measured before is used in any case.
    public let isMeasuring: Bool

    /// - Parameters:
    ///   - results: the folder where measurements are kept.
    ///   - budget: seconds of measuring after which only what is known already is answered.
    ///   - report: told what is being measured, as it takes some seconds.
    public init(
        results: URL, machine: Machine, isMeasuring: Bool, budget: Double = 120, remeasures: Bool = false,
        report: @escaping (String) -> Void = { _ in }
    ) {
        self.results = results
        self.machine = machine
        self.isMeasuring = isMeasuring
        self.report = report
        secondsLeft = budget
        file = MeasurementFile(readingFrom: results)
        startedAt = remeasures ? Date() : nil
    }

    /// Measurements of before are taken again where this is set.
    private let startedAt: Date?

    /// A measured step, training and validation; nil where it is not known and not measured.
    /// - Throws: `ModelError` where the network cannot be built.
    public func step(of cell: PlannedCell) throws -> StepMeasurement? {
        let images = Self.images(cell)
        let question = question(cell, images: images, threads: 1, jobs: 1)
        // Where trainings side by side were measured, validation was not.
        if let known = known(question), known.inferenceSeconds != nil { return known }
        guard isMeasuring, secondsLeft > 0 else { return nil }
        report("measuring a step of \(cell.stored.label)")
        let began = Date()
        let network = try cell.configuration.network(classCount: cell.data.classCount)
        let benchmark = StepBenchmark(network: network, batch: images, threads: 1)
        // A step that takes long is timed once, and its first time is not far from the others.
        let isLong = Self.expectedSeconds(cell, images: images) > 2
        let (steps, warmup) = isLong ? (1, 0) : (3, 1)
        let training = benchmark.run(.training, steps: steps, warmup: warmup)
        let inference = benchmark.run(.inference, steps: steps, warmup: warmup)
        let measurement = StepMeasurement(
            question: question, trainingSeconds: training.median, inferenceSeconds: inference.median,
            measuredAt: Date())
        secondsLeft -= Date().timeIntervalSince(began)
        keep(measurement)
        return measurement
    }

    /// Images a second of so many trainings at a time; nil where it is not known and not measured.
    /// - Throws: `ModelError` where the network cannot be built.
    public func throughput(of cell: PlannedCell, jobs: Int, threads: Int) throws -> Double? {
        let images = max(Self.images(cell), min(4, cell.configuration.batch))
        let question = question(cell, images: images, threads: threads, jobs: jobs)
        var measurement = known(question)
        if measurement == nil, jobs == 1, threads == 1, images == Self.images(cell) { measurement = try step(of: cell) }
        if measurement == nil, isMeasuring {
            report("measuring \(Self.arrangement(jobs: jobs, threads: threads)) of \(cell.stored.label)")
            let network = try cell.configuration.network(classCount: cell.data.classCount)
            let seconds = Self.concurrently(jobs) {
                StepBenchmark(network: network, batch: images, threads: threads)
                    .run(.training, steps: 3, warmup: 1).median
            }
            let mean = seconds.reduce(0, +) / Double(jobs)
            let taken = StepMeasurement(
                question: question, trainingSeconds: mean, inferenceSeconds: nil, measuredAt: Date())
            keep(taken)
            measurement = taken
        }
        return measurement.map { Double(jobs * images) / $0.trainingSeconds }
    }

    /// `2 trainings of 1 thread each`.
    static func arrangement(jobs: Int, threads: Int) -> String {
        let each = threads == 1 ? "1 thread" : "\(threads) threads"
        return jobs == 1 ? "one training of \(each)" : "\(jobs) trainings of \(each) each"
    }

    /// Images that a step of the cell is measured with.
    package static func images(_ cell: PlannedCell) -> Int {
        let affordable = Int(stepSeconds * expectedGigaflops / (3 * max(cell.stored.gflops, 0.001)))
        return max(1, min(cell.configuration.batch, max(cell.data.trainImages, 1), affordable))
    }

    private static func expectedSeconds(_ cell: PlannedCell, images: Int) -> Double {
        3 * cell.stored.gflops * Double(images) / expectedGigaflops
    }

    private func question(_ cell: PlannedCell, images: Int, threads: Int, jobs: Int) -> StepMeasurement.Question {
        StepMeasurement.Question(
            machine: machine.name, graph: cell.network.graphDigest, images: images, threads: threads, jobs: jobs)
    }

    private func known(_ question: StepMeasurement.Question) -> StepMeasurement? {
        guard let known = file[question], known.measuredAt >= startedAt ?? .distantPast else { return nil }
        return known
    }

    private func keep(_ measurement: StepMeasurement) {
        do {
            try file.keep(measurement, in: results)
        } catch {
            // A plan can be made over results that cannot be written.
            report("the measurement is not kept: \(error.cause)")
        }
    }

    /// The results of a body that runs several times at once, each in a thread of its own.
    private static func concurrently(_ count: Int, _ body: @escaping @Sendable () -> Double) -> [Double] {
        let results = Mutex<[Double]>([])
        DispatchQueue.concurrentPerform(iterations: count) { _ in
            let result = body()
            results.withLock { $0.append(result) }
        }
        return results.withLock { $0 }
    }
}
