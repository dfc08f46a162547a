import Digests
import Testing

@Suite struct ContentDigestTests {
    @Test(
        "SHA-256 of FIPS 180's examples",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
            (
                "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
                "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
            ),
        ])
    func knownVectors(text: String, expected: String) {
        #expect(ContentDigest.hexadecimal(of: text) == expected)
    }

    @Test func aMillionLetters() {
        var digest = ContentDigest()
        digest.update([UInt8](repeating: 0x61, count: 1_000_000))
        #expect(digest.finalized() == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test("Pieces of any length give the digest of the whole")
    func pieces() {
        let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 * 31 + $0 >> 3) }
        var whole = ContentDigest()
        whole.update(bytes)
        for piece in [1, 3, 55, 56, 63, 64, 65, 127, 128, 129, 999] {
            var digest = ContentDigest()
            for start in stride(from: 0, to: bytes.count, by: piece) {
                digest.update(Array(bytes[start..<min(start + piece, bytes.count)]))
                _ = digest.finalized()
            }
            #expect(digest.finalized() == whole.finalized(), "in pieces of \(piece)")
        }
    }

    @Test("At least 150 MB/s in a release build", .enabled(if: isRelease))
    func speed() {
        let bytes = [UInt8](repeating: 7, count: 1 << 20)
        // The best of many short runs: what counts is what the code can do, not what else the machine does.
        let best =
            (0..<100).map { _ in
                ContinuousClock().measure {
                    var digest = ContentDigest()
                    digest.update(bytes)
                    _ = digest.finalized()
                }
            }.min() ?? .seconds(1)
        let rate = 1.048576 / (best / .seconds(1))
        #expect(rate > 150, "\(rate) MB/s")
    }
}

let isRelease: Bool = {
    #if DEBUG
        false
    #else
        true
    #endif
}()
