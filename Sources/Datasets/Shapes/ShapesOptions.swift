/// What the built-in data set `shapes` is rendered from; equal options give equal bytes on every machine.
public struct ShapesOptions: Hashable, Sendable {
    /// How the ground under an object relates to the object's class.
    public enum ContextCue: String, CaseIterable, Sendable {
        /// The ground tells which of its outline's two classes an object has.
        case aligned
        /// The ground is drawn at random: what it would tell cannot be known from the image.
        case shuffled
    }

    /// Number of training images.
    public var train = 2000
    /// Number of validation images.
    public var val = 400
    /// Side of the square images in pixels; all lengths scale with it.
    public var size = 128
    /// Key of all random numbers of the scenes.
    public var seed: UInt64 = 0
    /// Whether grounds tell classes apart.
    public var contextCue = ContextCue.aligned

    /// The data set `shapes` without options.
    public init() {}

    static let keys = ["cue", "train", "val", "size", "seed"]

    /// Reads `shapes` or `shapes?key=value&key=value…`. Throws `DatasetError` naming every wrong key and value.
    public init(spec: String) throws {
        var problems = ProblemList()
        let parts = spec.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var seen: Set<String> = []
        for setting in parts.count > 1 ? parts[1].split(separator: "&") : [] {
            let pair = setting.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard pair.count == 2 else {
                problems.add("in '\(spec)', '\(setting)' is not of the form key=value")
                continue
            }
            if !seen.insert(pair[0]).inserted { problems.add("in '\(spec)', '\(pair[0])' is given twice") }
            if let problem = set(pair[0], to: pair[1]) {
                problems.add("in '\(spec)', \(problem.message)", suggestion: problem.suggestion)
            }
        }
        try problems.throwIfAny()
    }

    /// Sets one option; returns what is wrong with it.
    private mutating func set(_ key: String, to value: String) -> (message: String, suggestion: String?)? {
        func whole(_ range: ClosedRange<Int>, _ path: WritableKeyPath<ShapesOptions, Int>) -> (String, String?)? {
            guard let number = Int(value), range.contains(number) else {
                return (
                    "'\(key)' is '\(value)', expected a whole number from \(range.lowerBound) to \(range.upperBound)",
                    nil
                )
            }
            self[keyPath: path] = number
            return nil
        }
        switch key {
        case "train": return whole(1...1_000_000, \.train)
        case "val": return whole(1...1_000_000, \.val)
        case "size": return whole(64...640, \.size)
        case "seed":
            guard let number = UInt64(value) else {
                return ("'seed' is '\(value)', expected a whole number from 0 up", nil)
            }
            seed = number
        case "cue":
            guard let cue = ContextCue(rawValue: value) else {
                let cues = ContextCue.allCases.map(\.rawValue)
                return ("'cue' is '\(value)'", Spelling.suggestion(for: value, in: cues))
            }
            contextCue = cue
        default: return ("there is no option '\(key)'", Spelling.suggestion(for: key, in: Self.keys))
        }
        return nil
    }

    /// All options as a file name can hold them.
    var fileName: String {
        "shapes-v\(ShapesScene.version)-size\(size)-train\(train)-val\(val)-seed\(seed)-\(contextCue.rawValue).bin"
    }
}
