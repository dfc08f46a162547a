import Training

/// A sweep as its author wrote it: keys and values checked one by one, nothing expanded yet.
///
/// ```
/// sweeps/ghost.toml ─► Manifest ─► Plan
///                      reading     expansion, identity, cost
/// ```
public struct Manifest: Sendable {
    /// The folder under `results/`.
    public var name: String
    /// The path as it was given; empty for a training without a manifest.
    public var path: String
    public var text: String
    /// The folder that paths inside the manifest are relative to.
    public var directory: String
    /// Which cells of the product are trained.
    public var mode = Mode.grid
    /// Where the mode stands; nil where nothing is said.
    var modePlace: SourcePlace?
    /// What every cell starts from.
    var base: [Setting] = []
    /// `[matrix]` and `[[zip]]`.
    var axes: [Axis] = []
    /// `[[when]]`, in file order.
    var conditionals: [Conditional] = []
    var exclusions: [Pattern] = []
    var inclusions: [Inclusion] = []
    var overrides: [Override] = []
    /// The seeds of every arm, in the manifest's order.
    public var seeds: [Int] = [0]
    var seedsPlace: SourcePlace
    var comparison: Comparison?
    /// Whether there is a `[compare]`, right or wrong.
    var declaresComparison = false
    public var resources = Resources()
    /// Words of the command line that narrow an axis or the seeds.
    var narrowings: [Narrowing] = []
    /// Words of the command line that changed `[base]`, as typed.
    public var overridingWords: [String] = []
    /// What was wrong so far. Expansion goes on with what is right, so that one run shows everything.
    var problems: [Diagnostic] = []
    /// Keys with a value that could not be read: what depends on them is not judged.
    var damagedKeys: Set<String> = []

    /// `[resources]`, which are never part of identity.
    public struct Resources: Hashable, Sendable {
        /// Threads of one training; nil leaves it to a measurement.
        public var threads: Int?
        /// Trainings at a time; nil leaves it to a measurement.
        public var jobs: Int?

        public init(threads: Int? = nil, jobs: Int? = nil) {
            self.threads = threads
            self.jobs = jobs
        }
    }

    /// Which cells of the product of all axes are trained. `within` axes of the comparison are always taken whole.
    public enum Mode: String, CaseIterable, Sendable {
        /// All of them.
        case grid
        /// The baseline of `[compare]`, and what differs from it in one axis.
        case oneAtATime = "one-at-a-time"
        /// The baseline, what differs from it in every axis, and what differs in every axis but one.
        case leaveOneOut = "leave-one-out"

        /// What it keeps, for listings.
        public var summary: String {
            switch self {
            case .grid: "every combination"
            case .oneAtATime: "the baseline of [compare], and every cell that differs from it in one axis"
            case .leaveOneOut:
                "the baseline of [compare], every cell that differs from it in all axes, and every cell that differs in "
                    + "all axes but one"
            }
        }
    }

    init(name: String, path: String, text: String, directory: String) {
        self.name = name
        self.path = path
        self.text = text
        self.directory = directory
        self.seedsPlace = SourcePlace(file: path)
    }
}

/// A key with its value.
struct Setting: Sendable {
    var key: ConfigurationKey
    /// Accepted by the key and with aliases resolved.
    var value: ConfigurationValue
    /// Where the key stands; for a value of an axis, where the value stands.
    var place: SourcePlace

    var name: String { key.name }
}

/// One axis: the keys that move together and the positions they move through.
struct Axis: Sendable {
    /// In the order of the file.
    var keys: [String]
    /// At each position one setting for each key.
    var positions: [[Setting]]
    var place: SourcePlace

    /// The keys that tell the positions apart: the fewest from the first on.
    var namingKeys: [String] {
        for count in 1..<max(keys.count, 2) {
            let values = positions.map { $0.prefix(count).map(\.value) }
            if Set(values).count == values.count { return Array(keys.prefix(count)) }
        }
        return keys
    }
}

/// `[[when]]`: axes that exist only where a pattern fits.
struct Conditional: Sendable {
    var condition: Pattern
    var axes: [Axis]
    var place: SourcePlace
}

/// Values that a cell may have, key by key; a list means any of.
struct Pattern: Sendable {
    struct Clause: Sendable {
        var key: String
        var values: [ConfigurationValue]
        var place: SourcePlace
    }

    var clauses: [Clause]
    var place: SourcePlace

    /// `backbone = "v2", scale = "n"`.
    var text: String {
        clauses.map { clause in
            let values = clause.values.map(\.canonicalJSON)
            return "\(clause.key) = " + (values.count == 1 ? values[0] : "[\(values.joined(separator: ", "))]")
        }.joined(separator: ", ")
    }
}

/// `[[include]]`: one more cell.
struct Inclusion: Sendable {
    var settings: [Setting]
    var place: SourcePlace
}

/// `[[override]]`: amends the cells that a pattern fits.
struct Override: Sendable {
    var pattern: Pattern
    var settings: [Setting]
    var place: SourcePlace
}

/// `[compare]`.
struct Comparison: Sendable {
    struct Contrast: Sendable {
        var name: String
        var arm: Pattern
        var against: Pattern
        var place: SourcePlace
    }

    var baseline: Pattern
    var within: [(key: String, place: SourcePlace)] = []
    var primary = "mAP50-95"
    var margin: Double?
    var correction = "holm"
    var contrasts: [Contrast] = []
    var place: SourcePlace
}

/// A word of the command line that keeps some values of an axis.
struct Narrowing: Sendable {
    /// The axis' key, or `seeds`.
    var key: String
    var values: [ConfigurationValue]
    /// As it was typed.
    var word: String
}
