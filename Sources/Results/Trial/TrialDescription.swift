/// `trial.json`: what a trial's folder is the folder of. Written before the first attempt begins.
public struct TrialDescription: Codable, Hashable, Sendable {
    /// Version of this type's JSON.
    public static let currentSchema = 1
    public var schema = TrialDescription.currentSchema
    public var identity: TrialIdentity
    /// The whole resolved configuration as text, by Ultralytics' names; what the identity is the hash of.
    public var configuration: [String: String]
    /// SHA-256 of the dataset's content, in hexadecimal.
    public var datasetDigest: String

    public init(identity: TrialIdentity, configuration: [String: String], datasetDigest: String) {
        self.identity = identity
        self.configuration = configuration
        self.datasetDigest = datasetDigest
    }
}
