public import struct Foundation.URL

/// A data set for detection: its splits, its classes and its identity.
public struct DetectionData: Sendable {
    /// The name or path it was opened by.
    public let spec: String

    /// The classes' names, by class index.
    public let classNames: [String]

    /// What is trained on.
    public let train: any DetectionSource
    /// What epochs are judged by.
    public let val: any DetectionSource
    /// What a finished model may be judged by, if the data set has it.
    public let test: (any DetectionSource)?

    /// What is odd about the data set but does not keep one from training on it.
    public let warnings: [DatasetError.Problem]

    private let makeDigest: @Sendable () throws -> String

    init(
        spec: String, classNames: [String], train: any DetectionSource, val: any DetectionSource,
        test: (any DetectionSource)? = nil, warnings: [DatasetError.Problem] = [],
        digest: @escaping @Sendable () throws -> String
    ) {
        self.spec = spec
        self.classNames = classNames
        self.train = train
        self.val = val
        self.test = test
        self.warnings = warnings
        self.makeDigest = digest
    }

    /// SHA-256 over class names, splits, images and labels, independent of where the data set lies.
    ///
    /// Reading it reads every file of a set on disk, each time. Throws `DatasetError`.
    public var digest: String {
        get throws { try makeDigest() }
    }
}

/// A kind of data set that `open(spec:relativeTo:)` understands.
public struct DatasetKind: Sendable {
    /// How a spec of this kind is written.
    public let name: String

    /// What it is, in one sentence.
    public let summary: String

    /// Where the format comes from.
    public let reference: String

    /// Whether a spec is of this kind; the kinds are asked in the order of `all`.
    let accepts: @Sendable (_ spec: String) -> Bool

    let make: @Sendable (_ spec: String, _ directory: URL?) throws -> DetectionData

    /// Every kind of data set.
    public static let all: [DatasetKind] = [.shapes, .yolo]
}

/// Opens a data set: the built-in `shapes` (with options, as in `shapes?cue=shuffled&train=500`), or the path of a
/// `data.yaml` in YOLO's format or of the folder that holds one.
///
/// Paths are taken relative to `directory`, or to the working directory if that is nil. Everything that can be checked
/// without decoding the images is checked, and all problems are reported at once. Throws `DatasetError`.
public func open(spec: String, relativeTo directory: URL?) throws -> DetectionData {
    guard let kind = DatasetKind.all.first(where: { $0.accepts(spec) }) else {
        throw DatasetError(
            message: "'\(spec)' names no data set",
            suggestion: "expected " + DatasetKind.all.map(\.name).joined(separator: " or "))
    }
    return try kind.make(spec, directory)
}
