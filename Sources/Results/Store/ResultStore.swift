public import Foundation
import GRDB

/// The index of `results/`: one SQLite database over all sweeps, `ablate.sqlite`.
///
/// ```
/// trial directories ──► record, reindex ──► ablate.sqlite ──► reports, status
/// ```
///
/// Only the process that schedules writes it, in short transactions. Nothing in it is the only copy: plans and trials
/// lie in the sweeps' folders, and `reindex` rebuilds the database from them. Whatever the database does not yet know
/// is looked up in the folders, so that a scheduler that died between a trial's end and its record loses nothing.
public struct ResultStore: Sendable {
    /// The folder `results/`.
    public let root: URL
    let database: DatabaseQueue

    /// Path of the database under a results folder.
    public static func databaseURL(in root: URL) -> URL { root.appendingPathComponent("ablate.sqlite") }

    /// What may be done with an open store.
    public enum Access: Sendable {
        /// By the scheduler: the database is made where it is missing, from the folders that are there, and migrated.
        case writing
        /// By everybody else: a database that is missing or of another version is an error.
        case reading
    }

    /// Opens the store of a results folder.
    ///
    /// Throws where the database is damaged, empty or newer than this program: it is never silently begun anew.
    public init(_ root: URL, _ access: Access) throws(StoreError) {
        let url = Self.databaseURL(in: root)
        let exists = FileManager.default.fileExists(atPath: url.path)
        if access == .reading, !exists {
            throw StoreError(
                path: url.path, attempt: "open the database", cause: "no such file",
                advice: "`ablate run` makes it; `ablate reindex` rebuilds it from trials that are there.")
        }
        if !exists { try Self.create(root) }
        try self.init(root: root, database: Self.open(url, access))
    }

    init(root: URL, database: DatabaseQueue) {
        self.root = root
        self.database = database
    }

    /// Folder of a sweep.
    public func sweepURL(_ sweep: String) -> URL { root.appendingPathComponent(sweep, isDirectory: true) }

    static func open(_ url: URL, _ access: Access) throws(StoreError) -> DatabaseQueue {
        var configuration = Configuration()
        configuration.readonly = access == .reading
        configuration.busyMode = .timeout(20)
        if access == .writing { configuration.journalMode = .wal }
        do {
            try checkSize(url)
            if access == .reading, Foundation.access(url.deletingLastPathComponent().path, W_OK) != 0 {
                return try openCopy(url)
            }
            let database = try DatabaseQueue(path: url.path, configuration: configuration)
            if access == .writing {
                try Schema.migrator.migrate(database)
            } else if try database.read({ try Schema.isOlder($0) }) {
                // A reader brings the tables of an older version up to date, once.
                try database.close()
                try open(url, .writing).close()
                return try open(url, .reading)
            }
            try database.read { try check($0, url) }
            return database
        } catch {
            throw wrap(error, url, "open the database")
        }
    }

    /// Makes the database from the folders that are there; it appears whole, whatever ends this process meanwhile.
    static func create(_ root: URL) throws(StoreError) {
        try AtomicFile.makeFolder(root)
        let url = databaseURL(in: root)
        let temporary = AtomicFile.temporaryURL(for: url)
        defer { unlink(temporary.path) }
        do {
            var configuration = Configuration()
            // Nobody sees the file before it is finished: there is nothing to roll back.
            configuration.prepareDatabase { try $0.execute(sql: "PRAGMA journal_mode = MEMORY") }
            let database = try DatabaseQueue(path: temporary.path, configuration: configuration)
            try Schema.migrator.migrate(database)
            _ = try ResultStore(root: root, database: database).index()
            try database.close()
        } catch {
            throw wrap(error, url, "make the database")
        }
        // SQLite would replay the log of another database that was here.
        for suffix in ["-wal", "-shm", "-journal"] { unlink(url.path + suffix) }
        try AtomicFile.rename(temporary, to: url)
    }

    /// A copy in memory of a database whose folder cannot be written: SQLite could not keep its files beside it there.
    private static func openCopy(_ url: URL) throws -> DatabaseQueue {
        let files = FileManager.default
        let folder = files.temporaryDirectory.appendingPathComponent("ablate-\(UUID().uuidString)")
        try files.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? files.removeItem(at: folder) }
        let copy = folder.appendingPathComponent(url.lastPathComponent)
        for suffix in ["", "-wal"] where files.fileExists(atPath: url.path + suffix) {
            try files.copyItem(atPath: url.path + suffix, toPath: copy.path + suffix)
        }
        // The copy of a read-only file is read-only as well.
        try files.setAttributes([.posixPermissions: 0o600], ofItemAtPath: copy.path)
        let memory = try DatabaseQueue()
        try open(copy, .writing).backup(to: memory)
        try memory.read { try check($0, url) }
        return memory
    }

    /// Throws where the file is empty or cut off inside a page.
    ///
    /// SQLite takes an empty file for a new database, as if nothing had been trained, and fills a cut page with zeros.
    private static func checkSize(_ url: URL) throws {
        let file = try FileHandle(forReadingFrom: url)
        defer { try? file.close() }
        let header = [UInt8](try file.read(upToCount: 18) ?? Data())
        let size = try file.seekToEnd()
        // Bytes 16 and 17 hold the page size in bytes, 1 standing for 65,536.
        let pageSize = header.count == 18 ? UInt64(header[16]) << 8 | UInt64(header[17]) : 0
        let isWhole = pageSize == 1 ? size % 65_536 == 0 : pageSize >= 512 && size % pageSize == 0
        guard isWhole else {
            let cause = size == 0 ? "the file is empty" : "it is cut off, or is no database"
            throw StoreError(
                path: url.path, attempt: "open the database", cause: cause, advice: StoreError.reindexAdvice)
        }
    }

    /// Throws where the database is damaged, or has another schema than this program's.
    private static func check(_ database: Database, _ url: URL) throws {
        let findings = try String.fetchAll(database, sql: "PRAGMA quick_check")
        guard findings == ["ok"] else {
            throw StoreError(
                path: url.path, attempt: "open the database", cause: findings.first ?? "it is damaged",
                advice: StoreError.reindexAdvice)
        }
        guard try Row.fetchOne(database, sql: "PRAGMA foreign_key_check") == nil else {
            throw StoreError(
                path: url.path, attempt: "open the database", cause: "a row refers to one that is not there",
                advice: StoreError.reindexAdvice)
        }
        if try Schema.migrator.hasBeenSuperseded(database) {
            throw StoreError(
                path: url.path, attempt: "open the database", cause: "a newer version of this program has written it")
        }
        guard try Schema.migrator.hasCompletedMigrations(database) else {
            throw StoreError(
                path: url.path, attempt: "open the database", cause: "it has not this program's tables",
                advice: StoreError.reindexAdvice)
        }
    }

    // MARK: - Access with errors that name the file

    func read<Value: Sendable>(
        _ attempt: String, _ body: @Sendable (Database) throws -> Value
    ) throws(StoreError) -> Value {
        do {
            return try database.read(body)
        } catch {
            throw Self.wrap(error, Self.databaseURL(in: root), attempt)
        }
    }

    func write<Value: Sendable>(
        _ attempt: String, _ body: @Sendable (Database) throws -> Value
    ) throws(StoreError) -> Value {
        do {
            return try database.write(body)
        } catch {
            throw Self.wrap(error, Self.databaseURL(in: root), attempt)
        }
    }

    private static func wrap(_ error: any Error, _ url: URL, _ attempt: String) -> StoreError {
        if let error = error as? StoreError { return error }
        guard let error = error as? DatabaseError else {
            return StoreError(path: url.path, attempt: attempt, cause: StoreJSON.reason(error))
        }
        let isDamaged = [.SQLITE_CORRUPT, .SQLITE_NOTADB].contains(error.resultCode)
        return StoreError(
            path: url.path, attempt: attempt, cause: error.message ?? error.resultCode.description,
            advice: isDamaged ? StoreError.reindexAdvice : "")
    }
}
