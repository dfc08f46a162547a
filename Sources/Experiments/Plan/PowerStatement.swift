import Foundation
import Metrics
public import Results

/// What a plan's number of pairs can show at best, and what would help.
public struct PowerStatement: Hashable, Sendable {
    /// Seeds of each cell.
    public let seeds: Int
    /// Size of the family of contrasts.
    public let contrasts: Int
    /// Pairs of the contrasts, fewest and most.
    public let pairs: ClosedRange<Int>
    /// The smallest p that the sign-flip test of the contrast with the most pairs can reach.
    public let smallestP: Double
    /// The same after the family's correction.
    public let correctedP: Double
    public let correction: String
    /// Seeds that would be enough for the contrast with the most pairs; nil where these are.
    public let seedsNeeded: Int?
    /// An axis that every contrast could be pooled over; nil where there is none.
    public let poolable: String?

    /// Nil where nothing is compared.
    public init?(_ plan: StoredPlan) {
        guard let compare = plan.compare, !compare.contrasts.isEmpty, !plan.plannedSeeds.isEmpty else { return nil }
        seeds = plan.plannedSeeds.count
        contrasts = compare.contrasts.count
        correction = compare.correction
        let cells = compare.contrasts.map(\.pairs.count)
        let (fewest, most) = (cells.min() ?? 0, cells.max() ?? 0)
        pairs = fewest * seeds...most * seeds
        smallestP = SignFlipTest.smallestP(pairs: most * seeds)
        let family = compare.correction == "holm" ? contrasts : 1
        correctedP = min(1, smallestP * Double(family))
        let needed = SignFlipTest.pairsNeeded(contrasts: family)
        seedsNeeded = most * seeds >= needed || most == 0 ? nil : (needed + most - 1) / most
        // Where every cell has the axis and the baseline does not name it, arms can be paired inside its values.
        let candidates = plan.axes.filter { axis in
            !compare.within.contains(axis) && compare.baseline[axis] == nil
                && plan.cells.allSatisfy { $0.axisValues[axis] != nil }
                && Set(plan.cells.compactMap { $0.axisValues[axis] }).count > 1
        }
        poolable = candidates.first { $0 == "scale" } ?? candidates.first
    }

    /// `3 seeds, 4 contrasts: smallest reachable p 0.25; with Holm 1: too few …`.
    public var text: String {
        var text =
            "\(seeds) \(seeds == 1 ? "seed" : "seeds"), \(contrasts) \(contrasts == 1 ? "contrast" : "contrasts")"
        text += " of " + (pairs.lowerBound == pairs.upperBound ? "" : "\(pairs.lowerBound) to ") + "\(pairs.upperBound)"
        text += " \(pairs.upperBound == 1 ? "pair" : "pairs"): smallest reachable p \(Self.probability(smallestP))"
        if correction == "holm", contrasts > 1 { text += "; with Holm \(Self.probability(correctedP))" }
        guard let seedsNeeded else { return text }
        text += "\nno difference can be called better or worse at 0.05, however clear it is: "
        text += seedsNeeded == 1 ? "1 seed" : "\(seedsNeeded) seeds"
        if let poolable { text += ", or pool over \(poolable) (within = [\"\(poolable)\"])" }
        return text + " would do"
    }

    private static func probability(_ value: Double) -> String {
        String(format: value < 0.0001 ? "%.1e" : "%.3g", value)
    }
}
