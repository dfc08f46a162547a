import Foundation

/// All bytes of a file.
///
/// - Throws: `COCOFileError` with the operating system's reason.
func contents(ofFile path: String) throws(COCOFileError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY)
    guard descriptor >= 0 else { throw unreadable(path) }
    defer { close(descriptor) }

    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw unreadable(path) }
    // One byte more than the file's size, so that the last read finds its end; pipes have no size and grow.
    var bytes = [UInt8](repeating: 0, count: max(Int(status.st_size) + 1, 1 << 16))
    var count = 0
    while true {
        if count == bytes.count { bytes.append(contentsOf: repeatElement(0, count: bytes.count)) }
        let received = bytes.withUnsafeMutableBytes { buffer in
            read(descriptor, buffer.baseAddress?.advanced(by: count), buffer.count - count)
        }
        if received < 0 {
            if errno == EINTR { continue }
            throw unreadable(path)
        }
        if received == 0 { break }
        count += received
    }
    bytes.removeLast(bytes.count - count)
    return bytes
}

private func unreadable(_ path: String) -> COCOFileError {
    COCOFileError(path: path, message: "cannot be read: \(String(cString: strerror(errno)))")
}
