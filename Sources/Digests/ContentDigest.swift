public import Foundation

/// SHA-256 (FIPS 180-4) of a stream of bytes, taken in as many pieces as one likes.
///
///     var digest = ContentDigest()
///     digest.update("abc")
///     digest.finalized()  // ba7816bf…
public struct ContentDigest: Sendable {
    private var state: SIMD8<UInt32> = [
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
    ]
    /// Bytes that do not yet fill a block of 64.
    private var pending: [UInt8] = []
    private var byteCount: UInt64 = 0

    /// A digest of nothing yet.
    public init() {
        pending.reserveCapacity(64)
    }

    /// Appends raw bytes.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        byteCount &+= UInt64(bytes.count)
        var rest = bytes[...]
        if !pending.isEmpty {
            let taken = min(64 - pending.count, rest.count)
            pending.append(contentsOf: rest.prefix(taken))
            rest = rest.dropFirst(taken)
            if pending.count < 64 { return }
            pending.withUnsafeBytes { Self.compress($0, into: &state) }
            pending.removeAll(keepingCapacity: true)
        }
        let whole = rest.count & ~63
        if whole > 0 {
            Self.compress(UnsafeRawBufferPointer(rebasing: rest.prefix(whole)), into: &state)
        }
        pending.append(contentsOf: rest.dropFirst(whole))
    }

    /// Appends bytes.
    public mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    /// Appends a file's or a buffer's content.
    public mutating func update(_ data: Data) {
        data.withUnsafeBytes { update($0) }
    }

    /// Appends a text's UTF-8.
    public mutating func update(_ text: String) {
        update(Array(text.utf8))
    }

    /// Appends an integer as eight bytes, lowest first: used to mark where one piece ends and the next begins.
    public mutating func update(_ value: Int) {
        withUnsafeBytes(of: UInt64(bitPattern: Int64(value)).littleEndian) { update($0) }
    }

    /// The digest of everything appended so far, as 64 hexadecimal digits; more can be appended afterwards.
    public func finalized() -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for byte in finalizedBytes() {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The 32 bytes of the digest of everything appended so far.
    public func finalizedBytes() -> [UInt8] {
        var copy = self
        let bitCount = byteCount &* 8
        let zeros = (119 - pending.count) % 64
        var padding: [UInt8] = [0x80]
        padding.append(contentsOf: repeatElement(0, count: zeros))
        withUnsafeBytes(of: bitCount.bigEndian) { padding.append(contentsOf: $0) }
        copy.update(padding)
        return (0..<8).flatMap { word in withUnsafeBytes(of: copy.state[word].bigEndian) { Array($0) } }
    }

    /// The digest of one text.
    public static func hexadecimal(of text: String) -> String {
        var digest = ContentDigest()
        digest.update(text)
        return digest.finalized()
    }
}

extension ContentDigest {
    /// The digest of bytes in hexadecimal.
    public static func hexadecimal(of data: Data) -> String {
        var digest = ContentDigest()
        digest.update(data)
        return digest.finalized()
    }

    /// The digest of a file's content in hexadecimal, read in pieces of 1 MiB.
    ///
    /// Throws the system's reason, as `POSIXError`, where the file cannot be read.
    public static func hexadecimal(ofFile path: String) throws(POSIXError) -> String {
        var digest = ContentDigest()
        try FilePieces.read(path) { digest.update($0) }
        return digest.finalized()
    }
}
