import Datasets
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
    /// The weights that the training starts from; nil where it starts from none.
    public var start: Start?
    /// Bytes that a training process holds at its peak; nil where it is not known.
    public var peakMemoryBytes: Int?
    /// Bytes of one file of weights.
    public var weightBytes: Int
    /// Parameters of DFC attention, where the network is meant to have some; nil where it is not.
    public var attentionParameters: Int?
    /// Weights that a training starts from.
    public struct Start: Hashable, Sendable {
        /// SHA-256 of their tensors.
        public var digest: String
        /// How much of the network's trainable parameters is taken over, from 0 to 1.
        public var share: Double

        public init(digest: String, share: Double) {
            self.digest = digest
            self.share = share
        }
    }

    /// Keys besides those of networks that decide a summary.
    static let furtherKeys: Set<String> = ["imgsz", "batch", "optimizer", "max_det", "val_rect"]

    public init(
        parameters: Int, backboneParameters: Int, gflops: Double, gflops640: Double, gflopsU: Double,
        gflopsAll: Double, graphDigest: String, descriptionDigest: String? = nil, start: Start? = nil,
        peakMemoryBytes: Int? = nil, weightBytes: Int? = nil, attentionParameters: Int? = nil
    ) {
        self.parameters = parameters
        self.backboneParameters = backboneParameters
        self.gflops = gflops
        self.gflops640 = gflops640
        self.gflopsU = gflopsU
        self.gflopsAll = gflopsAll
        self.graphDigest = graphDigest
        self.descriptionDigest = descriptionDigest
        self.start = start
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
    /// By class index.
    public var classNames: [String]
    public var trainImages: Int
    public var valImages: Int
    /// The least and the largest height over width of the validation images.
    public var valRatios: ClosedRange<Double>
    /// For every validation image whose content is among the training images too: the position of that training image.
    public var sharedImages: [Int]
    /// What else is odd but allowed; one sentence each.
    public var warnings: [String]

    public init(
        digest: String, classCount: Int, classNames: [String]? = nil, trainImages: Int = 0, valImages: Int = 0,
        valRatios: ClosedRange<Double> = 1...1, sharedImages: [Int] = [], warnings: [String] = []
    ) {
        self.digest = digest
        self.classCount = classCount
        self.classNames = classNames ?? (0..<classCount).map { "class\($0)" }
        self.trainImages = trainImages
        self.valImages = valImages
        self.valRatios = valRatios
        self.sharedImages = sharedImages
        self.warnings = warnings
    }

    /// What a training with this selection sees of it.
    func selecting(_ selection: DataSelection) -> DataSummary {
        var summary = self
        summary.trainImages = selection.trainImageCount(of: trainImages)
        summary.sharedImages = sharedImages.filter { $0 < summary.trainImages }
        if selection.isSingleClass {
            summary.classNames = [DataSelection.singleClassName]
            summary.classCount = 1
        }
        return summary
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
