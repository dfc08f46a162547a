public import Foundation

/// `claim/` in a trial's folder: who has the trial, for file systems whose locks do not reach from one machine to another.
///
/// ```
/// mkdir claim ─► claim/owner, made exclusively ─► read back: is the token there mine?
/// ```
/// It stands beside the lock, which alone tells the living from the dead on one machine. Only workers that were handed
/// over to other machines make one; every worker heeds it.
public struct TrialClaim: Sendable {
    public let owner: Owner
    private let url: URL

    /// Who has a trial.
    public struct Owner: Codable, Hashable, Sendable {
        /// Different for every claim.
        public var token: String
        /// The machine since it was started, whatever its name: two nodes may share one.
        public var machine: String
        /// For people: process and machine.
        public var process: String
        /// The user's number.
        public var user: UInt32
        /// The task that Slurm knows it by, such as `123_4`; nil elsewhere.
        public var task: String?

        /// This process, in a task.
        public static func current(task: String?) -> Owner {
            let boot = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
            return Owner(
                token: UUID().uuidString,
                machine: (boot ?? ProcessInfo.processInfo.hostName).trimmingCharacters(in: .whitespacesAndNewlines),
                process: OwnerLock.thisProcess, user: getuid(), task: task)
        }
    }

    /// What came of asking for a trial.
    public enum Outcome: Sendable {
        case taken(TrialClaim)
        /// By an owner that may live; nil where its claim cannot be read.
        case held(Owner?)
    }

    private static let name = "claim"

    private static func claimURL(_ trial: TrialDirectory) -> URL {
        trial.url.appendingPathComponent(name, isDirectory: true)
    }

    /// Takes a trial whose lock is held by this process.
    ///
    /// - Parameter isGone: whether an owner that left its claim is certainly gone; asked at most once.
    public static func take(
        _ trial: TrialDirectory, as owner: Owner, isGone: (Owner) -> Bool
    ) throws(StoreError) -> Outcome {
        let url = claimURL(trial)
        let claim = TrialClaim(owner: owner, url: url)
        if mkdir(url.path, 0o755) == 0 {
            try AtomicFile.synchronizeFolder(of: url)
            guard try write(owner, to: ownerURL(url)) else { return .held(read(url)) }
            return try claim.confirmed()
        }
        guard errno == EEXIST else { throw AtomicFile.systemError(url, "claim the trial") }
        guard let former = read(url), isGone(former) else { return .held(read(url)) }
        // Of several that find the same owner gone, the one that can make this folder is its heir.
        guard mkdir(url.appendingPathComponent("heir-of-\(former.token)").path, 0o755) == 0 else {
            return .held(read(url))
        }
        guard read(url)?.token == former.token else { return .held(read(url)) }
        try AtomicFile.write(StoreJSON.encode(owner), to: ownerURL(url))
        return try claim.confirmed()
    }

    /// Who has claimed a trial; nil where nobody has, or the claim cannot be read.
    public static func holder(of trial: TrialDirectory) -> Owner? { read(claimURL(trial)) }

    /// The folder to remove, should its owner be gone without this being known.
    public static func url(of trial: TrialDirectory) -> URL { claimURL(trial) }

    /// Gives the trial back, unless somebody else has it by now.
    public func release() {
        guard Self.read(url)?.token == owner.token else { return }
        // Out of the way at once, then gone: another claim must not lose its owner to this.
        let aside = url.deletingLastPathComponent().appendingPathComponent(".\(Self.name)-\(owner.token).tmp")
        guard rename(url.path, aside.path) == 0 else { return }
        try? FileManager.default.removeItem(at: aside)
    }

    private func confirmed() throws(StoreError) -> Outcome {
        let found = Self.read(url)
        return found?.token == owner.token ? .taken(self) : .held(found)
    }

    private static func ownerURL(_ url: URL) -> URL { url.appendingPathComponent("owner") }

    /// Makes the file; false where somebody else has.
    private static func write(_ owner: Owner, to url: URL) throws(StoreError) -> Bool {
        let descriptor = open(url.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            if errno == EEXIST || errno == ENOENT { return false }
            throw AtomicFile.systemError(url, "claim the trial")
        }
        defer { close(descriptor) }
        try AtomicFile.append(StoreJSON.encode(owner), to: descriptor, of: url)
        return true
    }

    private static func read(_ url: URL) -> Owner? {
        guard let data = try? Data(contentsOf: ownerURL(url)) else { return nil }
        return try? JSONDecoder().decode(Owner.self, from: data)
    }
}
