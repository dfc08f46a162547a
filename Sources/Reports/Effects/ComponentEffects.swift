public import Metrics
import Results

/// What each axis of a sweep does by itself, together with another one, and step by step from the baseline.
///
/// The seed stays the unit: differences are averaged within a seed over everything else that varies, and only then over
/// the seeds. A seed that lacks one of the trainings is left out, so that every mean is over the same cells. Effects are
/// for looking around: they are outside the family of declared contrasts and have no verdict.
public struct ComponentEffects: Sendable {
    /// Each level of an axis against the axis's reference level.
    public let main: [ComponentEffect]
    /// How the effect of one axis depends on another.
    public let interactions: [ComponentEffect]
    public let ladders: [ComponentLadder]

    init(plan: StoredPlan, cells: [CellSummary], primary: String) {
        let design = FactorialDesign(plan: plan, cells: cells, primary: primary)
        // With one axis the main effects are the contrasts.
        let isFactorial = design.axes.count > 1
        main = isFactorial ? design.mainEffects : []
        interactions = isFactorial ? design.interactions : []
        ladders = isFactorial ? design.ladders : []
    }
}

/// A mean difference of the primary metric, over seeds.
public struct ComponentEffect: Sendable {
    /// `dfc`, or `dfc × scale`.
    public let axes: String
    /// `output − expanded`, or `(output − expanded) at s − at n`.
    public let name: String
    /// How many pairs of cells (or fours, of an interaction) each seed's difference is the mean of.
    public let combinations: Int
    /// Over the seeds; `nil` where no seed has every training.
    public let sample: Sample?
    /// Student's 95 % interval; `nil` below two seeds, and where all seeds have the same difference.
    public let interval: ConfidenceInterval?
    /// IDs of the trials that it is from.
    public let trials: [String]

    init(axes: String, name: String, combinations: Int, bySeed: [Int: Double], trials: [String]) {
        self.axes = axes
        self.name = name
        self.combinations = combinations
        let values = bySeed.sorted { $0.key < $1.key }.map(\.value)
        sample = Sample(values)
        interval = sample?.isConstant == true ? nil : .studentT(of: values)
        self.trials = trials
    }
}

/// Arms from one to another, one axis a step.
public struct ComponentLadder: Sendable {
    public enum Kind: String, Sendable {
        /// From the baseline on, one change after the other.
        case cumulative
        /// From the arm with all changes, without one of them at a time.
        case leaveOneOut
    }

    public let kind: Kind
    /// The arm with all changes.
    public let target: String
    /// The first is what the others are measured from.
    public let rungs: [Rung]

    /// One arm of a ladder.
    public struct Rung: Sendable {
        /// `baseline`, `+ dfc=both`, `− width=1.3`.
        public let name: String
        /// The arm's name; `nil` where the plan has no such arm.
        public let arm: String?
        /// The primary metric over seeds.
        public let sample: Sample?
        /// Change to the rung before, or to the arm with all changes.
        public let step: Sample?
        public let interval: ConfidenceInterval?
        /// Change since the first rung, of a cumulative ladder.
        public let total: Sample?
        /// IDs of the trials that the value is from, and those of the two differences.
        public let trials: [String]
        public let stepTrials: [String]
        public let totalTrials: [String]
    }
}
