public import Foundation

/// A promise about a sweep's hypotheses: which they were, when they were fixed, and what had been trained by then.
public struct HypothesesLock: Codable, Hashable, Sendable {
    /// SHA-256 of the hypotheses.
    public var hash: String
    public var lockedAt: Date
    /// Trials of the sweep that had been begun: with 0 the hypotheses were fixed before anything could be seen.
    public var begunTrials: Int
    /// Locks of other hypotheses that were made before this one.
    public var earlierLocks: Int
    public var hypotheses: Hypotheses
}

/// `results/<sweep>/hypotheses.json`: every lock that was made, oldest first. Nothing is ever taken out of it.
public struct HypothesesFile: Codable, Hashable, Sendable {
    public static let name = "hypotheses.json"
    /// Version of this type's JSON.
    public static let currentSchema = 1

    public private(set) var schema = HypothesesFile.currentSchema
    public private(set) var locks: [HypothesesLock] = []

    /// Reads a sweep's file; without locks where there is none.
    /// - Throws: `StoreError` where the file is damaged or newer than this program.
    public init(readingFrom sweep: URL) throws(StoreError) {
        let url = sweep.appendingPathComponent(Self.name)
        guard FileManager.default.fileExists(atPath: url.path) else { return }
        self = try StoreJSON.read(
            HypothesesFile.self, from: url, what: "the locked hypotheses", schema: Self.currentSchema,
            advice: "Restore it from a copy: it says what was fixed before the results were known.")
    }

    /// Locks hypotheses and writes the file; the newest lock stays as it is where it is of the same hypotheses.
    /// - Returns: the lock, and whether it is new.
    public mutating func lock(
        _ hypotheses: Hypotheses, in sweep: URL, begunTrials: Int, at time: Date = Date()
    ) throws(StoreError) -> (lock: HypothesesLock, isNew: Bool) {
        let hash = try hypotheses.hash
        if let last = locks.last, last.hash == hash { return (last, false) }
        let lock = HypothesesLock(
            hash: hash, lockedAt: time, begunTrials: begunTrials, earlierLocks: locks.count, hypotheses: hypotheses)
        locks.append(lock)
        try AtomicFile.makeFolder(sweep)
        try AtomicFile.write(try StoreJSON.encode(self), to: sweep.appendingPathComponent(Self.name))
        return (lock, true)
    }
}

extension HypothesesLock {
    /// `locked on 2026-11-25T20:00:00Z before the first training`.
    public var sentence: String {
        let time = lockedAt.formatted(.iso8601)
        let trainings = begunTrials == 1 ? "one training had" : "\(begunTrials) trainings had"
        return "locked on \(time) " + (begunTrials == 0 ? "before the first training" : "after \(trainings) begun")
    }
}

extension ResultStore {
    /// The plan with the newest lock on its sweep's hypotheses, which may have been made after the plan was run.
    /// - Throws: `StoreError` where the file of locks is damaged.
    public func withNewestLock(_ plan: StoredPlan) throws(StoreError) -> StoredPlan {
        plan.locked(by: try HypothesesFile(readingFrom: sweepURL(plan.sweep)).locks.last ?? plan.lock)
    }
}

extension StoredPlan {
    /// The plan with the newest lock on its sweep's hypotheses.
    func locked(by lock: HypothesesLock?) -> StoredPlan {
        var plan = self
        plan.lock = lock
        return plan
    }

    /// Whether the plan asks what was locked, for the head of a report; nil where nothing was locked.
    public var lockStatement: String? {
        guard let lock else { return nil }
        let earlier =
            lock.earlierLocks == 0
            ? "" : " This lock replaces \(lock.earlierLocks == 1 ? "another" : "\(lock.earlierLocks) others")."
        guard let hypotheses = Hypotheses(self) else {
            return "Hypotheses were \(lock.sentence), and nothing is compared any more." + earlier
        }
        let changes = hypotheses.changes(since: lock.hypotheses)
        if changes.isEmpty { return "Hypotheses \(lock.sentence) (\(lock.hash.prefix(10)))." + earlier }
        return "Hypotheses were \(lock.sentence) (\(lock.hash.prefix(10))) and have changed since: "
            + changes.joined(separator: "; ") + "." + earlier
    }
}
