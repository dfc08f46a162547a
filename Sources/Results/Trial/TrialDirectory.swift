public import Foundation

/// The folder of one trial: `results/<sweep>/<readable>-<id10>/`.
///
/// ```
/// trial.json     what the folder is the folder of
/// lock           held by the worker as long as it lives
/// journal        what happened to the trial
/// attempt-1/     the first training, interrupted or finished
/// attempt-2/     the one that resumed it
/// ```
public struct TrialDirectory: Hashable, Sendable {
    public let url: URL
    public let description: TrialDescription

    public var identity: TrialIdentity { description.identity }
    public var lockURL: URL { url.appendingPathComponent("lock") }

    /// The folder of a trial under a sweep's, created with its `trial.json` where it does not exist.
    ///
    /// Throws where the folder is that of another trial whose ID begins with the same ten digits, or where the same ID
    /// was given to another configuration.
    public static func create(_ description: TrialDescription, in sweep: URL) throws(StoreError) -> TrialDirectory {
        let url = sweep.appendingPathComponent(description.identity.directoryName, isDirectory: true)
        let file = url.appendingPathComponent("trial.json")
        if FileManager.default.fileExists(atPath: file.path) {
            let existing = try TrialDirectory(opening: url)
            let isSame =
                existing.identity.id == description.identity.id
                && existing.description.configuration == description.configuration
                && existing.description.datasetDigest == description.datasetDigest
            guard isSame else {
                throw StoreError(
                    path: url.path, attempt: "use the trial's folder",
                    cause: "it belongs to another trial, \(existing.identity.id)",
                    advice: differences(existing.description, description))
            }
            return existing
        }
        try AtomicFile.makeFolder(url)
        try AtomicFile.write(StoreJSON.encode(description), to: file)
        return TrialDirectory(url: url, description: description)
    }

    /// Opens a folder that exists; throws where its `trial.json` is missing or damaged.
    public init(opening url: URL) throws(StoreError) {
        self.url = url
        let file = url.appendingPathComponent("trial.json")
        description = try StoreJSON.read(
            TrialDescription.self, from: file, what: "the trial's description",
            schema: TrialDescription.currentSchema, advice: "Remove the folder and train the trial again.")
    }

    private init(url: URL, description: TrialDescription) {
        self.url = url
        self.description = description
    }

    /// The folder of a trial under a sweep's, found by the ID; `nil` where there is none.
    public static func find(_ id: String, in sweep: URL) throws(StoreError) -> TrialDirectory? {
        for name in try AtomicFile.names(in: sweep) where name.hasSuffix(id.prefix(10)) {
            let url = sweep.appendingPathComponent(name, isDirectory: true)
            guard FileManager.default.fileExists(atPath: url.appendingPathComponent("trial.json").path) else {
                continue
            }
            let directory = try TrialDirectory(opening: url)
            if directory.identity.id == id { return directory }
        }
        return nil
    }

    /// Takes the trial for this process; `nil` where another process has it.
    public func takeLock() throws(StoreError) -> OwnerLock? { try OwnerLock.take(lockURL) }

    /// Runs `body` with the trial's lock; `nil` where another process has it.
    public func whileLocked<Value>(_ body: () throws -> Value) throws -> Value? {
        guard let lock = try takeLock() else { return nil }
        let value = try body()
        _ = consume lock
        return value
    }

    /// Whether a living process works on the trial.
    public var isOwned: Bool { OwnerLock.isHeld(lockURL) }

    /// The attempts made so far, oldest first.
    public func attempts() throws(StoreError) -> [AttemptDirectory] {
        try AtomicFile.names(in: url)
            .compactMap { $0.hasPrefix("attempt-") ? Int($0.dropFirst("attempt-".count)) : nil }
            .sorted().map { AttemptDirectory(trial: self, number: $0) }
    }

    /// Begins the next attempt by making its folder, which no two processes can do at once.
    public func makeAttempt() throws(StoreError) -> AttemptDirectory {
        var number = try attempts().last.map { $0.number + 1 } ?? 1
        while true {
            let attempt = AttemptDirectory(trial: self, number: number)
            if mkdir(attempt.url.path, 0o755) == 0 {
                try AtomicFile.synchronizeFolder(of: attempt.url)
                return attempt
            }
            guard errno == EEXIST else { throw AtomicFile.systemError(attempt.url, "begin the attempt") }
            number += 1
        }
    }

    /// Where the trial stands, from its files and its lock.
    public func state() throws(StoreError) -> TrialState {
        if isOwned { return .running }
        guard let last = try attempts().last else { return .pending }
        // A later attempt that did not come to its end takes nothing away from a result.
        if let record = try last.done() { return TrialState(record.status) }
        return try finished().map { TrialState($0.record.status) } ?? .interrupted
    }

    /// The last attempt that finished, with its record; a diverged one counts, a failed one does not.
    ///
    /// An attempt that began later and has no record is one that was to replace it, and did not come to its end.
    public func finished() throws(StoreError) -> (attempt: AttemptDirectory, record: DoneRecord)? {
        for attempt in try attempts().reversed() {
            if let record = try attempt.done(), record.status != .failed { return (attempt, record) }
        }
        return nil
    }

    /// The newest file of a name over all attempts after a given one, such as a checkpoint to resume from.
    public func newest(
        _ name: String, after number: Int = 0
    ) throws(StoreError) -> (attempt: AttemptDirectory, url: URL)? {
        for attempt in try attempts().reversed() where attempt.number > number {
            let file = attempt.url.appendingPathComponent(name)
            if FileManager.default.fileExists(atPath: file.path) { return (attempt, file) }
        }
        return nil
    }

    private static func differences(_ existing: TrialDescription, _ new: TrialDescription) -> String {
        let keys = Set(existing.configuration.keys).union(new.configuration.keys)
        let differing = keys.sorted().filter { existing.configuration[$0] != new.configuration[$0] }
        return differing.map {
            "\($0) is \(existing.configuration[$0] ?? "absent") there and \(new.configuration[$0] ?? "absent") here."
        }.joined(separator: " ")
    }
}
