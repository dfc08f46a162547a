/// The weights that a training started from, and how much of them its network took over.
public struct StartingWeights: Codable, Hashable, Sendable {
    /// Version of this type's JSON.
    public static let currentSchema = 1

    public var schema = StartingWeights.currentSchema
    /// The file's path.
    public var file: String
    /// SHA-256 over names, shapes and values of its tensors, in hexadecimal.
    public var digest: String
    /// Tensors taken, of all that the network has.
    public var tensors: Int
    public var tensorCount: Int
    /// Trainable scalars taken, of all that the network has.
    public var parameters: Int
    public var parameterCount: Int
    /// The same in words, with what was not taken.
    public var summary: String

    public init(
        file: String, digest: String, tensors: Int, tensorCount: Int, parameters: Int, parameterCount: Int,
        summary: String
    ) {
        self.file = file
        self.digest = digest
        self.tensors = tensors
        self.tensorCount = tensorCount
        self.parameters = parameters
        self.parameterCount = parameterCount
        self.summary = summary
    }
}
