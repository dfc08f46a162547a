import Digests
import Foundation
import GRDB

extension ResultStore {
    /// Stores the resolved plan of a run: as a file under the sweep's folder, then in the database.
    public func save(_ plan: StoredPlan) throws(StoreError) {
        let folder = plansURL(plan.sweep)
        let plan = plan.locked(by: try HypothesesFile(readingFrom: sweepURL(plan.sweep)).locks.last)
        let data: Data
        do {
            data = try plan.encoded()
        } catch {
            throw StoreError(path: folder.path, attempt: "write the plan", cause: StoreJSON.reason(error))
        }
        try AtomicFile.makeFolder(folder)
        let file = Self.fileName(plan, data, number: try nextPlanNumber())
        try AtomicFile.write(data, to: folder.appendingPathComponent(file))
        try write("store the plan") { try Self.insert(plan, data, file, into: $0) }
    }

    /// The plan of the last run; `nil` where nothing was ever run.
    public func lastPlan() throws(StoreError) -> StoredPlan? {
        try plans("SELECT * FROM plans ORDER BY id DESC LIMIT 1", []).first
    }

    /// The plan of the last run of a sweep; `nil` where it was never run.
    public func lastPlan(of sweep: String) throws(StoreError) -> StoredPlan? {
        try plans(
            "SELECT * FROM plans WHERE sweep = ? ORDER BY id DESC LIMIT 1", [sweep]
        ).first
    }

    /// The plan of the last run of a manifest, by its path; `nil` where it was never run.
    public func lastPlan(ofManifest path: String) throws(StoreError) -> StoredPlan? {
        func resolved(_ path: String) -> String { URL(fileURLWithPath: path).standardizedFileURL.path }
        return try plans("SELECT * FROM plans ORDER BY id DESC", [])
            .first { !$0.manifestPath.isEmpty && resolved($0.manifestPath) == resolved(path) }
    }

    /// Names of the sweeps that have a plan, in alphabetical order.
    public func sweeps() throws(StoreError) -> [String] {
        try read("list the sweeps") {
            try String.fetchAll($0, sql: "SELECT DISTINCT sweep FROM plans ORDER BY sweep")
        }
    }

    private func plans(_ sql: String, _ arguments: [String]) throws(StoreError) -> [StoredPlan] {
        let rows = try read("read a plan") {
            try PlanRow.fetchAll($0, sql: sql, arguments: StatementArguments(arguments))
        }
        var plans: [StoredPlan] = []
        for row in rows {
            if let checksum = row.checksum, checksum != CRC32.of(row.json) {
                throw StoreError(
                    path: Self.databaseURL(in: root).path, attempt: "read a plan",
                    cause: "\(row.sweep)/\(row.file) does not fit its checksum", advice: StoreError.reindexAdvice)
            }
            plans.append(try Self.decode(row.json, plansURL(row.sweep).appendingPathComponent(row.file)))
        }
        return plans
    }

    // MARK: - Files

    func plansURL(_ sweep: String) -> URL { sweepURL(sweep).appendingPathComponent("plans", isDirectory: true) }

    /// What to do about a damaged plan.
    private static let planAdvice =
        "Remove the file and run `ablate reindex`; the next `ablate run` stores its plan again."

    static func decode(_ data: Data, _ url: URL) throws(StoreError) -> StoredPlan {
        // The name ends with digits of the content's hash.
        let name = url.deletingPathExtension().lastPathComponent.split(separator: "-").last ?? ""
        if name.count == 8, UInt32(name, radix: 16) != nil, !ContentDigest.hexadecimal(of: data).hasPrefix(name) {
            throw StoreError(
                path: url.path, attempt: "read the plan", cause: "its content is not the one that its name stands for",
                advice: planAdvice)
        }
        let plan: StoredPlan
        do {
            plan = try StoredPlan(decoding: data)
        } catch {
            throw StoreError(
                path: url.path, attempt: "read the plan", cause: StoreJSON.reason(error),
                advice: planAdvice)
        }
        guard plan.schema <= StoredPlan.currentSchema else {
            throw StoreError(
                path: url.path, attempt: "read the plan",
                cause: "it has schema \(plan.schema), newer than this program's \(StoredPlan.currentSchema)")
        }
        return plan
    }

    static func insert(_ plan: StoredPlan, _ data: Data, _ file: String, into database: Database) throws {
        try SweepRow(name: plan.sweep).insert(database, onConflict: .ignore)
        try PlanRow(
            id: nil, sweep: plan.sweep, file: file, createdAt: plan.createdAt, json: data, checksum: CRC32.of(data)
        ).insert(database, onConflict: .replace)
    }

    /// The number of the next plan, counted through all sweeps: which run was the last is no question to the clock.
    private func nextPlanNumber() throws(StoreError) -> Int {
        var last = 0
        for sweep in try AtomicFile.names(in: root) where AtomicFile.isFolder(plansURL(sweep)) {
            for file in try AtomicFile.names(in: plansURL(sweep)) { last = max(last, Self.planNumber(file)) }
        }
        return last + 1
    }

    /// The number in a plan's file name; 0 in the names of older versions, which began with the date.
    static func planNumber(_ file: String) -> Int {
        let parts = file.split(separator: "-")
        return parts.count == 4 ? Int(parts[0]) ?? 0 : 0
    }

    /// `000012-20261123-215859-<first digits of the content's hash>.json`.
    private static func fileName(_ plan: StoredPlan, _ data: Data, number: Int) -> String {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute, .second], from: plan.createdAt)
        func digits(_ number: Int?, _ count: Int) -> String {
            let text = String(number ?? 0)
            return String(repeating: "0", count: max(0, count - text.count)) + text
        }
        let day = digits(parts.year, 4) + digits(parts.month, 2) + digits(parts.day, 2)
        let time = digits(parts.hour, 2) + digits(parts.minute, 2) + digits(parts.second, 2)
        return "\(digits(number, 6))-\(day)-\(time)-\(ContentDigest.hexadecimal(of: data).prefix(8)).json"
    }
}
