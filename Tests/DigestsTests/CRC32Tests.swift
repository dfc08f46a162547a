import Digests
import Foundation
import Testing

@Suite("CRC-32") struct CRC32Tests {
    @Test(
        "Published check values",
        arguments: [
            ("", 0), ("123456789", 0xcbf4_3926), ("a", 0xe8b7_be43), ("abc", 0x3524_41c2),
            ("The quick brown fox jumps over the lazy dog", 0x414f_a339),
        ] as [(String, UInt32)])
    func knownValues(text: String, expected: UInt32) {
        #expect(CRC32.of(Data(text.utf8)) == expected)
    }

    @Test("Pieces of any length give the checksum of the whole")
    func pieces() {
        let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 3) }
        let whole = CRC32.of(Data(bytes))
        for piece in [1, 3, 7, 8, 9, 63, 64, 65, 999] {
            var checksum = CRC32()
            for start in stride(from: 0, to: bytes.count, by: piece) {
                Array(bytes[start..<min(start + piece, bytes.count)]).withUnsafeBytes { checksum.update($0) }
            }
            #expect(checksum.value == whole, "in pieces of \(piece)")
        }
    }

    @Test("Files are read in pieces, and no further than asked")
    func files() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("ablate-crc-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: url) }
        let content = Data((0..<2_500_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 11) })
        try content.write(to: url)
        #expect(try CRC32.of(file: url.path, count: content.count) == CRC32.of(content))
        #expect(try CRC32.of(file: url.path, count: 1_500_000) == CRC32.of(content.prefix(1_500_000)))
        #expect(try ContentDigest.hexadecimal(ofFile: url.path) == ContentDigest.hexadecimal(of: content))
        let error = #expect(throws: POSIXError.self) { try ContentDigest.hexadecimal(ofFile: url.path + ".none") }
        #expect(error?.code == .ENOENT)
    }
}
