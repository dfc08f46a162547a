public import Foundation
import GRDB

extension ResultStore {
    /// What `reindex` found.
    public struct Inventory: Hashable, Sendable {
        public var plans = 0
        public var trials = 0
        /// Attempts that ended, one way or another.
        public var attempts = 0
        /// What could not be read, and was left out.
        public var problems: [StoreError] = []
        /// Where a damaged database was moved; `nil` where it was sound or missing.
        public var damagedDatabase: URL?
    }

    /// Rebuilds the database of a results folder from the plans and trials that lie in it.
    ///
    /// A sound database is emptied and filled in one transaction; a damaged one is moved aside first. What cannot be
    /// read is listed in the inventory and does not stop the rest.
    public static func reindex(_ root: URL) throws(StoreError) -> (store: ResultStore, inventory: Inventory) {
        guard AtomicFile.isFolder(root) else {
            throw StoreError(path: root.path, attempt: "rebuild the database", cause: "no such folder")
        }
        let url = databaseURL(in: root)
        var moved: URL?
        let store: ResultStore
        do throws(StoreError) {
            if !FileManager.default.fileExists(atPath: url.path) { try create(root) }
            store = try ResultStore(root: root, database: open(url, .writing))
        } catch {
            // Only damage is put aside; a newer program's database or a full disk is not.
            guard error.advice == StoreError.reindexAdvice else { throw error }
            moved = try moveAside(url)
            try create(root)
            store = try ResultStore(root: root, database: open(url, .writing))
        }
        var inventory = try store.index()
        inventory.damagedDatabase = moved
        return (store, inventory)
    }

    /// Empties the database and fills it from the folders.
    func index() throws(StoreError) -> Inventory {
        var inventory = Inventory()
        var plans: [(plan: StoredPlan, data: Data, file: String)] = []
        var trials: [TrialDirectory] = []
        var attempts: [(record: DoneRecord, epochs: [EpochRow], environment: TrialEnvironment?)] = []
        for sweep in try AtomicFile.names(in: root) where AtomicFile.isFolder(sweepURL(sweep)) {
            for file in try AtomicFile.names(in: plansURL(sweep)) where file.hasSuffix(".json") {
                let url = plansURL(sweep).appendingPathComponent(file)
                inventory.attempt { () throws(StoreError) in
                    guard let data = try AtomicFile.read(url) else { return }
                    plans.append((try Self.decode(data, url), data, file))
                }
            }
            for name in try AtomicFile.names(in: sweepURL(sweep)) {
                let url = sweepURL(sweep).appendingPathComponent(name, isDirectory: true)
                guard FileManager.default.fileExists(atPath: url.appendingPathComponent("trial.json").path) else {
                    continue
                }
                inventory.attempt { () throws(StoreError) in trials.append(try TrialDirectory(opening: url)) }
            }
        }
        for trial in trials {
            inventory.attempt { () throws(StoreError) in
                for attempt in try trial.attempts() {
                    guard let record = try attempt.done() else { continue }
                    attempts.append((record, try attempt.epochs(of: record), try attempt.environment()))
                }
            }
        }
        plans.sort {
            (Self.planNumber($0.file), $0.plan.createdAt, $0.file)
                < (Self.planNumber($1.file), $1.plan.createdAt, $1.file)
        }
        let (storedPlans, storedTrials, storedAttempts) = (plans, trials, attempts)
        try write("rebuild the database") { database in
            try database.execute(sql: "DELETE FROM sweeps")
            for entry in storedPlans { try Self.insert(entry.plan, entry.data, entry.file, into: database) }
            for trial in storedTrials { try Self.insert(trial, into: database) }
            for entry in storedAttempts {
                try Self.insert(entry.record, entry.epochs, entry.environment, into: database)
            }
        }
        inventory.plans = plans.count
        inventory.trials = trials.count
        inventory.attempts = attempts.count
        return inventory
    }

    /// Renames a damaged database and its journals; returns the new name.
    private static func moveAside(_ url: URL) throws(StoreError) -> URL {
        var number = 1
        func target() -> URL { URL(fileURLWithPath: "\(url.path).damaged-\(number)") }
        while FileManager.default.fileExists(atPath: target().path) { number += 1 }
        let destination = target()
        for suffix in ["", "-wal", "-shm"] where FileManager.default.fileExists(atPath: url.path + suffix) {
            guard rename(url.path + suffix, destination.path + suffix) == 0 else {
                throw AtomicFile.systemError(url, "move the damaged database aside")
            }
        }
        return destination
    }
}

extension ResultStore.Inventory {
    /// Runs a step and notes its failure.
    fileprivate mutating func attempt(_ step: () throws(StoreError) -> Void) {
        do throws(StoreError) {
            try step()
        } catch {
            problems.append(error)
        }
    }
}
