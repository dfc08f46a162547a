public import Foundation
import Results

/// The one scheduler of a results folder: it alone launches workers and writes the database.
public final class SchedulerLock {
    private let lock: OwnerLock

    /// - Throws: `SchedulerBusy` when another process is the scheduler, `StoreError` when the folder cannot be written.
    public init(_ results: URL) throws {
        do {
            try FileManager.default.createDirectory(at: results, withIntermediateDirectories: true)
        } catch {
            throw StoreError(path: results.path, attempt: "make the folder", cause: error.localizedDescription)
        }
        let url = results.appendingPathComponent("scheduler.lock")
        guard let lock = try OwnerLock.take(url) else {
            throw SchedulerBusy(results: results.path, owner: OwnerLock.owner(url) ?? "another process")
        }
        self.lock = lock
    }
}

/// Another scheduler is at work on the same results.
public struct SchedulerBusy: Error, Hashable, Sendable, CustomStringConvertible {
    public let results: String
    /// Its process and machine.
    public let owner: String

    public var description: String {
        "\(results): \(owner) is training into this folder; wait for it, or choose another with --results"
    }
}
