/// Random numbers by position: each is a hash of a key and a counter, so that any of them can be drawn at any time, in
/// any order, on any thread, with the same bits.
///
/// The key is (seed, stream, two more numbers); the mixing is that of SplitMix64's finaliser, applied twice.
public struct CounterRandom: Sendable {
    /// What the numbers are for: streams never overlap.
    public enum Stream: UInt64, Sendable {
        case initialization = 1
        case dropout = 2
        case benchmark = 3
    }

    private let key: UInt64

    public init(seed: UInt64, stream: Stream, _ first: UInt64 = 0, _ second: UInt64 = 0) {
        var key = Self.mix(seed &+ 0x9E37_79B9_7F4A_7C15)
        key = Self.mix(key ^ (stream.rawValue &* 0xD1B5_4A32_D192_ED03))
        key = Self.mix(key ^ (first &* 0xA24B_AED4_963E_E407))
        self.key = Self.mix(key ^ (second &* 0x9FB2_1C65_1E98_DF25))
    }

    /// 64 random bits of the counter.
    @inline(__always)
    public func bits(_ counter: UInt64) -> UInt64 {
        Self.mix(key &+ counter &* 0x9E37_79B9_7F4A_7C15)
    }

    /// 32 random bits of the counter.
    @inline(__always)
    public func bits32(_ counter: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: bits(counter) >> 32) }

    /// Uniform in 0 ..< 1, with 24 bits.
    @inline(__always)
    public func uniform(_ counter: UInt64) -> Float { Float(bits(counter) >> 40) * 0x1p-24 }

    @inline(__always)
    private static func mix(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
