public import Foundation

/// What lies under `results/` and is of no use any more.
public struct Leftovers: Sendable {
    /// One file or folder.
    public struct Item: Hashable, Sendable {
        public var url: URL
        public var kind: Kind
        public var bytes: Int
    }

    /// Why something is of no use.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// A file whose writer was killed before it got its name.
        case temporary = "unfinished file"
        /// A checkpoint of a finished trial, or one that nothing can be resumed from.
        case checkpoint = "checkpoint that is not needed"
        /// An attempt before the one that finished, or before the one whose checkpoint goes on from it.
        case superseded = "superseded attempt"
        /// A database that was damaged and moved aside by `reindex`.
        case database = "damaged database"
        /// A folder in a sweep that never became a trial's.
        case nameless = "folder without trial.json"
        /// A trial that no stored plan asks for. It may hold a result: it goes only when asked for by name.
        case orphan = "trial that no plan asks for"
    }

    /// In the order of paths.
    public private(set) var items: [Item] = []
    /// What could not be looked at, and is left alone.
    public private(set) var problems: [StoreError] = []

    /// Looks through a results folder; nothing is changed.
    ///
    /// Trials that a living process works on are left out.
    public init(in root: URL) throws(StoreError) {
        let plans = try Self.plannedTrials(root)
        try scanFiles(of: root)
        for sweep in try ResultFolders(root).sweepURLs() {
            try scanFiles(of: sweep)
            try scanFiles(of: sweep.appendingPathComponent("plans"))
            try scanSubmissions(of: sweep.appendingPathComponent("submissions", isDirectory: true))
            for name in try AtomicFile.names(in: sweep) where name != "plans" && name != "submissions" {
                let url = sweep.appendingPathComponent(name, isDirectory: true)
                guard AtomicFile.isFolder(url), !OwnerLock.isHeld(url.appendingPathComponent("lock")) else { continue }
                guard FileManager.default.fileExists(atPath: url.appendingPathComponent("trial.json").path) else {
                    // A folder of someone else's is none of ours: only what a killed `create` leaves is.
                    if Self.isEmptied(url) { add(url, .nameless) }
                    continue
                }
                do throws(StoreError) {
                    try scan(TrialDirectory(opening: url), plans)
                } catch {
                    problems.append(error)
                }
            }
        }
        items.sort { $0.url.path < $1.url.path }
    }

    /// Bytes of all items of the kinds.
    public func bytes(of kinds: Set<Kind> = Set(Kind.allCases)) -> Int {
        items.filter { kinds.contains($0.kind) }.reduce(0) { $0 + $1.bytes }
    }

    /// Removes the items of some kinds.
    ///
    /// The caller holds the scheduler's lock. A trial that was taken by a process since is left alone.
    /// - Returns: what could not be removed.
    public func remove(_ kinds: Set<Kind>) -> [StoreError] {
        var failures: [StoreError] = []
        for item in items where kinds.contains(item.kind) {
            do {
                try FileManager.default.removeItem(at: item.url)
            } catch {
                failures.append(
                    StoreError(path: item.url.path, attempt: "remove it", cause: error.localizedDescription))
            }
        }
        return failures
    }

    // MARK: - Looking

    private mutating func scan(_ trial: TrialDirectory, _ planned: Set<String>) throws(StoreError) {
        guard planned.contains(trial.identity.id) else { return add(trial.url, .orphan) }
        try scanFiles(of: trial.url)
        let attempts = try trial.attempts()
        let finished = try trial.finished()
        // What goes on is the newest attempt with a checkpoint after the result, if there is one.
        let resumable = try trial.newest("checkpoint.h5", after: finished?.attempt.number ?? 0)
        let kept = finished?.attempt.number ?? resumable?.attempt.number ?? 0
        for attempt in attempts {
            // The last number is kept in use: numbers only grow.
            if attempt.number < kept, attempt.number != attempts.last?.number {
                add(attempt.url, .superseded)
                continue
            }
            try scanFiles(of: attempt.url)
            try scanFiles(of: attempt.url.appendingPathComponent("weights"))
            let checkpoint = attempt.url.appendingPathComponent("checkpoint.h5")
            let unusable = checkpoint.appendingPathExtension("unusable")
            if FileManager.default.fileExists(atPath: unusable.path) { add(unusable, .checkpoint) }
            if attempt.number == finished?.attempt.number,
                FileManager.default.fileExists(atPath: checkpoint.path)
            {
                add(checkpoint, .checkpoint)
            }
        }
    }

    /// Submissions that never became complete: nothing was ever submitted from them.
    private mutating func scanSubmissions(of folder: URL) throws(StoreError) {
        for name in try AtomicFile.names(in: folder) where Int(name) != nil {
            let url = folder.appendingPathComponent(name, isDirectory: true)
            if FileManager.default.fileExists(atPath: url.appendingPathComponent("submission.json").path) {
                try scanFiles(of: url)
            } else {
                add(url, .temporary)
            }
        }
    }

    /// Temporary files and damaged databases directly in a folder.
    private mutating func scanFiles(of folder: URL) throws(StoreError) {
        guard AtomicFile.isFolder(folder) else { return }
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        } catch {
            throw StoreError(path: folder.path, attempt: "list the folder", cause: error.localizedDescription)
        }
        for name in names {
            if AtomicFile.isTemporary(name) { add(folder.appendingPathComponent(name), .temporary) }
            if name.hasPrefix("ablate.sqlite.damaged-") { add(folder.appendingPathComponent(name), .database) }
        }
    }

    private mutating func add(_ url: URL, _ kind: Kind) {
        items.append(Item(url: url, kind: kind, bytes: Self.size(url)))
    }

    /// Whether a folder holds nothing but unfinished files.
    private static func isEmptied(_ url: URL) -> Bool {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? ["?"]
        return names.allSatisfy { AtomicFile.isTemporary($0) }
    }

    /// Bytes of a file, or of all files in a folder; one that several folders share counts in none.
    private static func size(_ url: URL) -> Int {
        var status = stat()
        guard lstat(url.path, &status) == 0 else { return 0 }
        guard status.st_mode & S_IFMT == S_IFDIR else { return status.st_nlink > 1 ? 0 : Int(status.st_size) }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
        return names.reduce(0) { $0 + size(url.appendingPathComponent($1)) }
    }

    /// IDs in all stored plans of all sweeps; throws where a plan cannot be read, since its trials would look unwanted.
    private static func plannedTrials(_ root: URL) throws(StoreError) -> Set<String> {
        var known: Set<String> = []
        for sweep in try ResultFolders(root).sweepURLs() {
            let folder = sweep.appendingPathComponent("plans", isDirectory: true)
            for file in try AtomicFile.names(in: folder) where file.hasSuffix(".json") {
                let url = folder.appendingPathComponent(file)
                guard let data = try AtomicFile.read(url) else { continue }
                known.formUnion(try ResultStore.decode(data, url).trials.map(\.trialID))
            }
        }
        return known
    }
}
