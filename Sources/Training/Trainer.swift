public import Datasets
import Digests
import Engine
public import Foundation
import Metrics
import Models

/// One training from the first weights to the last evaluation.
///
/// ```
/// for each epoch:
///     for each batch:  rates ─► forward ─► loss ─► backward ─► every few batches: clip, update, average (`Recipe`)
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
    private let recipe: Recipe
    private let evaluator: Evaluator
    private var state = TrainingState()
    private let checkpoint: Checkpoint
    /// Configuration, data, network file and starting weights that a checkpoint belongs to; files count by content,
    /// wherever they lie.
    private let signature: String
    /// Attributes of every weight file: what is needed to build the network again.
    private let header: WeightFile.Header
    /// What was taken over from `weights`; nil where there is none, or a checkpoint holds what became of them.
    private let start: WeightFile.Transfer?
    /// When the training would have begun, had it never stopped: of a clock that nobody sets.
    private var began = 0.0

    /// Opens the data and builds the network.
    ///
    /// - Parameters:
    ///   - directory: where `weights/last.h5`, `weights/best.h5` and `checkpoint.h5` go; a checkpoint that lies there is
    ///     resumed from.
    ///   - shouldStop: asked after every batch; when true the training saves its state and returns `.interrupted`.
    ///   - onEvent: called on this thread.
    /// - Throws: `DatasetError`, `ModelError`, `HDF5Error`, `StartingWeightsError`.
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
        let pool = ThreadPool(threads: threads)
        checkpoint = Checkpoint(url: directory.appendingPathComponent(Checkpoint.fileName))
        let parameters = ParameterStore(network.graph.parameters)
        parameters.initialize(seed: UInt64(bitPattern: Int64(configuration.seed)))
        let transfer = try configuration.startingWeights(into: parameters)
        start = checkpoint.exists ? nil : transfer
        recipe = Recipe(
            configuration, network: network, parameters: parameters, imageCount: data.train.count, pool: pool)
        evaluator = try Evaluator(
            network, configuration: configuration, batch: 2 * configuration.batch, source: data.val,
            parameters: recipe.average.average, pool: pool)
        header = WeightFile.Header(network, classNames: data.classNames, imageSize: configuration.imageSize)
        var content = ["data": try data.digest]
        content["backbone"] = configuration.descriptionDigest(of: network)
        content["weights"] = transfer?.digest
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
        began = ProcessInfo.processInfo.systemUptime - state.seconds
        let loader = try makeLoader()
        onEvent(.started(summary()))
        var last: Evaluation?
        while state.epoch < configuration.epochs {
            if let outcome = try trainEpoch(loader) { return outcome }
            last = try finishEpoch()
        }
        if configuration.select == .best, state.bestEpoch > 0 {
            try WeightFile.read(bestWeights, into: recipe.average.average)
            return .completed(evaluation: try evaluator.evaluate(), epoch: state.bestEpoch)
        }
        return .completed(evaluation: try last ?? evaluator.evaluate(), epoch: configuration.epochs)
    }

    // MARK: One epoch

    /// The batches of an epoch; an outcome when the training ends here.
    private func trainEpoch(_ loader: DataLoader) throws -> TrainerOutcome? {
        let batches = recipe.schedule.batchesPerEpoch
        while let batch = try loader.next() {
            recipe.detector.fill(batch)
            let outcome = recipe.train(
                images: batch.count, targets: batch.detectionTargets, number: state.epoch * batches + state.batch,
                epoch: state.epoch)
            state.batch += 1
            switch outcome {
            case .diverged(let reason): return .diverged(epoch: state.epoch + 1, batch: state.batch, reason: reason)
            case .trained(let items, _):
                state.lossSums += items
                onEvent(
                    .step(
                        TrainerEvent.Step(
                            epoch: state.epoch + 1, batch: state.batch, batchesPerEpoch: batches, losses: items)))
            }
            if shouldStop() {
                try save()
                return .interrupted(epoch: state.epoch + 1, batch: state.batch)
            }
        }
        return nil
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
        for url in isBest ? [lastWeights, bestWeights] : [lastWeights] {
            try WeightFile.write(recipe.average.average, to: url, header: header)
        }
        let means = state.lossSums / Double(max(state.batch, 1))
        let rates = recipe.schedule.rates(batch: epoch * recipe.schedule.batchesPerEpoch - 1, epoch: state.epoch)
        state.epoch = epoch
        state.batch = 0
        state.lossSums = DetectionLoss.Items.zero
        onEvent(
            .epoch(
                EpochReport(
                    epoch: epoch, seconds: ProcessInfo.processInfo.systemUptime - began, trainLosses: means,
                    evaluation: evaluation, learningRates: rates.groups,
                    isBest: isBest)))
        try save()
        return evaluation
    }

    // MARK: State

    private var stores: Checkpoint.Stores {
        Checkpoint.Stores(
            weights: recipe.parameters, average: recipe.average.average, gradients: recipe.gradients,
            firstMoment: recipe.optimizer.firstMoment, secondMoment: recipe.optimizer.secondMoment)
    }

    private func save() throws {
        state.seconds = ProcessInfo.processInfo.systemUptime - began
        state.recipe = recipe.progress
        state.optimizerSteps = recipe.optimizer.stepCount
        state.averageUpdates = recipe.average.updateCount
        try checkpoint.write(state, stores, signature: signature)
    }

    private func resume() throws {
        guard let saved = try checkpoint.read(into: stores, signature: signature) else { return }
        state = saved
        recipe.resume(saved.recipe, updates: saved.optimizerSteps, averageUpdates: saved.averageUpdates)
    }

    private func makeLoader() throws -> DataLoader {
        let capacity = recipe.detector.executor.capacity
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
            validationImages: data.val.count, batchesPerEpoch: recipe.schedule.batchesPerEpoch,
            epochs: configuration.epochs, completedEpochs: state.epoch,
            plannedBytes: recipe.detector.executor.plan.byteCount, start: start,
            conditions: LearningConditions(
                configuration, recipe.schedule, data, hasStart: !configuration.weights.isEmpty))
    }
}
