public import Datasets
import Engine
public import Foundation
import Metrics
import Models

/// One training from the first weights to the last evaluation.
///
/// ```
/// for each epoch:
///     for each batch:  rates ─► forward ─► loss ─► backward ─► every few batches: clip, update, average
///     validate the average ─► checkpoint
/// evaluate the selected checkpoint
/// ```
/// The recipe is Ultralytics 8.3.0's. The result depends on the configuration and its seed alone, to the bit: not on the
/// number of threads, and not on interruptions.
public final class Trainer {
    private let configuration: TrainingConfiguration
    private let directory: URL
    private let shouldStop: @Sendable () -> Bool
    private let onEvent: (TrainerEvent) -> Void

    private let data: DetectionData
    private let network: Network
    private let pool: ThreadPool
    private let parameters: ParameterStore
    private let detector: TrainableDetector
    private let gradients: ParameterStore
    private let optimizer: Optimizer
    private let schedule: LearningSchedule
    private let evaluator: Evaluator
    private var average: ExponentialMovingAverage
    private var state = TrainingState()
    private let checkpoint: Checkpoint
    /// Configuration, data and network that a checkpoint belongs to; files count by content, wherever they lie.
    private let signature: String
    private var began = Date()

    /// Opens the data and builds the network.
    ///
    /// - Parameters:
    ///   - directory: where `weights/last.h5`, `weights/best.h5` and `checkpoint.h5` go; a checkpoint that lies there is
    ///     resumed from.
    ///   - shouldStop: asked after every batch; when true the training saves its state and returns `.interrupted`.
    ///   - onEvent: called on this thread.
    /// - Throws: `DatasetError`, `ModelError`, `HDF5Error`.
    public init(
        configuration: TrainingConfiguration, data: DetectionData, threads: Int, directory: URL,
        shouldStop: @escaping @Sendable () -> Bool = { false }, onEvent: @escaping (TrainerEvent) -> Void = { _ in }
    ) throws {
        self.configuration = configuration
        self.data = data
        self.directory = directory
        self.shouldStop = shouldStop
        self.onEvent = onEvent
        network = try configuration.network(classCount: data.classNames.count)
        pool = ThreadPool(threads: threads)
        parameters = ParameterStore(network.graph.parameters)
        parameters.initialize(seed: UInt64(bitPattern: Int64(configuration.seed)))
        let capacity = min(configuration.batch, max(data.train.count, 1))
        detector = TrainableDetector(
            network, parameters: parameters, capacity: capacity, pool: pool, gains: configuration.lossGains)
        guard let gradients = detector.executor.gradients else { preconditionFailure("training has gradients") }
        self.gradients = gradients

        let batches = (data.train.count + capacity - 1) / capacity
        let choice = OptimizerChoice(
            configuration, imageCount: data.train.count, classCount: data.classNames.count)
        schedule = LearningSchedule(
            configuration, batchesPerEpoch: batches, learningRate: choice.learningRate,
            momentum: configuration.momentum, warmupBiasLR: choice.warmupBiasLR, hasMomentum: choice.hasMomentum)
        optimizer = Optimizer(
            choice.rule,
            groups: ParameterGroup.detectorGroups(
                parameters.parameters, learningRate: Float(choice.learningRate),
                weightDecay: Float(schedule.weightDecay)),
            parameters: parameters, gradients: gradients, pool: pool)
        average = ExponentialMovingAverage(of: parameters)
        evaluator = Evaluator(
            network, configuration: configuration, source: data.val, parameters: average.average, pool: pool)
        state.accumulate = schedule.initialAccumulate
        state.momentum = choice.momentum
        checkpoint = Checkpoint(url: directory.appendingPathComponent(Checkpoint.fileName))
        var content = ["data": try data.digest]
        content["backbone"] = configuration.descriptionDigest(of: network)
        signature = configuration.canonicalJSON(replacing: content) + " seed \(configuration.seed)"
    }

    private var weightsDirectory: URL { directory.appendingPathComponent("weights") }
    /// The averaged weights of the last epoch.
    public var lastWeights: URL { weightsDirectory.appendingPathComponent("last.h5") }
    /// The averaged weights of the epoch of the highest fitness.
    public var bestWeights: URL { weightsDirectory.appendingPathComponent("best.h5") }

    /// Trains to the end, or until it is asked to stop.
    /// - Throws: `DatasetError`, `HDF5Error`.
    public func run() throws -> TrainerOutcome {
        try FileManager.default.createDirectory(at: weightsDirectory, withIntermediateDirectories: true)
        try resume()
        began = Date().addingTimeInterval(-state.seconds)
        let loader = try makeLoader()
        onEvent(.started(summary()))
        var last: Evaluation?
        while state.epoch < configuration.epochs {
            if let outcome = try trainEpoch(loader) { return outcome }
            last = try finishEpoch()
        }
        if configuration.select == .best, state.bestEpoch > 0 {
            try WeightFile.read(bestWeights, into: average.average)
            return .completed(evaluation: try evaluator.evaluate(), epoch: state.bestEpoch)
        }
        return .completed(evaluation: try last ?? evaluator.evaluate(), epoch: configuration.epochs)
    }

    // MARK: One epoch

    /// The batches of an epoch; an outcome when the training ends here.
    private func trainEpoch(_ loader: DataLoader) throws -> TrainerOutcome? {
        while let batch = try loader.next() {
            let number = state.epoch * schedule.batchesPerEpoch + state.batch
            apply(schedule.rates(batch: number, epoch: state.epoch))
            batch.withImages { images in
                _ = UnsafeMutableBufferPointer(start: detector.input.base, count: images.count)
                    .update(fromContentsOf: images)
            }
            detector.executor.setRandomState(
                seed: UInt64(bitPattern: Int64(configuration.seed)), step: UInt64(number))
            let items = detector.step(images: batch.count, targets: batch.detectionTargets)
            state.batch += 1
            guard items.sum.isFinite else {
                return .diverged(
                    epoch: state.epoch + 1, batch: state.batch,
                    reason: "the loss is not finite (box \(items.box), cls \(items.cls), dfl \(items.dfl))")
            }
            state.lossSums = DetectionLoss.Items(
                box: state.lossSums.box + items.box, cls: state.lossSums.cls + items.cls,
                dfl: state.lossSums.dfl + items.dfl)
            if number - state.lastStep >= state.accumulate {
                let norm = optimizer.gradientNorm()
                guard norm.isFinite else {
                    return .diverged(
                        epoch: state.epoch + 1, batch: state.batch, reason: "the gradient's norm is not finite")
                }
                update(norm)
                state.lastStep = number
            }
            onEvent(
                .step(
                    TrainerEvent.Step(
                        epoch: state.epoch + 1, batch: state.batch, batchesPerEpoch: schedule.batchesPerEpoch,
                        losses: items)))
            if shouldStop() {
                try save()
                return .interrupted(epoch: state.epoch + 1, batch: state.batch)
            }
        }
        return nil
    }

    private func apply(_ rates: LearningSchedule.Rates) {
        for (group, rate) in rates.groups.enumerated() { optimizer.groups[group].learningRate = Float(rate) }
        if let accumulate = rates.accumulate { state.accumulate = accumulate }
        if let momentum = rates.momentum { state.momentum = momentum }
        if case .sgd(_, let nesterov) = optimizer.rule {
            optimizer.rule = .sgd(momentum: Float(state.momentum), nesterov: nesterov)
        }
    }

    /// Clips, updates, clears and averages.
    private func update(_ norm: Double) {
        optimizer.step(gradientScale: Optimizer.clippingScale(norm: norm, limit: 10))
        gradients.clear()
        average.update(with: parameters)
    }

    /// Validates the averaged weights and puts the epoch on disk.
    private func finishEpoch() throws -> Evaluation? {
        let epoch = state.epoch + 1
        let isLast = epoch == configuration.epochs
        let evaluation =
            isLast || epoch % configuration.validationInterval == 0 ? try evaluator.evaluate() : nil
        var isBest = false
        if let evaluation, evaluation.fitness >= state.bestFitness {
            state.bestFitness = evaluation.fitness
            state.bestEpoch = epoch
            isBest = true
        }
        try WeightFile.write(average.average, to: lastWeights)
        if isBest { try WeightFile.write(average.average, to: bestWeights) }
        let batches = Double(max(state.batch, 1))
        let means = DetectionLoss.Items(
            box: state.lossSums.box / batches, cls: state.lossSums.cls / batches, dfl: state.lossSums.dfl / batches)
        let rates = schedule.rates(batch: epoch * schedule.batchesPerEpoch - 1, epoch: state.epoch)
        state.epoch = epoch
        state.batch = 0
        state.lossSums = DetectionLoss.Items(box: 0, cls: 0, dfl: 0)
        onEvent(
            .epoch(
                EpochReport(
                    epoch: epoch, seconds: Date().timeIntervalSince(began), trainLosses: means,
                    evaluation: evaluation, learningRates: rates.groups,
                    isBest: isBest)))
        try save()
        return evaluation
    }

    // MARK: State

    private var stores: Checkpoint.Stores {
        Checkpoint.Stores(
            weights: parameters, average: average.average, gradients: gradients, firstMoment: optimizer.firstMoment,
            secondMoment: optimizer.secondMoment)
    }

    private func save() throws {
        state.seconds = Date().timeIntervalSince(began)
        state.optimizerSteps = optimizer.stepCount
        state.averageUpdates = average.updateCount
        try checkpoint.write(state, stores, signature: signature)
    }

    private func resume() throws {
        guard let saved = try checkpoint.read(into: stores, signature: signature) else { return }
        state = saved
        optimizer.stepCount = saved.optimizerSteps
        average.updateCount = saved.averageUpdates
    }

    private func makeLoader() throws -> DataLoader {
        let capacity = detector.executor.capacity
        let options = LoaderOptions(
            mode: .training(configuration.augmentation), batchSize: capacity, imageSize: configuration.imageSize,
            seed: UInt64(bitPattern: Int64(configuration.seed)))
        return try DataLoader(
            data.train, options, from: LoaderPosition(epoch: state.epoch, batch: state.batch),
            epochs: configuration.epochs)
    }

    private func summary() -> TrainerEvent.Summary {
        TrainerEvent.Summary(
            network: network.name, parameters: network.parameterCount, trainImages: data.train.count,
            validationImages: data.val.count, batchesPerEpoch: schedule.batchesPerEpoch, epochs: configuration.epochs,
            completedEpochs: state.epoch, plannedBytes: detector.executor.plan.byteCount)
    }
}
