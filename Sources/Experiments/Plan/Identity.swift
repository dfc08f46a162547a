import Digests
import Training

/// What makes a training the same training: SHA-256 of what it is trained with.
///
/// The hashed text is canonical JSON with the keys `configuration` (what differs from the defaults; names of datasets,
/// network files and weights replaced by digests of their content), `schema` and, for a trial, `seed`.
struct Identity: Hashable, Sendable {
    /// Raised when a default changes, as the old default is not written in old hashes.
    ///
    /// `val_rect` came with the default true, although trainings before it had validated in squares. No release had done
    /// so, and what such a program left says so by its hash (`codeVersion`): it is stale, not another trial.
    static let schema = 1

    let cellID: String
    /// What is hashed, key by key.
    let members: [String: String]
    private let configurationJSON: String

    init(_ configuration: TrainingConfiguration, data: DataSummary, network: NetworkSummary) {
        var content = ["data": data.digest]
        if case .file = configuration.backbone, let digest = network.descriptionDigest { content["backbone"] = digest }
        content["weights"] = network.start?.digest
        let normalized = configuration.normalized
        members = Dictionary(
            uniqueKeysWithValues: normalized.entries.compactMap { key, value in
                if let digest = content[key.name] { return (key.name, digest) }
                return value == key.defaultValue ? nil : (key.name, value.description)
            })
        configurationJSON = configuration.canonicalJSON(replacing: content)
        cellID = ContentDigest.hexadecimal(of: #"{"configuration":\#(configurationJSON),"schema":\#(Self.schema)}"#)
    }

    /// The ID of the cell's trial with a seed.
    func trialID(seed: Int) -> String {
        ContentDigest.hexadecimal(
            of: #"{"configuration":\#(configurationJSON),"schema":\#(Self.schema),"seed":\#(seed)}"#)
    }
}
