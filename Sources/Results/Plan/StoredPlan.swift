public import Foundation

/// The resolved plan of one run, as the store keeps it: what was meant to be trained and compared.
///
/// A report reads nothing else to know its cells, so that trials outside the plan never enter its tables. Written
/// by `Experiments` from the manifest, kept as JSON.
public struct StoredPlan: Codable, Hashable, Sendable {
    /// Version of this type's JSON.
    public static let currentSchema = 1
    public var schema = StoredPlan.currentSchema
    /// The manifest's `name`: the folder under `results/`.
    public var sweep: String
    /// The manifest's path as it was given, for messages; empty for a training without a manifest.
    public var manifestPath: String
    /// The manifest as it was read.
    public var manifestText: String
    public var createdAt: Date
    /// The words of the command line that narrowed an axis or the seeds, such as `scale=n`; empty for the whole sweep.
    public var narrowing: [String]
    /// What those words left out: axis (or `seeds`) → values, in the manifest's order.
    public var leftOut: [String: [String]]
    /// The words of the command line that changed `[base]`, such as `epochs=2`.
    public var overrides: [String]
    /// The axes in the manifest's order, `within` axes included: the order of a table's columns.
    public var axes: [String]
    /// In the plan's order: the order of a table's rows.
    public var cells: [StoredCell]
    /// In the order in which they are trained.
    public var trials: [StoredTrial]
    /// The manifest's `[compare]`, resolved to pairs of cells; `nil` where there is none.
    public var compare: StoredComparison?
    /// The seeds that each cell is planned with.
    public var plannedSeeds: [Int]
    /// How many cells of the product `[[exclude]]` removed.
    public var excludedCount: Int
    /// Warnings of the planner worth repeating under a table, one sentence each.
    public var notes: [String]
    /// How the axes were combined: `grid`, `one-at-a-time`, `leave-one-out`; nil in plans of before there was a choice.
    public var mode: String?
    /// The cells that `[[exclude]]` removed, each with its rule; nil in plans of before this was kept.
    public var removed: [StoredRemoval]?
    /// The newest lock on the sweep's hypotheses when the plan was stored; nil where nothing was locked.
    public var lock: HypothesesLock?

    public init(
        sweep: String, manifestPath: String, manifestText: String, createdAt: Date, narrowing: [String] = [],
        leftOut: [String: [String]] = [:], overrides: [String] = [], axes: [String], cells: [StoredCell],
        trials: [StoredTrial], compare: StoredComparison? = nil, plannedSeeds: [Int], excludedCount: Int = 0,
        notes: [String] = [], mode: String? = nil, removed: [StoredRemoval]? = nil
    ) {
        self.sweep = sweep
        self.manifestPath = manifestPath
        self.manifestText = manifestText
        self.createdAt = createdAt
        self.narrowing = narrowing
        self.leftOut = leftOut
        self.overrides = overrides
        self.axes = axes
        self.cells = cells
        self.trials = trials
        self.compare = compare
        self.plannedSeeds = plannedSeeds
        self.excludedCount = excludedCount
        self.notes = notes
        self.mode = mode
        self.removed = removed
    }

    /// Whether the run trained a part of the sweep only.
    public var isNarrowed: Bool { !narrowing.isEmpty }

    /// The plan as JSON with sorted keys.
    public func encoded() throws -> Data {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self)
    }

    /// Reads what `encoded()` wrote; throws `DecodingError`.
    public init(decoding json: Data) throws {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        self = try decoder.decode(StoredPlan.self, from: json)
    }
}

/// One cell of a plan: a configuration without its seed.
public struct StoredCell: Codable, Hashable, Sendable {
    /// SHA-256 of the resolved configuration and the dataset, in hexadecimal.
    public var cellID: String
    /// Values of the axes that name the arm, such as `backbone` → `v2`, `dfc` → `both`; an axis that does not apply is
    /// absent.
    public var arm: [String: String]
    /// Values of the `within` axes, such as `scale` → `n`.
    public var within: [String: String]
    /// For people: `v2 dfc=both n`.
    public var label: String
    /// The whole resolved configuration as text, by Ultralytics' names (`epochs`, `imgsz`, `select`, …), aliases
    /// resolved.
    public var configuration: [String: String]
    /// SHA-256 of the dataset's content, in hexadecimal.
    public var datasetDigest: String
    /// Parameters of the network.
    public var parameters: Int
    /// Parameters of its backbone.
    public var backboneParameters: Int
    /// 2 × multiply-accumulates of the convolutions at the trained size, in 10⁹.
    public var gflops: Double
    /// The same at 640 × 640.
    public var gflops640: Double
    /// What Ultralytics 8.3.0 prints at 640 × 640.
    public var gflopsU: Double
    /// `gflops` with attention and linear products.
    public var gflopsAll: Double

    public init(
        cellID: String, arm: [String: String], within: [String: String], label: String,
        configuration: [String: String], datasetDigest: String, parameters: Int, backboneParameters: Int,
        gflops: Double, gflops640: Double, gflopsU: Double, gflopsAll: Double
    ) {
        self.cellID = cellID
        self.arm = arm
        self.within = within
        self.label = label
        self.configuration = configuration
        self.datasetDigest = datasetDigest
        self.parameters = parameters
        self.backboneParameters = backboneParameters
        self.gflops = gflops
        self.gflops640 = gflops640
        self.gflopsU = gflopsU
        self.gflopsAll = gflopsAll
    }

    /// Values of all axes of the cell.
    public var axisValues: [String: String] { arm.merging(within) { armValue, _ in armValue } }
}

/// A cell that a rule of the manifest removed.
public struct StoredRemoval: Codable, Hashable, Sendable {
    /// For people: `baseline x`.
    public var label: String
    /// `[[exclude]] backbone = "baseline"`.
    public var rule: String
    /// `file:line:column` of the rule.
    public var place: String

    public init(label: String, rule: String, place: String) {
        self.label = label
        self.rule = rule
        self.place = place
    }
}

/// One training of a plan.
public struct StoredTrial: Codable, Hashable, Sendable {
    /// SHA-256 of the resolved configuration, the seed and the dataset, in hexadecimal.
    public var trialID: String
    public var cellID: String
    public var seed: Int

    public init(trialID: String, cellID: String, seed: Int) {
        self.trialID = trialID
        self.cellID = cellID
        self.seed = seed
    }
}

/// `[compare]`, resolved: which cells are held against which.
public struct StoredComparison: Codable, Hashable, Sendable {
    /// Values that name the baseline arm, such as `backbone` → `v1`.
    public var baseline: [String: String]
    /// Axes inside which cells are paired before they are pooled.
    public var within: [String]
    /// Name of the metric that decides, such as `mAP50-95`.
    public var primary: String
    /// Equivalence margin in units of the primary metric; `nil` where no equivalence is tested.
    public var margin: Double?
    /// Correction for many comparisons: `holm` or `none`.
    public var correction: String
    /// Every arm against the baseline, in the plan's order, then the manifest's own contrasts. One family for the
    /// correction.
    public var contrasts: [StoredContrast]

    public init(
        baseline: [String: String], within: [String], primary: String, margin: Double? = nil,
        correction: String = "holm", contrasts: [StoredContrast]
    ) {
        self.baseline = baseline
        self.within = within
        self.primary = primary
        self.margin = margin
        self.correction = correction
        self.contrasts = contrasts
    }
}

/// One arm held against another, as pairs of cells that agree in the `within` axes.
public struct StoredContrast: Codable, Hashable, Sendable {
    /// For people: `v2 dfc=both vs v1`, or the manifest's own name.
    public var name: String
    /// Whether `against` is the comparison's baseline; false for a `[[compare.contrast]]`.
    public var isAgainstBaseline: Bool
    public var arm: [String: String]
    public var against: [String: String]
    /// The cells compared; an included cell without its own baseline cell is in none.
    public var pairs: [StoredPair]

    public init(
        name: String, isAgainstBaseline: Bool, arm: [String: String], against: [String: String], pairs: [StoredPair]
    ) {
        self.name = name
        self.isAgainstBaseline = isAgainstBaseline
        self.arm = arm
        self.against = against
        self.pairs = pairs
    }
}

/// A cell and the one it is held against, seed by seed.
public struct StoredPair: Codable, Hashable, Sendable {
    public var cellID: String
    public var againstCellID: String

    public init(cellID: String, againstCellID: String) {
        self.cellID = cellID
        self.againstCellID = againstCellID
    }
}
