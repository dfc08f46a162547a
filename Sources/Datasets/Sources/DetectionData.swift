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

    /// The images of `val` that are in `train` too, by the bytes of their files.
    public let sharedImages: [SharedImages.Pair]

    /// What is odd about the description and the labels.
    public let notes: [DatasetError.Problem]

    let makeDigest: @Sendable () throws -> String

    init(
        spec: String, classNames: [String], train: any DetectionSource, val: any DetectionSource,
        test: (any DetectionSource)? = nil, notes: [DatasetError.Problem] = [],
        sharedImages: [SharedImages.Pair] = [], digest: @escaping @Sendable () throws -> String
    ) {
        self.spec = spec
        self.classNames = classNames
        self.train = train
        self.val = val
        self.test = test
        self.notes = notes
        self.sharedImages = sharedImages
        self.makeDigest = digest
    }

    /// What is odd about the data set but does not keep one from training on it.
    public var warnings: [DatasetError.Problem] {
        guard let first = sharedImages.first else { return notes }
        let example = first.train == first.val ? first.train : "\(first.train) and \(first.val)"
        let message =
            sharedImages.count == 1
            ? "1 image is in both train and val: \(example)"
            : "\(sharedImages.count) images are in both train and val, such as \(example)"
        let shared = DatasetError.Problem(
            file: spec, message: message, suggestion: "metrics on images that were trained on are too good")
        return notes + [shared]
    }

    /// SHA-256 over class names, splits, images and labels, independent of where the data set lies.
    ///
    /// Reading it reads every file of a set on disk, each time. Throws `DatasetError`.
    public var digest: String {
        get throws { try makeDigest() }
    }
}
