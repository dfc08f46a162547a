public import struct Foundation.URL

/// A kind of data set that `open(spec:relativeTo:)` understands.
public struct DatasetKind: Sendable {
    /// How a spec of this kind is written.
    public let name: String

    /// What it is, in one sentence.
    public let summary: String

    /// Where the format comes from.
    public let reference: String

    /// Whether a spec is of this kind; the kinds are asked in the order of `all`.
    let accepts: @Sendable (_ location: DataLocation) -> Bool

    /// Reads the data set. What is wrong with it goes to the list; what can be read in spite of that is returned.
    let read: @Sendable (_ location: DataLocation, _ problems: inout ProblemList) -> DetectionData?

    /// Every kind of data set.
    public static let all: [DatasetKind] = [.shapes, .yolo, .coco, .voc, .folders]
}

/// Opens a data set: the built-in `shapes` (with options, as in `shapes?cue=shuffled&train=500`), the path of a
/// `data.yaml`, or a folder in one of the layouts of `DatasetKind.all`.
///
/// Paths are taken relative to `directory`, or to the working directory if that is nil. Everything that can be checked
/// without decoding the images is checked, and all problems are reported at once. Throws `DatasetError`.
public func open(spec: String, relativeTo directory: URL?) throws -> DetectionData {
    var problems = ProblemList()
    let data = read(spec: spec, relativeTo: directory, problems: &problems)
    try problems.throwIfAny()
    guard let data else { throw DatasetError(message: "'\(spec)' names no data set") }
    return data
}

/// Reads as much of a data set as can be read, and collects what is wrong with it.
func read(spec: String, relativeTo directory: URL?, problems: inout ProblemList) -> DetectionData? {
    let location = DataLocation(spec, relativeTo: directory)
    guard let kind = DatasetKind.all.first(where: { $0.accepts(location) }) else {
        problems.add(location.refusal)
        return nil
    }
    return kind.read(location, &problems)
}
