/// How the p values of a family of contrasts are raised because there are several of them.
public enum FamilyCorrection: String, CaseIterable, Hashable, Sendable {
    /// Holm's step-down procedure: the chance of any false claim in the family stays below alpha (Holm 1979,
    /// jstor 4615733).
    case holm
    /// No correction.
    case none

    /// The p values to hold against alpha, in the order given.
    public func adjusted(_ pValues: [Double]) -> [Double] {
        guard self == .holm else { return pValues }
        var adjusted = pValues
        var highest = 0.0
        let ascending = pValues.indices.sorted { (pValues[$0], $0) < (pValues[$1], $1) }
        for (rank, index) in ascending.enumerated() {
            highest = max(highest, min(1, pValues[index] * Double(pValues.count - rank)))
            adjusted[index] = highest
        }
        return adjusted
    }
}
