public import Foundation

/// What steps of one network took on one machine. A help for planning, never part of an identity.
public struct StepMeasurement: Codable, Hashable, Sendable {
    /// What was measured; two measurements of one question replace each other.
    public struct Question: Codable, Hashable, Sendable {
        /// Processor and kernels.
        public var machine: String
        /// Digest of the network's graph, which includes the image size.
        public var graph: String
        /// Images of a step.
        public var images: Int
        /// Threads of each training.
        public var threads: Int
        /// Trainings at a time.
        public var jobs: Int

        public init(machine: String, graph: String, images: Int, threads: Int, jobs: Int) {
            self.machine = machine
            self.graph = graph
            self.images = images
            self.threads = threads
            self.jobs = jobs
        }
    }

    public var question: Question
    /// Median seconds of a training step.
    public var trainingSeconds: Double
    /// Median seconds of a pass of the network that validates; nil where only training was measured.
    public var inferenceSeconds: Double?
    public var measuredAt: Date

    public init(question: Question, trainingSeconds: Double, inferenceSeconds: Double?, measuredAt: Date) {
        self.question = question
        self.trainingSeconds = trainingSeconds
        self.inferenceSeconds = inferenceSeconds
        self.measuredAt = measuredAt
    }
}

/// `results/measurements.json`: a cache that may be removed at any time.
public struct MeasurementFile: Codable, Sendable {
    public static let name = "measurements.json"
    /// Version of this type's JSON.
    static let currentSchema = 1

    private var schema = MeasurementFile.currentSchema
    private var steps: [StepMeasurement] = []

    /// Reads the cache of a results folder; empty where there is none, or none that this program understands.
    public init(readingFrom results: URL) {
        let url = results.appendingPathComponent(Self.name)
        let read = try? StoreJSON.read(
            MeasurementFile.self, from: url, what: "the measurements", schema: Self.currentSchema, advice: "")
        if let read { self = read }
    }

    /// The measurement that answers a question.
    public subscript(question: StepMeasurement.Question) -> StepMeasurement? {
        steps.first { $0.question == question }
    }

    /// Keeps a measurement and writes the file.
    /// - Throws: `StoreError` where the folder cannot be written.
    public mutating func keep(_ measurement: StepMeasurement, in results: URL) throws(StoreError) {
        steps.removeAll { $0.question == measurement.question }
        steps.append(measurement)
        try AtomicFile.makeFolder(results)
        try AtomicFile.write(try StoreJSON.encode(self), to: results.appendingPathComponent(Self.name))
    }
}
