public import Foundation

/// Damage to bytes, the same for the same seed.
public struct Mutation {
    private var state: UInt64

    public init(seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 | 1 }

    /// A number below a limit (xorshift64*).
    public mutating func next(_ limit: Int) -> Int {
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return Int((state &* 2_685_821_657_736_338_717) >> 33) % max(1, limit)
    }

    /// How many mutations a test makes: 1,000 when slow tests run, a part of them otherwise.
    public static let seeds: Range<UInt64> =
        0..<(ProcessInfo.processInfo.environment["ABLATE_SLOW"] != nil ? 1000 : 100)

    /// The content with one to four pieces of damage: bits, bytes, runs, cuts, repetitions.
    public mutating func damage(_ content: Data) -> Data {
        var bytes = [UInt8](content)
        for _ in 0...next(4) {
            guard !bytes.isEmpty else { break }
            let at = next(bytes.count)
            let count = min(1 + next(64), bytes.count - at)
            switch next(8) {
            case 0: bytes[at] ^= 1 << UInt8(next(8))
            case 1: bytes[at] = UInt8(next(256))
            case 2: for index in at..<at + count { bytes[index] = 0 }
            case 3: for index in at..<at + count { bytes[index] = UInt8(next(256)) }
            case 4: bytes.removeSubrange(at..<at + count)
            case 5: bytes.removeSubrange(at...)
            case 6: bytes.insert(contentsOf: bytes[at..<at + count], at: next(bytes.count))
            default: bytes.swapAt(at, next(bytes.count))
            }
        }
        return Data(bytes)
    }

    /// The text with words replaced by others of it or by values that nobody expects.
    public mutating func damage(words text: String, unexpected: [String]) -> String {
        let isSpace: (Character) -> Bool = { $0.isWhitespace || "[],:{}".contains($0) }
        var pieces: [String] = []
        for character in text {
            if let last = pieces.last, let end = last.last, isSpace(end) == isSpace(character) {
                pieces[pieces.count - 1].append(character)
            } else {
                pieces.append(String(character))
            }
        }
        for _ in 0...next(3) where !pieces.isEmpty {
            let at = next(pieces.count)
            switch next(4) {
            case 0: pieces[at] = pieces[next(pieces.count)]
            case 1: pieces.remove(at: at)
            default: pieces[at] = unexpected[next(unexpected.count)]
            }
        }
        return pieces.joined()
    }
}
