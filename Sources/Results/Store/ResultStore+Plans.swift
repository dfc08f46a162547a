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
        let file = Self.fileName(plan, data)
        try AtomicFile.write(data, to: folder.appendingPathComponent(file))
        try write("store the plan") { try Self.insert(plan, data, file, into: $0) }
    }

    /// The plan of the last run; `nil` where nothing was ever run.
    public func lastPlan() throws(StoreError) -> StoredPlan? {
        try plans("SELECT * FROM plans ORDER BY createdAt DESC, id DESC LIMIT 1", []).first
    }

    /// The plan of the last run of a sweep; `nil` where it was never run.
    public func lastPlan(of sweep: String) throws(StoreError) -> StoredPlan? {
        try plans(
            "SELECT * FROM plans WHERE sweep = ? ORDER BY createdAt DESC, id DESC LIMIT 1", [sweep]
        ).first
    }

    /// The plan of the last run of a manifest, by its path; `nil` where it was never run.
    public func lastPlan(ofManifest path: String) throws(StoreError) -> StoredPlan? {
        func resolved(_ path: String) -> String { URL(fileURLWithPath: path).standardizedFileURL.path }
        return try plans("SELECT * FROM plans ORDER BY createdAt DESC, id DESC", [])
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
            plans.append(try Self.decode(row.json, plansURL(row.sweep).appendingPathComponent(row.file)))
        }
        return plans
    }

    // MARK: - Files

    func plansURL(_ sweep: String) -> URL { sweepURL(sweep).appendingPathComponent("plans", isDirectory: true) }

    static func decode(_ data: Data, _ url: URL) throws(StoreError) -> StoredPlan {
        let plan: StoredPlan
        do {
            plan = try StoredPlan(decoding: data)
        } catch {
            throw StoreError(
                path: url.path, attempt: "read the plan", cause: StoreJSON.reason(error),
                advice: "Remove the file and run `ablate reindex`; the next `ablate run` stores its plan again.")
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
        try PlanRow(id: nil, sweep: plan.sweep, file: file, createdAt: plan.createdAt, json: data)
            .insert(database, onConflict: .replace)
    }

    /// `20261123-215859-<first digits of the content's hash>.json`: sorts by time, and no two plans collide.
    private static func fileName(_ plan: StoredPlan, _ data: Data) -> String {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute, .second], from: plan.createdAt)
        func digits(_ number: Int?, _ count: Int) -> String {
            let text = String(number ?? 0)
            return String(repeating: "0", count: max(0, count - text.count)) + text
        }
        let day = digits(parts.year, 4) + digits(parts.month, 2) + digits(parts.day, 2)
        let time = digits(parts.hour, 2) + digits(parts.minute, 2) + digits(parts.second, 2)
        return "\(day)-\(time)-\(SHA256.hexadecimal(of: data).prefix(8)).json"
    }
}
