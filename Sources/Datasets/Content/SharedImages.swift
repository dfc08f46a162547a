import Foundation

/// Finds images that are in two splits, by the bytes of their files.
public enum SharedImages {
    /// An image of one split and its like in another, by their names in the data set.
    public struct Pair: Hashable, Sendable {
        /// Name in the first split.
        public var train: String
        /// Name in the second split.
        public var val: String

        public init(train: String, val: String) {
            self.train = train
            self.val = val
        }
    }

    /// Every image of the second split that is also in the first, in the second's order.
    ///
    /// Cheap: only files of equal length are looked into, and only up to the first byte that differs. Images without a
    /// file are in no other split, and a file that cannot be read is like no other.
    public static func between(_ train: any DetectionSource, _ val: any DetectionSource) -> [Pair] {
        var byLength: [Int: [Int]] = [:]
        for index in 0..<train.count {
            if let length = length(of: train, index) { byLength[length, default: []].append(index) }
        }
        return (0..<val.count).compactMap { index in
            guard let length = length(of: val, index), let candidates = byLength[length],
                let file = val.file(at: index)
            else { return nil }
            let same = candidates.first { candidate in
                train.file(at: candidate).map { haveSameBytes($0, file) } ?? false
            }
            return same.map { Pair(train: train.name(at: $0), val: val.name(at: index)) }
        }
    }

    /// Every image of a split that is the same as an earlier one: the earlier one and the image itself.
    public static func within(_ source: any DetectionSource) -> [Pair] {
        var byLength: [Int: [Int]] = [:]
        var pairs: [Pair] = []
        for index in 0..<source.count {
            guard let length = length(of: source, index), let file = source.file(at: index) else { continue }
            let same = byLength[length, default: []].first { earlier in
                source.file(at: earlier).map { haveSameBytes($0, file) } ?? false
            }
            if let same {
                pairs.append(Pair(train: source.name(at: same), val: source.name(at: index)))
            } else {
                byLength[length, default: []].append(index)
            }
        }
        return pairs
    }

    private static func length(of source: any DetectionSource, _ index: Int) -> Int? {
        if let source = source as? FileSource { return source.items[index].byteCount }
        guard let file = source.file(at: index) else { return nil }
        return (try? FileManager.default.attributesOfItem(atPath: file.path))?[.size] as? Int
    }

    private static func haveSameBytes(_ first: URL, _ second: URL) -> Bool {
        if first.path == second.path { return true }
        // Mapped, so that nothing is read past the first page where the files differ.
        guard let a = try? Data(contentsOf: first, options: .alwaysMapped),
            let b = try? Data(contentsOf: second, options: .alwaysMapped)
        else { return false }
        return a == b
    }
}
