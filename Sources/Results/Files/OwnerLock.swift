public import Foundation

/// The lock that the worker of a trial holds as long as it lives.
///
/// The operating system takes it back with the process, however that ends, so that "running" is a fact about a
/// process and never about a heartbeat's age. It is an open-file-description lock (`F_OFD_SETLK`): other parts of
/// the same process cannot lose it by opening the file, and asking does not disturb it.
public struct OwnerLock: ~Copyable {
    private let descriptor: Int32
    private let url: URL

    /// Takes the lock, creating its file; `nil` where another process holds it.
    public static func take(_ url: URL) throws(StoreError) -> OwnerLock? {
        let descriptor = open(url.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw AtomicFile.systemError(url, "open the lock") }
        var request = wholeFile
        guard fcntl(descriptor, setLock, &request) == 0 else {
            let isHeld = errno == EAGAIN || errno == EACCES
            let error = AtomicFile.systemError(url, "take the lock")
            close(descriptor)
            if isHeld { return nil }
            throw error
        }
        let lock = OwnerLock(descriptor: descriptor, url: url)
        try lock.writeOwner()
        return lock
    }

    /// Whether a process holds the lock; false where the file does not exist.
    public static func isHeld(_ url: URL) -> Bool {
        let descriptor = open(url.path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var request = wholeFile
        return fcntl(descriptor, getLock, &request) == 0 && Int32(request.l_type) != F_UNLCK
    }

    /// What the last owner wrote about itself: its process and machine, for messages.
    public static func owner(_ url: URL) -> String? {
        guard let data = try? AtomicFile.read(url), !data.isEmpty else { return nil }
        return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// This process and machine, as locks and journals name them.
    public static var thisProcess: String { "process \(getpid()) on \(ProcessInfo.processInfo.hostName)" }

    private init(descriptor: Int32, url: URL) {
        self.descriptor = descriptor
        self.url = url
    }

    deinit {
        // Closing the only descriptor gives the lock back; the file stays, since removing it would race with a taker.
        close(descriptor)
    }

    private borrowing func writeOwner() throws(StoreError) {
        guard ftruncate(descriptor, 0) == 0 else { throw AtomicFile.systemError(url, "write the lock") }
        let text = Self.thisProcess + "\n"
        try AtomicFile.append(Data(text.utf8), to: descriptor, of: url)
    }

    // Linux' numbers on every processor; the C library's header hides the names from Swift.
    private static let getLock: Int32 = 36
    private static let setLock: Int32 = 37

    private static var wholeFile: flock {
        // Fields that are not set are zero: from the start to the end of the file, whose process must be 0.
        var request = flock()
        request.l_type = Int16(F_WRLCK)
        request.l_whence = Int16(SEEK_SET)
        return request
    }
}
