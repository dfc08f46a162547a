import Foundation

/// Learning rates, momentum and gradient accumulation of every batch: warm-up, then linear or cosine decay.
///
/// `n` counts batches through the whole training from 0, `e` epochs from 0. During warm-up (`n` up to and including
/// `warmupBatches`, share x = n / warmupBatches): the bias rate falls from `warmupBiasLR` to the scheduled rate, the
/// others rise from 0, momentum rises from `warmupMomentum`, and accumulation from 1 to nominal batch / batch.
package struct LearningSchedule {
    /// What one batch is trained with.
    package struct Rates: Equatable {
        package var bias: Double
        package var weight: Double
        /// Nil after warm-up: momentum stays where it is.
        package var momentum: Double?
        /// Nil after warm-up: accumulation stays where it is.
        package var accumulate: Int?

        /// Learning rates in the order of `ParameterGroup.detectorGroups`.
        var groups: [Double] { [bias, weight, weight] }
    }

    package let configuration: TrainingConfiguration
    package let batchesPerEpoch: Int
    /// Batch count of the warm-up; 0 when there is none.
    package let warmupBatches: Int
    package let learningRate: Double
    package let momentum: Double
    package let warmupBiasLR: Double
    /// Whether the optimizer has a momentum that warm-up moves (SGD).
    package let hasMomentum: Bool

    package init(
        _ configuration: TrainingConfiguration, batchesPerEpoch: Int, learningRate: Double, momentum: Double,
        warmupBiasLR: Double, hasMomentum: Bool
    ) {
        self.configuration = configuration
        self.batchesPerEpoch = batchesPerEpoch
        self.learningRate = learningRate
        self.momentum = momentum
        self.warmupBiasLR = warmupBiasLR
        self.hasMomentum = hasMomentum
        let wanted = (configuration.warmupEpochs * Double(batchesPerEpoch)).rounded(.toNearestOrEven)
        warmupBatches = configuration.warmupEpochs > 0 ? max(Int(wanted), 100) : 0
    }

    /// Share of the first learning rate that epoch `e` has.
    package func factor(epoch e: Int) -> Double {
        let progress = Double(e) / Double(configuration.epochs)
        let lrf = configuration.lrf
        if configuration.hasCosineSchedule {
            return max((1 - cos(.pi * progress)) / 2, 0) * (lrf - 1) + 1
        }
        return max(1 - progress, 0) * (1 - lrf) + lrf
    }

    /// Accumulation before any batch.
    package var initialAccumulate: Int {
        max(Int((Double(configuration.nominalBatch) / Double(configuration.batch)).rounded(.toNearestOrEven)), 1)
    }

    /// Weight decay after the scaling by batch and accumulation.
    package var weightDecay: Double {
        configuration.weightDecay * Double(configuration.batch * initialAccumulate) / Double(configuration.nominalBatch)
    }

    package func rates(batch n: Int, epoch e: Int) -> Rates {
        let scheduled = learningRate * factor(epoch: e)
        guard warmupBatches > 0, n <= warmupBatches else {
            return Rates(bias: scheduled, weight: scheduled, momentum: nil, accumulate: nil)
        }
        let x = Double(n) / Double(warmupBatches)
        let ratio = Double(configuration.nominalBatch) / Double(configuration.batch)
        return Rates(
            bias: warmupBiasLR + x * (scheduled - warmupBiasLR), weight: x * scheduled,
            momentum: hasMomentum
                ? configuration.warmupMomentum + x * (momentum - configuration.warmupMomentum) : nil,
            accumulate: max(1, Int((1 + x * (ratio - 1)).rounded(.toNearestOrEven))))
    }
}
