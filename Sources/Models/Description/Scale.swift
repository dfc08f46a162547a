/// Compound scaling of a network: how deep, how wide, and how wide at most before scaling.
public struct Scale: Hashable, Sendable {
    /// The letter n, s, m, l or x, or another key of `scales`; `nil` for a file without scales.
    public var name: String?
    /// Multiplies repeats.
    public var depth: Double
    /// Multiplies channels.
    public var width: Double
    /// The most channels, before `width`.
    public var channelLimit: Int

    /// A scale with its factors.
    public init(name: String?, depth: Double, width: Double, channelLimit: Int) {
        self.name = name
        self.depth = depth
        self.width = width
        self.channelLimit = channelLimit
    }

    /// Repeats of a row; one stays one, more are scaled by the depth and rounded half to even.
    public func repeats(_ repeats: Int) -> Int {
        guard repeats > 1 else { return repeats }
        return max(Int((Double(repeats) * depth).rounded(.toNearestOrEven)), 1)
    }

    /// Channels of a row: limited, scaled by the width and rounded up to a multiple of 8.
    ///
    /// A count that equals the number of classes stays as it is, as in Ultralytics 8.3.0.
    public func channels(_ channels: Int, classCount: Int) -> Int {
        guard channels != classCount else { return channels }
        return Int((Double(min(channels, channelLimit)) * width / 8).rounded(.up)) * 8
    }

    /// Whether every C3k2 is built from C3k blocks whatever its row says, as in Ultralytics 8.3.0.
    public var forcesC3k: Bool { ["m", "l", "x"].contains(name) }
}
