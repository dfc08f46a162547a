public import Foundation

/// Files that appear whole or not at all, also when the machine loses power.
public enum AtomicFile {
    /// Writes a file: temporary name beside it, flush to the disk, rename, flush of the folder.
    public static func write(_ data: Data, to url: URL) throws(StoreError) {
        let temporary = temporaryURL(for: url)
        let descriptor = open(temporary.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw systemError(url, "create the file") }
        do throws(StoreError) {
            defer { close(descriptor) }
            try append(data, to: descriptor, of: url)
        } catch {
            unlink(temporary.path)
            throw error
        }
        guard Foundation.rename(temporary.path, url.path) == 0 else {
            let error = systemError(url, "put the file in place")
            unlink(temporary.path)
            throw error
        }
        try synchronizeFolder(of: url)
    }

    /// Puts a file that somebody else has written in place: flush to the disk, rename, flush of the folder.
    static func rename(_ temporary: URL, to url: URL) throws(StoreError) {
        let descriptor = open(temporary.path, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { throw systemError(url, "open the file") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw systemError(url, "flush the file to the disk") }
        guard Foundation.rename(temporary.path, url.path) == 0 else { throw systemError(url, "put the file in place") }
        try synchronizeFolder(of: url)
    }

    /// Whether a name is that of a file that was never finished.
    public static func isTemporary(_ name: String) -> Bool { name.hasPrefix(".") && name.hasSuffix(".tmp") }

    /// Writes all bytes to an open file and waits until they are on the disk.
    static func append(_ data: Data, to descriptor: Int32, of url: URL) throws(StoreError) {
        var rest = data
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { bytes in
                bytes.baseAddress.map { Foundation.write(descriptor, $0, bytes.count) } ?? 0
            }
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else { throw systemError(url, "write the file") }
            rest = rest.dropFirst(written)
        }
        guard fsync(descriptor) == 0 else { throw systemError(url, "flush the file to the disk") }
    }

    /// Waits until the names in a file's folder are on the disk.
    static func synchronizeFolder(of url: URL) throws(StoreError) {
        let folder = url.deletingLastPathComponent()
        let descriptor = open(folder.path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw systemError(folder, "open the folder") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw systemError(folder, "flush the folder to the disk") }
    }

    /// Makes a folder and those above it.
    static func makeFolder(_ url: URL) throws(StoreError) {
        do {
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        } catch {
            throw StoreError(path: url.path, attempt: "make the folder", cause: reason(error))
        }
    }

    /// A file's content; `nil` where there is no such file.
    static func read(_ url: URL) throws(StoreError) -> Data? {
        guard FileManager.default.fileExists(atPath: url.path) else { return nil }
        do {
            return try Data(contentsOf: url)
        } catch {
            throw StoreError(path: url.path, attempt: "read the file", cause: reason(error))
        }
    }

    /// Names in a folder, in byte order, temporary files left out; empty where there is no such folder.
    static func names(in folder: URL) throws(StoreError) -> [String] {
        guard FileManager.default.fileExists(atPath: folder.path) else { return [] }
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder.path)
                .filter { !isTemporary($0) }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        } catch {
            throw StoreError(path: folder.path, attempt: "list the folder", cause: reason(error))
        }
    }

    static func isFolder(_ url: URL) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) && isFolder.boolValue
    }

    static func systemError(_ url: URL, _ attempt: String) -> StoreError {
        StoreError(path: url.path, attempt: attempt, cause: String(cString: strerror(errno)))
    }

    /// A name beside a file that no other process uses.
    static func temporaryURL(for url: URL) -> URL {
        url.deletingLastPathComponent().appendingPathComponent(
            ".\(url.lastPathComponent).\(getpid())-\(UInt32.random(in: 0 ... .max)).tmp")
    }

    /// The system's words for an error of Foundation.
    private static func reason(_ error: any Error) -> String {
        let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
        if let underlying, underlying.domain == NSPOSIXErrorDomain {
            return String(cString: strerror(Int32(underlying.code)))
        }
        return error.localizedDescription
    }
}
