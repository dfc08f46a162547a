import Foundation

/// A worker as a child process, seen from the scheduler.
///
/// ```
/// scheduler ── lifeline ──► standard input    closed with the scheduler, whatever ends it: the worker ends too
///           ◄─ events ───── standard output   one JSON line each
///           ◄─ last words ─ standard error    until the worker redirects it into its attempt's log
/// ```
/// The child has a process group of its own, so that Ctrl-C reaches the scheduler alone.
struct WorkerProcess: ~Copyable {
    let identifier: pid_t
    private let lifeline: Int32
    private(set) var output: Int32
    private(set) var errors: Int32
    private var pendingOutput = Data()
    private var lastWords = Data()
    private var waitStatus: Int32?

    /// - Throws: `WorkerLaunchError`.
    init(_ command: [String]) throws(WorkerLaunchError) {
        let input = try Self.pipe()
        let output = try Self.pipe()
        let errors = try Self.pipe()
        defer { for end in [input.reading, output.writing, errors.writing] { close(end) } }

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input.reading, 0)
        posix_spawn_file_actions_adddup2(&actions, output.writing, 1)
        posix_spawn_file_actions_adddup2(&actions, errors.writing, 2)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        posix_spawnattr_setpgroup(&attributes, 0)

        let arguments = command.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        // The engine has threads of its own; OpenBLAS must not add more.
        let variables = ProcessInfo.processInfo.environment.merging(["OPENBLAS_NUM_THREADS": "1"]) { _, new in new }
        let environment = variables.map { strdup("\($0)=\($1)") } + [nil]
        defer { for variable in environment { free(variable) } }

        var identifier: pid_t = 0
        let code = posix_spawnp(&identifier, command[0], &actions, &attributes, arguments, environment)
        guard code == 0 else {
            for end in [input.writing, output.reading, errors.reading] { close(end) }
            throw WorkerLaunchError(program: command[0], cause: String(cString: strerror(code)))
        }
        self.identifier = identifier
        lifeline = input.writing
        self.output = output.reading
        self.errors = errors.reading
        // The scheduler looks after several workers and waits for none of them.
        for end in [output.reading, errors.reading] { _ = fcntl(end, F_SETFL, fcntl(end, F_GETFL) | O_NONBLOCK) }
    }

    deinit {
        // A worker that is dropped is not left behind.
        if waitStatus == nil {
            kill(-identifier, SIGKILL)
            var status: Int32 = 0
            while waitpid(identifier, &status, 0) < 0 && errno == EINTR {}
        }
        for end in [lifeline, output, errors] where end >= 0 { close(end) }
    }

    /// Asks for a checkpoint and an end.
    func stop() { kill(identifier, SIGTERM) }

    /// Ends the worker and what it may have started, at once.
    func killGroup() { kill(-identifier, SIGKILL) }

    /// Reads what has arrived and returns the whole lines; none of the calls waits.
    mutating func readLines() -> [Data] {
        Self.drain(&errors, into: &lastWords)
        if lastWords.count > Self.lastWordsLimit { lastWords = Data(lastWords.suffix(Self.lastWordsLimit)) }
        Self.drain(&output, into: &pendingOutput)
        guard let end = pendingOutput.lastIndex(of: UInt8(ascii: "\n")) else { return [] }
        let lines = pendingOutput[..<end].split(separator: UInt8(ascii: "\n")).map { Data($0) }
        pendingOutput = Data(pendingOutput[(end + 1)...])
        return lines
    }

    /// How the process ended, with the end of its error output; nil while it runs.
    mutating func end() -> (exit: WorkerExit, lastWords: String)? {
        if waitStatus == nil {
            var status: Int32 = 0
            if waitpid(identifier, &status, WNOHANG) == identifier { waitStatus = status }
        }
        guard let waitStatus else { return nil }
        return (
            WorkerExit(waitStatus: waitStatus),
            String(decoding: lastWords, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        )
    }

    private static let lastWordsLimit = 4096

    /// Appends what can be read without waiting; a descriptor at its end is closed and becomes −1.
    private static func drain(_ descriptor: inout Int32, into data: inout Data) {
        var buffer = [UInt8](repeating: 0, count: 16384)
        while descriptor >= 0 {
            let count = read(descriptor, &buffer, buffer.count)
            if count > 0 {
                data.append(contentsOf: buffer[..<count])
            } else if count == 0 {
                close(descriptor)
                descriptor = -1
            } else if errno != EINTR {
                return
            }
        }
    }

    /// A pipe that no other child inherits.
    private static func pipe() throws(WorkerLaunchError) -> (reading: Int32, writing: Int32) {
        var raw: [Int32] = [-1, -1]
        guard Foundation.pipe(&raw) == 0 else {
            throw WorkerLaunchError(program: "pipe", cause: String(cString: strerror(errno)))
        }
        // Numbers above 2, so that connecting one standard stream cannot close another.
        let ends = raw.map { fcntl($0, F_DUPFD_CLOEXEC, 3) }
        for end in raw { close(end) }
        guard ends.allSatisfy({ $0 >= 0 }) else {
            for end in ends where end >= 0 { close(end) }
            throw WorkerLaunchError(program: "pipe", cause: String(cString: strerror(errno)))
        }
        return (ends[0], ends[1])
    }
}

/// A worker that could not be started at all.
public struct WorkerLaunchError: Error, Hashable, Sendable, CustomStringConvertible {
    public let program: String
    public let cause: String

    public var description: String { "cannot start \(program): \(cause)" }
}
