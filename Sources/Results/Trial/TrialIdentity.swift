/// What makes a trial the same trial: its content's hash, the cell and seed it belongs to, and a name for people.
public struct TrialIdentity: Codable, Hashable, Sendable {
    /// SHA-256 of the resolved configuration, the seed and the dataset, in hexadecimal (64 digits).
    public let id: String
    /// The same without the seed.
    public let cellID: String
    public let seed: Int
    /// For people: `v2-both-n-s0`, letters, digits, `.`, `_`, `=` and `-` only (any other character becomes `-`).
    public let readableName: String

    public init(id: String, cellID: String, seed: Int, readableName: String) {
        self.id = id
        self.cellID = cellID
        self.seed = seed
        self.readableName = String(
            readableName.map { character in
                let isPlain =
                    character.isASCII && (character.isLetter || character.isNumber || "._=-".contains(character))
                return isPlain ? character : "-"
            })
    }

    /// The first ten digits of the ID, as people write them.
    public var shortID: String { String(id.prefix(10)) }

    /// Name of the trial's folder under its sweep: `<readable>-<id10>`.
    public var directoryName: String { readableName.isEmpty ? shortID : "\(readableName)-\(shortID)" }
}
