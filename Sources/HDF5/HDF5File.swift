import CHDF5
public import Foundation

/// An open HDF5 file: the owner of the library's handle.
///
/// Objects are named by their path from the root, such as `weights/model.0.conv.weight`; groups on the way are made
/// as needed. A file is either written whole or read:
///
/// ```swift
/// try HDF5File.write(to: url) { file in
///     try file.write(values, dimensions: [16, 3, 3, 3], to: "weights/model.0.conv.weight")
/// }
/// let array = try HDF5File.read(url) { try $0.read(Float.self, from: "weights/model.0.conv.weight") }
/// ```
///
/// Object times are off: equal content gives equal bytes. Files end with a checksum (`FileSeal`), which is compared
/// before the library reads anything. All errors are `HDF5Error`, with file and object.
public struct HDF5File: ~Copyable {
    /// Path of the file, as messages name it.
    public let path: String
    let handle: HDF5Handle
    /// Bytes of a file that is read; no length that it claims can be much larger.
    let byteCount: Int

    /// Whether a file must end with the checksum that `write` puts there.
    public enum Checksum: Sendable {
        /// A file of any program: the checksum is compared where there is one.
        case ifPresent
        /// A file of this program's own, which is damaged if it has none.
        case required
    }

    /// Opens a file for reading.
    public init(reading url: URL, checksum: Checksum = .ifPresent) throws {
        let path = url.path
        let size = try Self.checkedSize(path, checksum)
        handle = try HDF5Library.withLock {
            let access = try Self.accessProperties(path: path)
            return try HDF5Handle(
                H5Fopen(path, ablate_h5f_read_only(), access.id), closedBy: { H5Fclose($0) }, file: path, object: "",
                attempt: "open the file")
        }
        self.path = path
        byteCount = size
    }

    /// The size of a file that is what its checksum says.
    private static func checkedSize(_ path: String, _ checksum: Checksum) throws -> Int {
        guard FileManager.default.fileExists(atPath: path) else {
            throw HDF5Error(file: path, attempt: "open the file", cause: "no such file")
        }
        switch try FileSeal.check(path) {
        case .whole: break
        case .missing where checksum == .ifPresent: try survive(path)
        case .missing:
            throw HDF5Error(
                file: path, attempt: "open the file",
                cause: "it does not end with its checksum: it was cut off, or another program wrote it")
        case .broken(let cause): throw HDF5Error(file: path, attempt: "open the file", cause: cause)
        }
        return size(of: path)
    }

    private static func size(of path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : 0
    }

    /// Lets a child process read a file that has no checksum; throws where the library does not survive it.
    private static func survive(_ path: String) throws {
        // No damage makes a file hold more than a thousandfold of itself: that is what compression can do.
        let bytes = size(of: path)
        let limit = min(max(bytes, 1) << 10, 1 << 32)
        // Sizes that damage invents keep the library busy for as long as it is let.
        let seconds = UInt32(clamping: 5 + (bytes >> 23))
        let signal = HDF5Library.withLock { ablate_h5_probe(path, limit, seconds) }
        if signal == 0 { return }
        throw HDF5Error(
            file: path, attempt: "open the file",
            cause: signal < 0
                ? "there is no process to look into it first: \(String(cString: strerror(errno)))"
                : signal == SIGALRM
                    ? "it is damaged: the HDF5 library does not come to an end with it"
                    : "it is damaged: the HDF5 library does not survive reading it (signal \(signal))")
    }

    /// Creates a file that must not exist, naming it `name` in messages.
    private init(creating path: String, name: String) throws {
        handle = try HDF5Library.withLock {
            let access = try Self.accessProperties(path: name)
            let creation = try Self.properties(ablate_h5p_file_create(), path: name, object: "")
            return try HDF5Handle(
                H5Fcreate(path, ablate_h5f_exclusive(), creation.id, access.id), closedBy: { H5Fclose($0) },
                file: name, object: "", attempt: "create the file")
        }
        self.path = name
        byteCount = 0
    }

    /// Opens a file, hands it to `body` and closes it.
    public static func read<Result>(
        _ url: URL, checksum: Checksum = .ifPresent, _ body: (borrowing HDF5File) throws -> Result
    ) throws -> Result {
        let file = try HDF5File(reading: url, checksum: checksum)
        return try body(file)
    }

    /// Writes a file that appears whole or not at all.
    ///
    /// `body` fills a temporary file beside it, which is flushed to the disk and then renamed; whatever was there
    /// before is replaced. Where anything fails, the temporary file is removed and the old file stays.
    public static func write<Result>(to url: URL, _ body: (borrowing HDF5File) throws -> Result) throws -> Result {
        let temporary = url.deletingLastPathComponent().appendingPathComponent(
            ".\(url.lastPathComponent).\(getpid())-\(UInt32.random(in: 0 ... .max)).tmp")
        do {
            let result = try fill(temporary, name: url.path, body)
            try FileSeal.append(to: temporary.path, name: url.path)
            try Self.synchronize(temporary.path, name: url.path)
            guard rename(temporary.path, url.path) == 0 else { throw systemError(url.path, "put the file in place") }
            try Self.synchronize(url.deletingLastPathComponent().path, name: url.path)
            return result
        } catch {
            unlink(temporary.path)
            throw error
        }
    }

    private static func fill<Result>(
        _ url: URL, name: String, _ body: (borrowing HDF5File) throws -> Result
    ) throws -> Result {
        let file = try HDF5File(creating: url.path, name: name)
        let result = try body(file)
        try HDF5Library.withLock {
            guard H5Fflush(file.handle.id, H5F_SCOPE_GLOBAL) >= 0 else {
                throw HDF5Error(file: name, attempt: "write the file", cause: HDF5Library.takeCause())
            }
        }
        return result
    }

    /// Waits until a file, or a folder's list of names, is on the disk.
    private static func synchronize(_ path: String, name: String) throws {
        let descriptor = open(path, O_RDONLY)
        guard descriptor >= 0 else { throw systemError(name, "open \(path)") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw systemError(name, "flush \(path) to the disk") }
    }

    private static func systemError(_ path: String, _ attempt: String) -> HDF5Error {
        HDF5Error(file: path, attempt: attempt, cause: String(cString: strerror(errno)))
    }

    private static func accessProperties(path: String) throws -> HDF5Handle {
        let access = try HDF5Handle(
            H5Pcreate(ablate_h5p_file_access()), closedBy: { H5Pclose($0) }, file: path, object: "",
            attempt: "prepare the file's access")
        guard ablate_h5p_set_format(access.id) >= 0, ablate_h5p_set_no_locking(access.id) >= 0 else {
            throw HDF5Error(file: path, attempt: "prepare the file's access", cause: HDF5Library.takeCause())
        }
        return access
    }

    /// Creation properties of a class, with object times off.
    static func properties(_ propertyClass: hid_t, path: String, object: String) throws -> HDF5Handle {
        let properties = try HDF5Handle(
            H5Pcreate(propertyClass), closedBy: { H5Pclose($0) }, file: path, object: object,
            attempt: "prepare its properties")
        guard H5Pset_obj_track_times(properties.id, false) >= 0 else {
            throw HDF5Error(file: path, object: object, attempt: "switch its times off", cause: HDF5Library.takeCause())
        }
        return properties
    }
}
