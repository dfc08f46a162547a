import Foundation

/// A file's content, piece after piece.
enum FilePieces {
    static let length = 1 << 20

    /// Hands the first `limit` bytes of a file to `body` in pieces of 1 MiB, or all of them.
    ///
    /// Throws the system's reason where the file cannot be read; a file that is shorter than `limit` just ends.
    static func read(
        _ path: String, limit: Int = .max, _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(POSIXError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw systemError() }
        defer { close(descriptor) }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: length, alignment: 64)
        defer { buffer.deallocate() }
        var rest = limit
        while rest > 0 {
            let count = Foundation.read(descriptor, buffer.baseAddress, min(length, rest))
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw systemError() }
            if count == 0 { return }
            rest -= count
            body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }

    private static func systemError() -> POSIXError { POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
}
