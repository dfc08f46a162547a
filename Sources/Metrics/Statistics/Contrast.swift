/// One question of a comparison: does an arm differ from another?
public struct Contrast: Hashable, Sendable {
    /// As tables show it.
    public let name: String
    /// Arm minus the other, pair by pair.
    public let differences: [Double]
    /// Whether a trial of either arm diverged. It has no number, so the pairs that are left flatter its arm.
    public let hasDivergedTrial: Bool

    /// A contrast of a name.
    public init(name: String, differences: [Double], hasDivergedTrial: Bool = false) {
        self.name = name
        self.differences = differences
        self.hasDivergedTrial = hasDivergedTrial
    }
}

/// What a comparison may claim about an arm.
public enum Verdict: String, CaseIterable, Hashable, Sendable {
    case better, worse, equivalent, inconclusive
}

/// The answer to a contrast, with everything that it rests on.
public struct ContrastResult: Hashable, Sendable {
    /// The question.
    public let contrast: Contrast
    /// Of the differences; nil if there is no pair.
    public let sample: Sample?
    /// Student's 95 % interval of the mean difference; nil below two pairs.
    public let tInterval: ConfidenceInterval?
    /// Bootstrap interval (BCa); nil below five pairs. Shown, but decides nothing.
    public let bootstrapInterval: ConfidenceInterval?
    /// Nil if there is no pair.
    public let signFlip: SignFlipTest?
    /// The sign-flip p, corrected for the family; 1 if there is no pair.
    public let adjustedP: Double
    /// Nil without a margin, below two pairs, and where all differences are the same.
    public let equivalence: EquivalenceTest?
    /// What may be claimed.
    public let verdict: Verdict
    /// Why, in one clause.
    public let reason: String
}
