/// A failure of the HDF5 library, or a file that does not hold what was asked of it.
public struct HDF5Error: Error, Hashable, Sendable, CustomStringConvertible {
    /// Path of the file.
    public let file: String
    /// Path of the object inside it; empty where the file itself is meant.
    public let object: String
    /// What was attempted: `open the dataset`.
    public let attempt: String
    /// Why it failed, in the library's or the system's words.
    public let cause: String

    public init(file: String, object: String = "", attempt: String, cause: String) {
        self.file = file
        self.object = object
        self.attempt = attempt
        self.cause = cause
    }

    public var description: String {
        let place = object.isEmpty ? file : "\(file): \(object)"
        return "\(place): cannot \(attempt): \(cause)"
    }
}
