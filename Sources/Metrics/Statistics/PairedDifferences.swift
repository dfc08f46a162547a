/// Differences between two arms, pair by pair. A pair is whatever both share: the seed, and the axes that a comparison
/// stays within.
public struct PairedDifferences<Key: Hashable & Comparable & Sendable>: Sendable {
    /// Keys that both arms have, ascending.
    public let keys: [Key]
    /// Arm minus the other, in the order of `keys`.
    public let values: [Double]
    /// Keys that only one of the two has, ascending: their values are left out.
    public let unpaired: [Key]

    /// Pairs the values of two arms by their keys.
    public init(_ arm: [Key: Double], against other: [Key: Double]) {
        var pairs: [(key: Key, difference: Double)] = []
        for (key, value) in arm {
            if let against = other[key] { pairs.append((key, value - against)) }
        }
        pairs.sort { $0.key < $1.key }
        keys = pairs.map(\.key)
        values = pairs.map(\.difference)
        unpaired = (arm.keys.filter { other[$0] == nil } + other.keys.filter { arm[$0] == nil }).sorted()
    }
}
