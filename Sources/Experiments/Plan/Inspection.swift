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
    /// SHA-256 of the tensors of the weights that the training starts from; nil where it starts from none.
    public var weightsDigest: String?
    /// Bytes that a training step holds at once; nil where it is not known.
    public var peakMemoryBytes: Int?

    public init(
        parameters: Int, backboneParameters: Int, gflops: Double, gflops640: Double, gflopsU: Double,
        gflopsAll: Double, graphDigest: String, descriptionDigest: String? = nil, weightsDigest: String? = nil,
        peakMemoryBytes: Int? = nil
    ) {
        self.parameters = parameters
        self.backboneParameters = backboneParameters
        self.gflops = gflops
        self.gflops640 = gflops640
        self.gflopsU = gflopsU
        self.gflopsAll = gflopsAll
        self.graphDigest = graphDigest
        self.descriptionDigest = descriptionDigest
        self.weightsDigest = weightsDigest
        self.peakMemoryBytes = peakMemoryBytes
    }
}

/// What planning wants to know of a dataset.
public struct DataSummary: Hashable, Sendable {
    /// SHA-256 over class names, splits, images and labels.
    public var digest: String
    public var classCount: Int
    /// By class index.
    public var classNames: [String]
    /// What is odd but allowed, such as images in both train and val; one sentence each.
    public var warnings: [String]

    public init(digest: String, classCount: Int, classNames: [String]? = nil, warnings: [String] = []) {
        self.digest = digest
        self.classCount = classCount
        self.classNames = classNames ?? (0..<classCount).map { "class\($0)" }
        self.warnings = warnings
    }
}

/// Builds networks in order to look at them.
public protocol NetworkInspector: Sendable {
    /// - Throws: what is wrong with the network; its description becomes the message of a diagnostic.
    func inspect(_ configuration: TrainingConfiguration, classCount: Int) throws -> NetworkSummary
}

/// Opens datasets in order to look at them.
public protocol DataInspector: Sendable {
    /// - Parameter spec: a built-in name or an absolute path.
    /// - Throws: what is wrong with the dataset; its description becomes the message of a diagnostic.
    func inspect(_ spec: String) throws -> DataSummary
}
