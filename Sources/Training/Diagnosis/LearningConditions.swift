import Datasets

/// What is known of a training before its first step, as far as it can explain why nothing is learnt.
public struct LearningConditions: Hashable, Sendable, Codable {
    public var epochs: Int
    public var batchesPerEpoch: Int
    public var warmupBatches: Int
    /// Batches whose gradients make one step once the warm-up is over.
    public var accumulate: Int
    public var optimizer: String
    /// At the start of the schedule.
    public var learningRate: Double
    public var warmupBiasLR: Double
    /// Whether it begins with weights from a file.
    public var startsFromWeights: Bool
    public var frozenRows: Int
    public var trainImages: Int
    public var classNames: [String]
    /// Boxes of each class in the training images.
    public var trainBoxes: [Int]
    /// Boxes of each class in the validation images.
    public var validationBoxes: [Int]

    public init(
        epochs: Int, batchesPerEpoch: Int, warmupBatches: Int, accumulate: Int = 1, optimizer: String = "SGD",
        learningRate: Double, warmupBiasLR: Double = 0.1, startsFromWeights: Bool = false, frozenRows: Int = 0,
        trainImages: Int, classNames: [String], trainBoxes: [Int], validationBoxes: [Int]
    ) {
        self.epochs = epochs
        self.batchesPerEpoch = batchesPerEpoch
        self.warmupBatches = warmupBatches
        self.accumulate = accumulate
        self.optimizer = optimizer
        self.learningRate = learningRate
        self.warmupBiasLR = warmupBiasLR
        self.startsFromWeights = startsFromWeights
        self.frozenRows = frozenRows
        self.trainImages = trainImages
        self.classNames = classNames
        self.trainBoxes = trainBoxes
        self.validationBoxes = validationBoxes
    }

    init(
        _ configuration: TrainingConfiguration, _ schedule: LearningSchedule, _ data: DetectionData, hasStart: Bool
    ) {
        self.init(
            epochs: configuration.epochs, batchesPerEpoch: schedule.batchesPerEpoch,
            warmupBatches: schedule.warmupBatches, accumulate: schedule.initialAccumulate,
            optimizer: configuration.optimizer.rawValue, learningRate: schedule.learningRate,
            warmupBiasLR: schedule.warmupBiasLR, startsFromWeights: hasStart, frozenRows: configuration.freeze.count,
            trainImages: data.train.count, classNames: data.classNames, trainBoxes: data.train.boxCounts,
            validationBoxes: data.val.boxCounts)
    }

    /// Optimizer steps of the whole training, about: warm-up steps more often.
    var steps: Int { max(1, epochs * batchesPerEpoch / max(accumulate, 1)) }
}

extension DetectionSource {
    /// Boxes of each class over all images.
    var boxCounts: [Int] {
        var counts = [Int](repeating: 0, count: classNames.count)
        for image in 0..<count {
            for label in labels(at: image) where counts.indices.contains(label.classIndex) {
                counts[label.classIndex] += 1
            }
        }
        return counts
    }
}
