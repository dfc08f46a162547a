import Digests
import Foundation

/// The last 24 bytes of every file that this program writes: a checksum of all before it.
///
/// ```
/// 0   8   "ABLSEAL1"
/// 8   8   length of the HDF5 file before the seal, little-endian
/// 16  4   CRC-32 of that file
/// 20  4   CRC-32 of the 20 bytes above
/// ```
/// HDF5 has checksums for its own structures and none for plain data, and its library was not made for hostile
/// files. A sealed file is compared with its seal before the library sees it. To the library, and to h5py, the seal is
/// space behind the end of the file: they ignore it, and drop it when they change the file.
enum FileSeal {
    static let byteCount = 24
    private static let magic = Data("ABLSEAL1".utf8)

    /// What a file's end says about the file.
    enum Finding: Equatable {
        case whole
        /// No seal: written by another program, by an older version of this one, or cut off.
        case missing
        case broken(String)
    }

    /// Appends the seal to a file that is complete.
    static func append(to path: String, name: String) throws {
        do {
            let length = try size(path)
            var seal = magic
            append(UInt64(length), to: &seal)
            append(try CRC32.of(file: path, count: length), to: &seal)
            append(CRC32.of(seal), to: &seal)
            let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
            defer { try? handle.close() }
            try handle.seekToEnd()
            try handle.write(contentsOf: seal)
        } catch {
            throw HDF5Error(file: name, attempt: "write its checksum", cause: reason(error))
        }
    }

    /// Compares a file with its seal.
    static func check(_ path: String) throws -> Finding {
        do {
            let total = try size(path)
            guard total >= byteCount else { return .missing }
            let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? handle.close() }
            try handle.seek(toOffset: UInt64(total - byteCount))
            let seal = try handle.read(upToCount: byteCount) ?? Data()
            guard seal.count == byteCount, seal.prefix(8) == magic else { return .missing }
            guard CRC32.of(seal.prefix(20)) == seal.integer(at: 20, as: UInt32.self) else {
                return .broken("the checksum at its end is damaged")
            }
            let length = seal.integer(at: 8, as: UInt64.self)
            guard length == UInt64(total - byteCount) else {
                return .broken("it has \(total - byteCount) bytes, its end says \(length)")
            }
            guard try CRC32.of(file: path, count: total - byteCount) == seal.integer(at: 16, as: UInt32.self) else {
                return .broken("its content does not fit the checksum at its end")
            }
            return .whole
        } catch {
            throw HDF5Error(file: path, attempt: "open the file", cause: reason(error))
        }
    }

    private static func size(_ path: String) throws(POSIXError) -> Int {
        var status = stat()
        guard stat(path, &status) == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw POSIXError(.EISDIR) }
        return Int(status.st_size)
    }

    private static func append<Number: FixedWidthInteger>(_ number: Number, to data: inout Data) {
        withUnsafeBytes(of: number.littleEndian) { data.append(contentsOf: $0) }
    }

    private static func reason(_ error: any Error) -> String {
        if let error = error as? POSIXError { return String(cString: strerror(error.code.rawValue)) }
        let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
        if let underlying, underlying.domain == NSPOSIXErrorDomain {
            return String(cString: strerror(Int32(underlying.code)))
        }
        return error.localizedDescription
    }
}

extension Data {
    /// The little-endian integer at an offset from the start.
    fileprivate func integer<Number: FixedWidthInteger>(at offset: Int, as type: Number.Type) -> Number {
        withUnsafeBytes { Number(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: type)) }
    }
}
