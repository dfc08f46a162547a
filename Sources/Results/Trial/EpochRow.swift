/// One row of `results.csv`: what one epoch measured, in Ultralytics' columns.
public struct EpochRow: Codable, Hashable, Sendable {
    /// The first line of `results.csv`.
    public static let header = columnNames.joined(separator: ",")

    /// Ultralytics' names, in file order.
    public static let columnNames = [
        "epoch", "time", "train/box_loss", "train/cls_loss", "train/dfl_loss", "metrics/precision(B)",
        "metrics/recall(B)", "metrics/mAP50(B)", "metrics/mAP50-95(B)", "val/box_loss", "val/cls_loss",
        "val/dfl_loss", "lr/pg0", "lr/pg1", "lr/pg2",
    ]

    /// Counted from 1.
    public var epoch: Int
    /// Seconds since the training began, its interrupted attempts included.
    public var time: Double
    /// Box, class and distribution-focal loss on the training batches, means over the epoch.
    public var trainLosses: Losses
    public var precision: Double
    public var recall: Double
    public var mAP50: Double
    public var mAP5095: Double
    /// The same losses on the validation split.
    public var validationLosses: Losses
    /// Learning rates of the three parameter groups at the epoch's end.
    public var learningRates: LearningRates

    /// The three terms of the detection loss, weighted by their gains.
    public struct Losses: Codable, Hashable, Sendable {
        public var box: Double
        public var classification: Double
        public var distribution: Double

        public init(box: Double, classification: Double, distribution: Double) {
            self.box = box
            self.classification = classification
            self.distribution = distribution
        }
    }

    /// Learning rates in Ultralytics' order of parameter groups.
    public struct LearningRates: Codable, Hashable, Sendable {
        /// Biases.
        public var group0: Double
        /// Decayed weights.
        public var group1: Double
        /// Weights of batch norms.
        public var group2: Double

        public init(group0: Double, group1: Double, group2: Double) {
            self.group0 = group0
            self.group1 = group1
            self.group2 = group2
        }
    }

    public init(
        epoch: Int, time: Double, trainLosses: Losses, precision: Double, recall: Double, mAP50: Double,
        mAP5095: Double, validationLosses: Losses, learningRates: LearningRates
    ) {
        self.epoch = epoch
        self.time = time
        self.trainLosses = trainLosses
        self.precision = precision
        self.recall = recall
        self.mAP50 = mAP50
        self.mAP5095 = mAP5095
        self.validationLosses = validationLosses
        self.learningRates = learningRates
    }

    /// All columns but the epoch, in file order.
    public var values: [Double] {
        [
            time, trainLosses.box, trainLosses.classification, trainLosses.distribution, precision, recall, mAP50,
            mAP5095, validationLosses.box, validationLosses.classification, validationLosses.distribution,
            learningRates.group0, learningRates.group1, learningRates.group2,
        ]
    }

    /// The inverse of `values`; `nil` unless there are fourteen of them.
    public init?(epoch: Int, values: [Double]) {
        guard values.count == Self.columnNames.count - 1 else { return nil }
        self.init(
            epoch: epoch, time: values[0],
            trainLosses: Losses(box: values[1], classification: values[2], distribution: values[3]),
            precision: values[4], recall: values[5], mAP50: values[6], mAP5095: values[7],
            validationLosses: Losses(box: values[8], classification: values[9], distribution: values[10]),
            learningRates: LearningRates(group0: values[11], group1: values[12], group2: values[13]))
    }

    /// The row as a line of `results.csv`, without its end. Numbers are written so that they read back exactly.
    public var line: String {
        ([String(epoch)] + values.map { String(describing: $0) }).joined(separator: ",")
    }

    /// Reads a line of `results.csv`; `nil` unless it has fifteen numbers.
    public init?(line: some StringProtocol) {
        let fields = line.split(separator: ",", omittingEmptySubsequences: false)
        guard fields.count == Self.columnNames.count, let epoch = Int(fields[0]) else { return nil }
        let values = fields.dropFirst().compactMap { Double($0) }
        self.init(epoch: epoch, values: values)
    }
}
