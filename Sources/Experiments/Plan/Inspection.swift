public import Training

/// What planning wants to know of a network; the whole plan is costed before anything is trained.
public struct NetworkSummary: Hashable, Sendable {
    public var parameters: Int
    public var backboneParameters: Int
    /// 2 × multiply-accumulates of the convolutions at the trained size, in 10⁹.
    public var gflops: Double
    /// The same at 640 × 640.
    public var gflops640: Double
    /// What Ultralytics 8.3.0 prints at 640 × 640.
    public var gflopsU: Double
    /// `gflops` with attention and linear products.
    public var gflopsAll: Double
    /// Equal for networks that compute the same; names of files and rows are no part of it.
    public var graphDigest: String
    /// SHA-256 of a network file's parsed rows; nil for the networks that are built in.
    public var descriptionDigest: String?
    /// Bytes that a training process holds at its peak; nil where it is not known.
    public var peakMemoryBytes: Int?
    /// Bytes of one file of weights.
    public var weightBytes: Int
    /// Parameters of DFC attention, where the network is meant to have some; nil where it is not.
    public var attentionParameters: Int?
    /// Keys besides those of networks that decide a summary.
    static let furtherKeys: Set<String> = ["imgsz", "batch", "optimizer"]

    public init(
        parameters: Int, backboneParameters: Int, gflops: Double, gflops640: Double, gflopsU: Double,
        gflopsAll: Double, graphDigest: String, descriptionDigest: String? = nil, peakMemoryBytes: Int? = nil, weightBytes: Int? = nil,
        attentionParameters: Int? = nil
    ) {
        self.parameters = parameters
        self.backboneParameters = backboneParameters
        self.gflops = gflops
        self.gflops640 = gflops640
        self.gflopsU = gflopsU
        self.gflopsAll = gflopsAll
        self.graphDigest = graphDigest
        self.descriptionDigest = descriptionDigest
        self.peakMemoryBytes = peakMemoryBytes
        self.weightBytes = weightBytes ?? 4 * parameters
        self.attentionParameters = attentionParameters
    }
}

/// What planning wants to know of a dataset.
public struct DataSummary: Hashable, Sendable {
    /// SHA-256 over class names, splits, images and labels.
    public var digest: String
    public var classCount: Int
    public var trainImages: Int
    public var valImages: Int
    /// Validation images whose content is among the training images too.
    public var sharedImages: Int
    /// What else is odd but allowed; one sentence each.
    public var warnings: [String]

    public init(
        digest: String, classCount: Int, trainImages: Int = 0, valImages: Int = 0, sharedImages: Int = 0,
        warnings: [String] = []
    ) {
        self.digest = digest
        self.classCount = classCount
        self.trainImages = trainImages
        self.valImages = valImages
        self.sharedImages = sharedImages
        self.warnings = warnings
    }
}

/// Builds networks in order to look at them.
public protocol NetworkInspector: Sendable {
    /// - Throws: what is wrong with the network; its description becomes the message of a diagnostic.
    func inspect(_ configuration: TrainingConfiguration, data: DataSummary) throws -> NetworkSummary
}

/// Opens datasets in order to look at them.
public protocol DataInspector: Sendable {
    /// - Parameter spec: a built-in name or an absolute path.
    /// - Throws: what is wrong with the dataset; its description becomes the message of a diagnostic.
    func inspect(_ spec: String) throws -> DataSummary
}
