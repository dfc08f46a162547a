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
    /// Cheap: only files of equal length are looked into, and read whole only where samples of them agree. Images without
    /// a file are in no other split, and a file that cannot be read is like no other.
    public static func between(_ train: any DetectionSource, _ val: any DetectionSource) -> [Pair] {
        let lengths = Set((0..<val.count).compactMap { length(of: val, $0) })
        var known: [Fingerprint: [Int]] = [:]
        for index in 0..<train.count {
            guard let length = length(of: train, index), lengths.contains(length), let file = train.file(at: index)
            else { continue }
            known[Fingerprint(of: file, length: length), default: []].append(index)
        }
        let knownLengths = Set(known.keys.map(\.length))
        return (0..<val.count).compactMap { index in
            guard let length = length(of: val, index), knownLengths.contains(length), let file = val.file(at: index),
                let same = match(file, among: known[Fingerprint(of: file, length: length)] ?? [], of: train)
            else { return nil }
            return Pair(train: train.name(at: same), val: val.name(at: index))
        }
    }

    /// Every image of a split that is the same as an earlier one: the earlier one and the image itself.
    public static func within(_ source: any DetectionSource) -> [Pair] {
        var counts: [Int: Int] = [:]
        for index in 0..<source.count {
            if let length = length(of: source, index) { counts[length, default: 0] += 1 }
        }
        var known: [Fingerprint: [Int]] = [:]
        var pairs: [Pair] = []
        for index in 0..<source.count {
            guard let length = length(of: source, index), counts[length] ?? 0 > 1, let file = source.file(at: index)
            else { continue }
            let fingerprint = Fingerprint(of: file, length: length)
            if let same = match(file, among: known[fingerprint] ?? [], of: source) {
                pairs.append(Pair(train: source.name(at: same), val: source.name(at: index)))
            } else {
                known[fingerprint, default: []].append(index)
            }
        }
        return pairs
    }

    /// What equal files have in common and few others have.
    private struct Fingerprint: Hashable {
        let length: Int
        /// From the middle and the end; headers are alike in many files.
        let samples: [UInt8]

        init(of file: URL, length: Int) {
            self.length = length
            // Mapped, so that only the pages of the samples are read.
            let data = (try? Data(contentsOf: file, options: .alwaysMapped)) ?? Data()
            samples = Array(data.dropFirst(data.count / 2).prefix(64)) + Array(data.suffix(64))
        }
    }

    private static func match(_ file: URL, among candidates: [Int], of source: any DetectionSource) -> Int? {
        candidates.first { candidate in source.file(at: candidate).map { haveSameBytes($0, file) } ?? false }
    }

    private static func length(of source: any DetectionSource, _ index: Int) -> Int? {
        if let source = source as? FileSource { return source.items[index].byteCount }
        guard let file = source.file(at: index) else { return nil }
        return (try? FileManager.default.attributesOfItem(atPath: file.path))?[.size] as? Int
    }

    private static func haveSameBytes(_ first: URL, _ second: URL) -> Bool {
        if first.path == second.path { return true }
        guard let a = try? Data(contentsOf: first, options: .alwaysMapped),
            let b = try? Data(contentsOf: second, options: .alwaysMapped)
        else { return false }
        return a == b
    }
}
