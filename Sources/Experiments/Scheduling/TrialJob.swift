public import Foundation
public import Results
public import Training

/// One training as it is handed to a worker process.
public struct TrialJob: Sendable {
    public let trial: PlannedTrial
    /// The trial's folder; the job's file lies in it.
    public let directory: TrialDirectory
    public let threads: Int
    /// Number of the finished attempt that is to be replaced; 0 for none.
    public var supersedes = 0
    /// The manifest that asks for the training, byte for byte; empty where there is none.
    public var manifest = ""

    public init(trial: PlannedTrial, directory: TrialDirectory, threads: Int) {
        self.trial = trial
        self.directory = directory
        self.threads = threads
    }

    /// The file that the worker reads.
    public var fileURL: URL { directory.url.appendingPathComponent(JobFile.name) }
}

/// `job.json`: what a worker needs to know beside the trial's folder that the file lies in.
public struct JobFile: Codable, Sendable {
    /// The file's name in the trial's folder.
    public static let name = "job.json"
    /// Version of this type's JSON.
    public static let currentSchema = 1

    public var schema = JobFile.currentSchema
    public var trialID: String
    /// For people: `v2 dfc=both n seed 0`.
    public var label: String
    public var threads: Int
    /// The whole configuration, seed included.
    public var configuration: TrainingConfiguration
    /// Number of the finished attempt that is to be replaced; nil or 0 for none.
    public var supersedes: Int?
    /// The manifest that asks for the training.
    public var manifest: String?
    /// The command line that scheduled it.
    public var command: [String]?

    public init(_ job: TrialJob) {
        trialID = job.trial.identity.id
        label = job.trial.label
        threads = job.threads
        configuration = job.trial.configuration
        supersedes = job.supersedes
        manifest = job.manifest
        command = CommandLine.arguments
    }

    /// Reads a job's file.
    /// - Throws: `JobError` where it is missing, damaged or of a newer schema.
    public init(contentsOf url: URL) throws(JobError) {
        do {
            self = try JSONDecoder().decode(JobFile.self, from: try Data(contentsOf: url))
        } catch let error as DecodingError {
            throw JobError(path: url.path, cause: Self.reason(error))
        } catch {
            throw JobError(path: url.path, cause: error.localizedDescription)
        }
        guard schema <= Self.currentSchema else {
            throw JobError(
                path: url.path, cause: "it has schema \(schema), newer than this program's \(Self.currentSchema)")
        }
    }

    /// Writes the file, whole or not at all.
    public func write(to url: URL) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try AtomicFile.write(try encoder.encode(self) + Data("\n".utf8), to: url)
    }

    private static func reason(_ error: DecodingError) -> String {
        switch error {
        case .dataCorrupted(let context), .keyNotFound(_, let context), .typeMismatch(_, let context),
            .valueNotFound(_, let context):
            context.debugDescription
        @unknown default: "\(error)"
        }
    }
}

/// A job's file that cannot be used.
public struct JobError: Error, Hashable, Sendable, CustomStringConvertible {
    public let path: String
    public let cause: String

    public var description: String { "\(path): cannot read the job: \(cause)" }
}
