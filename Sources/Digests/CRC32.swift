public import Foundation

/// CRC-32 (ISO 3309, the checksum of PNG and zip): tells a record that was cut off or overwritten from a whole one.
///
/// It finds accidents and no forgeries; what must not be forged has a `ContentDigest`.
public struct CRC32: Sendable {
    private var state: UInt32 = 0xffff_ffff

    /// A checksum of nothing yet.
    public init() {}

    /// Appends bytes, eight at a time.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        var crc = state
        let whole = bytes.count & ~7
        Self.tables.withUnsafeBufferPointer { t in
            for start in stride(from: 0, to: whole, by: 8) {
                let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: UInt64.self))
                let low = UInt32(truncatingIfNeeded: word) ^ crc
                let high = UInt32(truncatingIfNeeded: word >> 32)
                // Table k holds what a byte that is k places from the end of the eight does to the checksum.
                crc = t[7 << 8 | Int(low & 255)] ^ t[6 << 8 | Int(low >> 8 & 255)]
                crc ^= t[5 << 8 | Int(low >> 16 & 255)] ^ t[4 << 8 | Int(low >> 24)]
                crc ^= t[3 << 8 | Int(high & 255)] ^ t[2 << 8 | Int(high >> 8 & 255)]
                crc ^= t[1 << 8 | Int(high >> 16 & 255)] ^ t[Int(high >> 24)]
            }
            for byte in bytes[whole...] { crc = crc >> 8 ^ t[Int((crc ^ UInt32(byte)) & 255)] }
        }
        state = crc
    }

    /// The checksum of everything appended so far.
    public var value: UInt32 { ~state }

    /// The checksum of bytes.
    public static func of(_ data: Data) -> UInt32 {
        var checksum = CRC32()
        data.withUnsafeBytes { checksum.update($0) }
        return checksum.value
    }

    /// The checksum of a file's first `count` bytes.
    ///
    /// Throws the system's reason, as `POSIXError`, where the file cannot be read.
    public static func of(file path: String, count: Int) throws(POSIXError) -> UInt32 {
        var checksum = CRC32()
        try FilePieces.read(path, limit: count) { checksum.update($0) }
        return checksum.value
    }

    /// Eight tables of 256: the first for one byte, each other for a byte with one more zero byte behind it.
    private static let tables: [UInt32] = {
        var tables = [UInt32](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var crc = UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xedb8_8320 : crc >> 1 }
            tables[byte] = crc
        }
        for index in 256..<8 * 256 {
            let before = tables[index - 256]
            tables[index] = before >> 8 ^ tables[Int(before & 255)]
        }
        return tables
    }()
}

extension UInt32 {
    /// Eight hexadecimal digits.
    package var hexadecimal: String {
        let text = String(self, radix: 16)
        return String(repeating: "0", count: 8 - text.count) + text
    }
}
