package import Engine
package import Models

/// What one batch does to a training.
///
/// ```
/// rates ─► forward ─► loss ─► backward ─► gradients add up ─► every `accumulate` batches: clip, update, clear, average
/// ```
/// Gradients that are left at an epoch's end carry over into the next. It is Ultralytics 8.3.0's recipe.
package final class Recipe {
    /// What moves besides weights and moments.
    package struct Progress: Hashable {
        /// Number of the batch, counted through all epochs, of the last update; −1 before the first.
        package var lastUpdate = -1
        /// Batches whose gradients are added up before an update.
        package var accumulate = 1
        /// Momentum in force: warm-up moves it.
        package var momentum = 0.0
    }

    /// How a batch went.
    package enum Outcome {
        /// Loss items, and the gradients' norm before clipping where the weights were updated.
        case trained(DetectionLoss.Items, gradientNorm: Double?)
        case diverged(reason: String)
    }

    /// The largest L2 norm that gradients keep.
    package static let gradientNormLimit = 10.0

    package let parameters: ParameterStore
    package let detector: TrainableDetector
    package let gradients: ParameterStore
    package let optimizer: Optimizer
    package let schedule: LearningSchedule
    package private(set) var average: ExponentialMovingAverage
    package private(set) var progress = Progress()
    private let seed: UInt64

    /// - Parameters:
    ///   - parameters: the weights to begin with; they are trained in place.
    ///   - imageCount: training images of an epoch; a smaller batch is trained where there are fewer.
    package init(
        _ configuration: TrainingConfiguration, network: Network, parameters: ParameterStore, imageCount: Int,
        pool: ThreadPool
    ) {
        self.parameters = parameters
        seed = UInt64(bitPattern: Int64(configuration.seed))
        let capacity = min(configuration.batch, max(imageCount, 1))
        detector = TrainableDetector(
            network, parameters: parameters, capacity: capacity, pool: pool, gains: configuration.lossGains)
        guard let gradients = detector.executor.gradients else { preconditionFailure("training has gradients") }
        self.gradients = gradients
        let choice = OptimizerChoice(configuration, imageCount: imageCount, classCount: network.classCount)
        schedule = LearningSchedule(
            configuration, batchesPerEpoch: (imageCount + capacity - 1) / capacity, learningRate: choice.learningRate,
            momentum: configuration.momentum, warmupBiasLR: choice.warmupBiasLR, hasMomentum: choice.hasMomentum)
        optimizer = Optimizer(
            choice.rule,
            groups: ParameterGroup.detectorGroups(
                network.graph.parameters, learningRate: Float(choice.learningRate),
                weightDecay: Float(schedule.weightDecay), isFrozen: \.isFrozen),
            parameters: parameters, gradients: gradients, pool: pool)
        average = ExponentialMovingAverage(of: parameters)
        progress.accumulate = schedule.initialAccumulate
        progress.momentum = choice.momentum
    }

    /// Trains on the first `images` images of the detector's input.
    /// - Parameters:
    ///   - number: of the batch, counted through all epochs from 0.
    ///   - epoch: from 0.
    package func train(images: Int, targets: [DetectionTarget], number: Int, epoch: Int) -> Outcome {
        apply(schedule.rates(batch: number, epoch: epoch))
        detector.executor.setRandomState(seed: seed, step: UInt64(number))
        let items = detector.step(images: images, targets: targets)
        guard items.sum.isFinite else {
            return .diverged(reason: "the loss is not finite (box \(items.box), cls \(items.cls), dfl \(items.dfl))")
        }
        guard number - progress.lastUpdate >= progress.accumulate else { return .trained(items, gradientNorm: nil) }
        let norm = optimizer.gradientNorm()
        guard norm.isFinite else { return .diverged(reason: "the gradient's norm is not finite") }
        optimizer.step(gradientScale: Optimizer.clippingScale(norm: norm, limit: Self.gradientNormLimit))
        gradients.clear()
        average.update(with: parameters)
        progress.lastUpdate = number
        return .trained(items, gradientNorm: norm)
    }

    private func apply(_ rates: LearningSchedule.Rates) {
        for (group, rate) in rates.groups.enumerated() { optimizer.groups[group].learningRate = Float(rate) }
        if let accumulate = rates.accumulate { progress.accumulate = accumulate }
        if let momentum = rates.momentum { progress.momentum = momentum }
        optimizer.rule = optimizer.rule.withMomentum(Float(progress.momentum))
    }

    /// Goes on where an interrupted training stood, once its stores have been read.
    package func resume(_ progress: Progress, updates: Int, averageUpdates: Int) {
        self.progress = progress
        optimizer.stepCount = updates
        average.updateCount = averageUpdates
    }
}
