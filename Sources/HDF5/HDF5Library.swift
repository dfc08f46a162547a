import CHDF5
import Foundation

/// The one door to libhdf5: its lock, its settings, its error stack.
///
/// A serial build of the library need not be thread-safe, so every call into it happens inside `withLock`. The lock
/// is recursive because closing a handle may happen while another call is under way.
enum HDF5Library {
    private static let lock = NSRecursiveLock()

    /// Switches the library's handler at exit off: handles are closed by their owners, and after a failure to write
    /// there is nothing left to flush.
    private static let isReady = H5dont_atexit() >= 0 && H5open() >= 0

    static func withLock<Result: ~Copyable>(_ body: () throws -> Result) rethrows -> Result {
        lock.lock()
        defer { lock.unlock() }
        precondition(isReady, "libhdf5 could not be initialised.")
        // No printing by the library itself. Builds with threads keep this setting for each thread apart.
        _ = H5Eset_auto2(ablate_h5e_default(), nil, nil)
        return try body()
    }

    /// Takes the library's error stack: the innermost message, which names the reason, then the outermost.
    static func takeCause() -> String {
        var messages: [String] = []
        withUnsafeMutablePointer(to: &messages) { pointer in
            let collect: H5E_walk2_t = { _, entry, context in
                if let description = entry?.pointee.desc, let context {
                    context.assumingMemoryBound(to: [String].self).pointee.append(String(cString: description))
                }
                return 0
            }
            _ = H5Ewalk2(ablate_h5e_default(), H5E_WALK_UPWARD, collect, pointer)
        }
        _ = H5Eclear2(ablate_h5e_default())
        guard let reason = messages.first else { return "the library gave no reason" }
        if let system = systemMessage(in: reason) { return system }
        guard let outermost = messages.last, outermost != reason else { return reason }
        return "\(reason) (\(outermost))"
    }

    /// The operating system's words inside a message of the library, where it failed in a system call.
    private static func systemMessage(in message: String) -> String? {
        guard let start = message.range(of: "error message = '")?.upperBound,
            let end = message[start...].firstIndex(of: "'")
        else { return nil }
        return String(message[start..<end])
    }
}

/// The owner of one of the library's identifiers: closes it when it goes away.
struct HDF5Handle: ~Copyable {
    let id: hid_t
    private let closeFunction: @Sendable (hid_t) -> herr_t

    /// Takes an identifier that the library returned; throws where it is the mark of a failure.
    init(
        _ id: hid_t, closedBy closeFunction: @escaping @Sendable (hid_t) -> herr_t, file: String, object: String,
        attempt: String
    ) throws {
        guard id >= 0 else {
            throw HDF5Error(file: file, object: object, attempt: attempt, cause: HDF5Library.takeCause())
        }
        self.id = id
        self.closeFunction = closeFunction
    }

    deinit {
        HDF5Library.withLock { _ = closeFunction(id) }
    }
}

extension HDF5File {
    /// Version of the library that is linked, such as `1.10.8`.
    public static var libraryVersion: String {
        var (major, minor, release): (UInt32, UInt32, UInt32) = (0, 0, 0)
        let isKnown = HDF5Library.withLock { H5get_libversion(&major, &minor, &release) >= 0 }
        return isKnown ? "\(major).\(minor).\(release)" : "unknown"
    }
}
