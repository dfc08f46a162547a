import Foundation

/// SHA-256 (FIPS 180-4) of files, to tell a damaged weight file from the one that was measured.
enum SHA256 {
    /// Digest of a file in hexadecimal, read in pieces.
    static func hexadecimal(of url: URL) throws(StoreError) -> String {
        guard let stream = InputStream(url: url) else {
            throw StoreError(path: url.path, attempt: "read the file", cause: "no such file")
        }
        stream.open()
        defer { stream.close() }
        var state = initialState
        var length = 0
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        var filled = 0
        while true {
            let read = buffer.withUnsafeMutableBufferPointer { bytes in
                bytes.baseAddress.map { stream.read($0 + filled, maxLength: bytes.count - filled) } ?? -1
            }
            guard read >= 0 else {
                let cause = stream.streamError?.localizedDescription ?? "no such file"
                throw StoreError(path: url.path, attempt: "read the file", cause: cause)
            }
            if read == 0 { break }
            length += read
            filled += read
            if filled == buffer.count {
                compress(buffer[...], &state)
                filled = 0
            }
        }
        compress(padded(buffer[..<filled], totalLength: length)[...], &state)
        return text(state)
    }

    /// Digest of bytes in hexadecimal.
    static func hexadecimal(of data: Data) -> String {
        var state = initialState
        let bytes = [UInt8](data)
        compress(padded(bytes[...], totalLength: bytes.count)[...], &state)
        return text(state)
    }

    /// The message's end: a one bit, zeros, and the length in bits, to a multiple of 64 bytes.
    private static func padded(_ tail: ArraySlice<UInt8>, totalLength: Int) -> [UInt8] {
        var bytes = Array(tail) + [0x80]
        while bytes.count % 64 != 56 { bytes.append(0) }
        for shift in stride(from: 56, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: (totalLength * 8) >> shift))
        }
        return bytes
    }

    private static func compress(_ bytes: ArraySlice<UInt8>, _ state: inout [UInt32]) {
        var w = [UInt32](repeating: 0, count: 64)
        for block in stride(from: bytes.startIndex, to: bytes.endIndex, by: 64) {
            for i in 0..<16 {
                var word: UInt32 = 0
                for j in 0..<4 { word = word << 8 | UInt32(bytes[block + 4 * i + j]) }
                w[i] = word
            }
            for i in 16..<64 {
                let s0 = rotated(w[i - 15], 7) ^ rotated(w[i - 15], 18) ^ w[i - 15] >> 3
                let s1 = rotated(w[i - 2], 17) ^ rotated(w[i - 2], 19) ^ w[i - 2] >> 10
                w[i] = w[i - 16] &+ s0 &+ w[i - 7] &+ s1
            }
            var (a, b, c, d) = (state[0], state[1], state[2], state[3])
            var (e, f, g, h) = (state[4], state[5], state[6], state[7])
            for i in 0..<64 {
                let s1 = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)
                let first = h &+ s1 &+ ((e & f) ^ (~e & g)) &+ roundConstants[i] &+ w[i]
                let s0 = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)
                let second = s0 &+ ((a & b) ^ (a & c) ^ (b & c))
                (h, g, f, e, d, c, b, a) = (g, f, e, d &+ first, c, b, a, first &+ second)
            }
            for (i, word) in [a, b, c, d, e, f, g, h].enumerated() { state[i] &+= word }
        }
    }

    private static func rotated(_ word: UInt32, _ count: UInt32) -> UInt32 { word >> count | word << (32 - count) }

    private static func text(_ state: [UInt32]) -> String {
        state.map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 8 - digits.count) + digits
        }.joined()
    }

    private static let initialState: [UInt32] = fractions(of: primes(count: 8), root: 2)
    private static let roundConstants: [UInt32] = fractions(of: primes(count: 64), root: 3)

    private static func primes(count: Int) -> [Int] {
        Array((2...).lazy.filter { n in !(2..<n).contains { $0 * $0 <= n && n % $0 == 0 } }.prefix(count))
    }

    /// The first 32 bits of the fractions of the numbers' square or cube roots: the standard's constants, computed
    /// with whole numbers.
    private static func fractions(of numbers: [Int], root: Int) -> [UInt32] {
        numbers.map { number in
            // The largest r with r^root <= number · 2^(32·root); its low 32 bits are the fraction's first.
            var low: UInt64 = 0
            var high: UInt64 = 1 << 37
            while low + 1 < high {
                let middle = (low + high) / 2
                if isPower(middle, root, atMost: UInt64(number)) { low = middle } else { high = middle }
            }
            return UInt32(truncatingIfNeeded: low)
        }
    }

    /// Whether value^root ≤ limit · 2^(32·root).
    private static func isPower(_ value: UInt64, _ root: Int, atMost limit: UInt64) -> Bool {
        var power = UInt128(value)
        for _ in 1..<root { power *= UInt128(value) }
        return power <= UInt128(limit) << UInt128(32 * root)
    }
}
