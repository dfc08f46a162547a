/// The nearest right spelling of a word, for "did you mean".
public enum Spelling {
    /// The candidate with the smallest edit distance, or nil when none is near enough to be meant.
    ///
    /// Case is ignored; a word that begins another counts as one edit away from it. Of equally near ones the first wins.
    public static func nearest(to word: String, among candidates: some Sequence<String>) -> String? {
        let lowered = word.lowercased()
        guard !lowered.isEmpty else { return nil }
        var best: (candidate: String, distance: Int)?
        for candidate in candidates {
            let other = candidate.lowercased()
            let isAbbreviation = lowered.count >= 3 && (other.hasPrefix(lowered) || lowered.hasPrefix(other))
            let distance = isAbbreviation ? 1 : distance(lowered, other)
            let limit = max(1, min(3, (max(lowered.count, other.count) + 1) / 3))
            if distance <= limit, distance < best?.distance ?? .max, distance < max(lowered.count, other.count) {
                best = (candidate, distance)
            }
        }
        return best?.candidate
    }

    /// The number of insertions, deletions, substitutions and swaps of neighbours between two words.
    public static func distance(_ a: String, _ b: String) -> Int {
        let a = Array(a)
        let b = Array(b)
        var beforeLast = [Int]()
        var last = Array(0...b.count)
        for i in 0..<a.count {
            var row = [i + 1]
            for j in 0..<b.count {
                var cost = min(row[j] + 1, last[j + 1] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, beforeLast[j - 1] + 1) }
                row.append(cost)
            }
            beforeLast = last
            last = row
        }
        return last[b.count]
    }
}
