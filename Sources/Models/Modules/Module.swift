import Engine

/// A building block that rows of a network file can name.
///
/// To add one: a file in `Modules/` with a static constant like the ones there, and its line in `Module.all`.
public struct Module: Sendable {
    /// What the repeats of a row do.
    public enum Repetition: Sendable {
        /// The module takes the count itself.
        case inside
        /// So many modules in a row, named `<row>.0`, `<row>.1`, …
        case chained
        /// More than one is an error.
        case never
    }

    /// What the outputs of a module are to the rows behind it.
    public enum Yield: Sendable {
        /// One map, which fills one layer.
        case map
        /// The maps of a backbone: five layers, of which the first ones hold nothing if there are fewer maps.
        case pyramid
        /// The network's outputs: one layer, which no row can read.
        case predictions
    }

    /// The word in a row.
    public let name: String
    /// Other words for it.
    public let aliases: [String]
    /// One sentence.
    public let summary: String
    /// Where it was published, empty for what everybody knows.
    public let reference: String
    /// What a row can say, by position.
    public let parameters: [ModuleParameter]
    /// Names of the backbone options that it reads.
    public let options: [String]
    /// What the repeats of a row do.
    public let repetition: Repetition
    /// Whether it may read several layers.
    public let takesList: Bool
    /// What its outputs are to the rows behind it.
    public let yield: Yield
    /// Whether its parameters count as the neck's although its row may stand in the file's `backbone`.
    public let belongsToNeck: Bool
    /// Appends the module's nodes and gives its outputs: one, or one for each map of a backbone.
    let build: @Sendable (inout Layer) throws -> [Value]

    init(
        name: String, aliases: [String] = [], summary: String, reference: String = "",
        parameters: [ModuleParameter] = [], options: [String] = [], repetition: Repetition = .chained,
        takesList: Bool = false, yield: Yield = .map, belongsToNeck: Bool = false,
        build: @escaping @Sendable (inout Layer) throws -> [Value]
    ) {
        self.name = name
        self.aliases = aliases
        self.summary = summary
        self.reference = reference
        self.parameters = parameters
        self.options = options
        self.repetition = repetition
        self.takesList = takesList
        self.yield = yield
        self.belongsToNeck = belongsToNeck
        self.build = build
    }

    /// Every module, in the order of listings.
    public static let all: [Module] = [
        conv, depthwiseConv, c3k2, c3k, bottleneck, sppf, c2psa, upsample, concatenation, detect,
        ghostNetV1, ghostNetV2, ghostClassifier,
    ]

    /// The module that a row's word names.
    public static func named(_ word: String) -> Module? {
        all.first { $0.name == word || $0.aliases.contains(word) }
    }

    /// The arguments as a row would spell them, such as `[channels, kernel=1, stride=1]`.
    public var argumentSummary: String { "[\(parameters.map(\.description).joined(separator: ", "))]" }
}
