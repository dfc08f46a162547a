public import Foundation
package import Results

/// `results/<sweep>/submissions/<number>/`: what was handed over to others for training.
///
/// ```
/// submission.json     what was asked for, and how it was cut into arrays
/// cells.jsonl         the trials of each task
/// manifest.toml       the manifest, byte for byte
/// plan.json           the resolved plan
/// ablate              the program, with source.json and source.patch
/// array-1.sh …        the batch scripts
/// jobs/array-1/123    an empty file for each job that the array was submitted as
/// nodes/n7/4          an empty file for each task that crashed on a node
/// logs/123_4.txt      what the tasks print
/// cancelled           there once it was cancelled
/// ```
public struct Submission: Sendable {
    public let url: URL
    public let record: Record

    /// `submission.json`.
    public struct Record: Codable, Hashable, Sendable {
        static let currentSchema = 1
        var schema = Record.currentSchema
        /// Counted from 1 in its sweep.
        public var number: Int
        public var sweep: String
        public var kind: Kind
        public var arrays: [SubmittedArray]
        public var trialCount: Int
        public var createdAt: Date
        /// The command line.
        public var command: [String]
        /// SHA-256 of the program.
        public var codeVersion: String
    }

    /// Who runs the tasks.
    public enum Kind: String, Codable, Hashable, Sendable {
        case slurm
        /// Whatever the user gives the printed commands to.
        case commands
    }

    public var cellsURL: URL { url.appendingPathComponent(FrozenCells.fileName) }
    public var programURL: URL { url.appendingPathComponent(FrozenProgram.programName) }
    public var logsURL: URL { url.appendingPathComponent("logs", isDirectory: true) }

    func script(of array: SubmittedArray) -> URL { url.appendingPathComponent("\(array.name).sh") }
    private func jobsURL(_ array: SubmittedArray) -> URL { url.appendingPathComponent("jobs/\(array.name)") }
    private var cancelledURL: URL { url.appendingPathComponent("cancelled") }

    // MARK: Making

    /// What is frozen into a new submission.
    package struct Content {
        var kind: Kind
        var plan: StoredPlan
        var arrays: [SubmittedArray]
        var bundles: [[TrialJob]]
        /// The batch script of an array, from the submission's number and folder.
        var script: (SubmittedArray, Int, String) -> String?

        package init(
            kind: Kind, plan: StoredPlan, arrays: [SubmittedArray], bundles: [[TrialJob]],
            script: @escaping (SubmittedArray, Int, String) -> String?
        ) {
            self.kind = kind
            self.plan = plan
            self.arrays = arrays
            self.bundles = bundles
            self.script = script
        }
    }

    /// Makes the folder under a sweep's, complete before anything can run from it.
    package static func freeze(_ content: Content, in sweep: URL) throws -> Submission {
        let (number, url) = try makeFolder(in: sweep.appendingPathComponent("submissions", isDirectory: true))
        let record = Record(
            number: number, sweep: content.plan.sweep, kind: content.kind, arrays: content.arrays,
            trialCount: content.bundles.reduce(0) { $0 + $1.count }, createdAt: Date(), command: CommandLine.arguments,
            codeVersion: CodeVersion.current)
        let submission = Submission(url: url, record: record)
        let files = FileManager.default
        try files.createDirectory(at: submission.logsURL, withIntermediateDirectories: true)
        try AtomicFile.write(
            try FrozenCells.encode(
                content.bundles, sweep: content.plan.sweep, manifest: content.plan.manifestText),
            to: submission.cellsURL)
        try AtomicFile.write(Data(content.plan.manifestText.utf8), to: url.appendingPathComponent("manifest.toml"))
        try AtomicFile.write(try content.plan.encoded(), to: url.appendingPathComponent("plan.json"))
        try FrozenProgram.freeze(in: url)
        for array in content.arrays {
            try files.createDirectory(at: submission.jobsURL(array), withIntermediateDirectories: true)
            guard let text = content.script(array, number, url.path) else { continue }
            try AtomicFile.write(Data(text.utf8), to: submission.script(of: array))
        }
        // Last: a folder without it was never complete.
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try AtomicFile.write(try encoder.encode(record), to: url.appendingPathComponent("submission.json"))
        return submission
    }

    /// The number that the next submission of a sweep gets.
    static func nextNumber(in sweep: URL) -> Int {
        let names = try? FileManager.default.contentsOfDirectory(
            atPath: sweep.appendingPathComponent("submissions").path)
        return (names ?? []).compactMap { Int($0) }.reduce(0, max) + 1
    }

    private static func makeFolder(in parent: URL) throws -> (Int, URL) {
        try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
        var number = nextNumber(in: parent.deletingLastPathComponent())
        while true {
            let url = parent.standardizedFileURL.appendingPathComponent("\(number)", isDirectory: true)
            if mkdir(url.path, 0o755) == 0 { return (number, url) }
            guard errno == EEXIST else {
                throw StoreError(
                    path: url.path, attempt: "make the submission's folder", cause: String(cString: strerror(errno)))
            }
            number += 1
        }
    }

    // MARK: Reading

    private init(url: URL, record: Record) {
        self.url = url
        self.record = record
    }

    /// Opens a submission's folder; nil where it never became complete.
    /// - Throws: `StoreError` where its record is damaged or of a newer schema.
    init?(opening url: URL) throws {
        let file = url.appendingPathComponent("submission.json")
        guard let data = try? Data(contentsOf: file) else { return nil }
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        guard let record = try? decoder.decode(Record.self, from: data), record.schema <= Record.currentSchema else {
            throw StoreError(
                path: file.path, attempt: "read the submission",
                cause: "it is damaged, or a newer version of this program has written it")
        }
        self.init(url: url.standardizedFileURL, record: record)
    }

    /// The submissions of a sweep, or of all sweeps, in the order in which they were made.
    /// - Throws: `StoreError`.
    public static func all(in results: URL, sweep: String? = nil) throws -> [Submission] {
        let sweeps = try sweep.map { [results.appendingPathComponent($0)] } ?? ResultFolders(results).sweepURLs()
        var found: [Submission] = []
        for folder in sweeps {
            let parent = folder.appendingPathComponent("submissions", isDirectory: true)
            let names = (try? FileManager.default.contentsOfDirectory(atPath: parent.path)) ?? []
            for number in names.compactMap({ Int($0) }).sorted() {
                let url = parent.appendingPathComponent("\(number)", isDirectory: true)
                if let submission = try Submission(opening: url) { found.append(submission) }
            }
        }
        return found
    }

    /// Whether the submission that frozen cells belong to was cancelled.
    public static func isCancelled(cells: URL) -> Bool {
        let marker = cells.deletingLastPathComponent().appendingPathComponent("cancelled")
        return FileManager.default.fileExists(atPath: marker.path)
    }

    /// The trials of each task.
    public func cells() throws(FrozenCellsError) -> FrozenCells { try FrozenCells(contentsOf: cellsURL) }

    // MARK: Jobs

    /// Notes that an array was submitted as a job.
    package func note(job: String, of array: SubmittedArray) throws {
        try AtomicFile.write(Data(), to: jobsURL(array).appendingPathComponent(job))
    }

    /// IDs of the jobs that an array was submitted as, the last one last: a task that crashed is submitted again.
    public func jobs(of array: SubmittedArray) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: jobsURL(array).path)) ?? []
        return names.compactMap { Int($0) }.sorted().map(String.init)
    }

    /// IDs of all jobs.
    public var jobs: [String] { record.arrays.flatMap { jobs(of: $0) } }

    /// The tasks that a bundle was submitted as, the last one last.
    package func tasks(ofBundle index: Int) -> [SlurmTaskID] {
        let array = record.arrays.first { ($0.firstBundle..<$0.firstBundle + $0.taskCount).contains(index) }
        guard let array else { return [] }
        return jobs(of: array).map { SlurmTaskID(job: $0, index: index - array.firstBundle) }
    }

    // MARK: Ending

    var isCancelled: Bool { FileManager.default.fileExists(atPath: cancelledURL.path) }

    /// From now on no task of it begins or comes back.
    package func markCancelled() throws { try AtomicFile.write(Data(), to: cancelledURL) }

    /// Whether nothing of it is left to be trained, and the copy of the program is gone.
    package var isRetired: Bool { !FileManager.default.fileExists(atPath: programURL.path) }

    /// Removes the copy of the program: nothing of the submission is left to be trained.
    package func retire() { unlink(programURL.path) }

    /// The command that runs a bundle.
    public func command(ofBundle index: Int) -> [String] {
        [programURL.path, "worker", "--cells", cellsURL.path, "--index", "\(index)"]
    }
}
