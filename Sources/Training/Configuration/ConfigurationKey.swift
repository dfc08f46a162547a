/// One key of a training configuration: its name, what it accepts, its default, and who reads it.
///
/// `ConfigurationKey.all` is the catalogue; manifests, command lines, `args.toml`, job files and identities are all
/// read and written through it.
public struct ConfigurationKey: Sendable {
    /// The part of a training that a key belongs to; also the order in which files list the keys.
    public enum Section: String, CaseIterable, Sendable {
        case data, network, optimization, loss, augmentation, validation, replication
    }

    /// How a key takes part in the identity of a trial.
    public enum Identity: Hashable, Sendable {
        /// By its value.
        case value
        /// By the content of what it names; by the value where it names something built in.
        case content
        /// It tells the trials of one cell apart.
        case replicate
    }

    /// Ultralytics' name of the key.
    public let name: String
    public let section: Section
    /// One line for tables and help.
    public let summary: String
    /// What the key accepts.
    public let domain: Domain
    public let identity: Identity
    /// Other spellings that are understood and replaced by `name`.
    public let aliases: [String]
    /// The value that a configuration has when nobody says anything. It was the same when the key was introduced:
    /// another default needs another schema number.
    public let defaultValue: ConfigurationValue
    /// When a training reads the key at all, as the end of the sentence "is read only …"; nil when always.
    public let readingCondition: String?

    private let reads: @Sendable (TrainingConfiguration) -> Bool
    private let get: @Sendable (TrainingConfiguration) -> ConfigurationValue
    private let set: @Sendable (inout TrainingConfiguration, ConfigurationValue) -> Void

    init(
        _ name: String, _ section: Section, _ domain: Domain, summary: String, aliases: [String] = [],
        identity: Identity = .value,
        readOnly condition: (sentence: String, reads: @Sendable (TrainingConfiguration) -> Bool)? = nil,
        get: @escaping @Sendable (TrainingConfiguration) -> ConfigurationValue,
        set: @escaping @Sendable (inout TrainingConfiguration, ConfigurationValue) -> Void
    ) {
        self.name = name
        self.section = section
        self.domain = domain
        self.summary = summary
        self.aliases = aliases
        self.identity = identity
        self.defaultValue = get(TrainingConfiguration())
        self.readingCondition = condition?.sentence
        if let condition {
            self.reads = condition.reads
        } else {
            self.reads = { _ in true }
        }
        self.get = get
        self.set = set
    }

    /// The key's value in a configuration.
    public func value(in configuration: TrainingConfiguration) -> ConfigurationValue { get(configuration) }

    /// Writes a value, checked against the domain and with aliases resolved.
    /// - Throws: `ConfigurationMismatch` when the domain does not hold the value.
    public func write(
        _ value: ConfigurationValue, to configuration: inout TrainingConfiguration
    ) throws(ConfigurationMismatch) {
        set(&configuration, try domain.resolve(value))
    }

    /// Whether a training with this configuration reads the key; where it does not, no value changes anything.
    public func isRead(by configuration: TrainingConfiguration) -> Bool { reads(configuration) }

    /// Resets the key to its default.
    func reset(in configuration: inout TrainingConfiguration) { set(&configuration, defaultValue) }
}

/// A value that a key does not accept: what was expected, and the nearest right spelling if there is one.
public struct ConfigurationMismatch: Error, Hashable, Sendable {
    public var expected: String
    public var suggestion: String?

    public init(expected: String, suggestion: String? = nil) {
        self.expected = expected
        self.suggestion = suggestion
    }
}
