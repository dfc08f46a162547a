/// Suggestions for misspelt words.
enum Spelling {
    /// `, did you mean …?` with the nearest candidate, empty when none is near.
    static func suggestion(for word: String, among candidates: [String]) -> String {
        nearest(to: word, among: candidates).map { ", did you mean \($0)?" } ?? ""
    }

    /// The candidate of smallest edit distance, if at most a third of its letters (and at least two) differ.
    static func nearest(to word: String, among candidates: [String]) -> String? {
        let lowered = word.lowercased()
        let ranked = candidates.map { (distance(lowered, $0.lowercased()), $0) }
        guard let best = ranked.min(by: { $0.0 < $1.0 }), best.0 <= max(2, best.1.count / 3), best.0 < best.1.count
        else { return nil }
        return best.1
    }

    /// Number of letters to insert, delete, replace or swap with their neighbour.
    static func distance(_ a: String, _ b: String) -> Int {
        let (x, y) = (Array(a), Array(b))
        var table = Array(repeating: Array(repeating: 0, count: y.count + 1), count: x.count + 1)
        for i in 0...x.count { table[i][0] = i }
        for j in 0...y.count { table[0][j] = j }
        for i in x.indices {
            for j in y.indices {
                let replaced = table[i][j] + (x[i] == y[j] ? 0 : 1)
                var least = min(replaced, table[i][j + 1] + 1, table[i + 1][j] + 1)
                if i > 0, j > 0, x[i] == y[j - 1], x[i - 1] == y[j] { least = min(least, table[i - 1][j - 1] + 1) }
                table[i + 1][j + 1] = least
            }
        }
        return table[x.count][y.count]
    }
}
