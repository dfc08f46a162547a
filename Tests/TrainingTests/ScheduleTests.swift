import Engine
import Foundation
import Testing
import Training

/// The recipe's numbers for every batch, against `tools/golden/schedule.py`.
@Suite struct ScheduleTests {
    struct Golden: Decodable, Sendable {
        struct Settings: Decodable, Sendable {
            var epochs: Int
            var batch: Int
            var lr0: Double
            var lrf: Double
            var momentum: Double
            var weightDecay: Double
            var warmupEpochs: Double
            var warmupMomentum: Double
            var warmupBiasLr: Double
            var cosLr: Bool
            var nbs: Int
            var optimizer: String
        }

        struct Case: Decodable, Sendable, CustomTestStringConvertible {
            var name: String
            var settings: Settings
            var images: Int
            var classes: Int
            var rule: String
            var learningRate: Double
            var momentum: Double
            var warmupBiasLR: Double
            var batchesPerEpoch: Int
            var warmupBatches: Int
            var initialAccumulate: Int
            var weightDecay: Double
            /// Optimizer steps of the whole training.
            var steps: Int
            /// Batch, epoch, rates of biases, weights and norm weights, momentum, accumulation, whether it steps.
            var rows: [[Double]]

            var testDescription: String { name }

            func configuration() throws -> TrainingConfiguration {
                var configuration = TrainingConfiguration()
                configuration.epochs = settings.epochs
                configuration.batch = settings.batch
                configuration.lr0 = settings.lr0
                configuration.lrf = settings.lrf
                configuration.momentum = settings.momentum
                configuration.weightDecay = settings.weightDecay
                configuration.warmupEpochs = settings.warmupEpochs
                configuration.warmupMomentum = settings.warmupMomentum
                configuration.warmupBiasLR = settings.warmupBiasLr
                configuration.hasCosineSchedule = settings.cosLr
                configuration.nominalBatch = settings.nbs
                configuration.optimizer = try #require(TrainingConfiguration.Optimizer(rawValue: settings.optimizer))
                return configuration
            }
        }

        var format: Int
        /// Number of an update, decay of the moving average.
        var averageDecays: [[Double]]
        var cases: [Case]

        static let all = Result {
            let folder = URL(filePath: #filePath).deletingLastPathComponent()
            let file = folder.appending(path: "Golden/schedule.json")
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            return try decoder.decode(Golden.self, from: Data(contentsOf: file))
        }
    }

    @Test func thereAreCases() throws {
        let golden = try Golden.all.get()
        #expect(golden.format == 1)
        #expect(golden.cases.count == 19)
        #expect(Set(golden.cases.map(\.settings.optimizer)) == ["SGD", "Adam", "AdamW", "auto"])
    }

    @Test(arguments: (try? Golden.all.get().cases) ?? [])
    func optimizerChoice(_ test: Golden.Case) throws {
        let choice = OptimizerChoice(
            try test.configuration(), imageCount: test.images, classCount: test.classes)
        let momentum = test.momentum
        let rule: UpdateRule =
            switch test.rule {
            case "SGD": .sgd(momentum: Float(momentum), nesterov: true)
            case "Adam": .adam(beta1: momentum, beta2: 0.999, epsilon: 1e-8)
            default: .adamW(beta1: momentum, beta2: 0.999, epsilon: 1e-8)
            }
        #expect(choice.rule == rule)
        #expect(choice.learningRate == test.learningRate)
        #expect(choice.warmupBiasLR == test.warmupBiasLR)
        #expect(choice.hasMomentum == (test.rule == "SGD"))
    }

    @Test(arguments: (try? Golden.all.get().cases) ?? [])
    func everyBatch(_ test: Golden.Case) throws {
        let configuration = try test.configuration()
        let choice = OptimizerChoice(configuration, imageCount: test.images, classCount: test.classes)
        let schedule = LearningSchedule(
            configuration, batchesPerEpoch: test.batchesPerEpoch, learningRate: choice.learningRate,
            momentum: configuration.momentum, warmupBiasLR: choice.warmupBiasLR, hasMomentum: choice.hasMomentum)
        #expect(schedule.warmupBatches == test.warmupBatches)
        #expect(schedule.initialAccumulate == test.initialAccumulate)
        #expect(abs(schedule.weightDecay - test.weightDecay) <= 1e-12 * test.weightDecay)

        // The training's own walk: what is nil stays as it was.
        var (momentum, accumulate) = (test.momentum, schedule.initialAccumulate)
        var (last, steps, compared) = (-1, 0, 0)
        let rows = Dictionary(uniqueKeysWithValues: test.rows.map { (Int($0[0]), $0) })
        for batch in 0..<configuration.epochs * test.batchesPerEpoch {
            let epoch = batch / test.batchesPerEpoch
            let rates = schedule.rates(batch: batch, epoch: epoch)
            momentum = rates.momentum ?? momentum
            accumulate = rates.accumulate ?? accumulate
            let isStep = batch - last >= accumulate
            if isStep { (last, steps) = (batch, steps + 1) }
            guard let row = rows[batch] else { continue }
            compared += 1
            func expect(_ name: String, _ value: Double, _ expected: Double) {
                #expect(
                    abs(value - expected) <= 1e-12 * max(abs(expected), 1e-3),
                    "\(test.name), batch \(batch): \(name) is \(value), expected \(expected)")
            }
            #expect(epoch == Int(row[1]))
            expect("the rate of biases", rates.bias, row[2])
            expect("the rate of weights", rates.weight, row[3])
            expect("the rate of norm weights", rates.weight, row[4])
            expect("momentum", momentum, row[5])
            #expect(accumulate == Int(row[6]), "\(test.name), batch \(batch)")
            #expect(isStep == (row[7] == 1), "\(test.name), batch \(batch)")
        }
        #expect(compared == test.rows.count)
        #expect(steps == test.steps)
    }

    @Test func movingAverage() throws {
        for row in try Golden.all.get().averageDecays {
            let decay = ExponentialMovingAverage.decay(update: Int(row[0]))
            #expect(abs(decay - row[1]) <= 1e-12)
        }
        let parameters = [
            Parameter(name: "w", dimensions: [3], role: .weight, initialization: .constant(1)),
            Parameter(name: "m", dimensions: [2], role: .runningMean, initialization: .constant(2)),
        ]
        let model = ParameterStore(parameters)
        model.initialize(seed: 0)
        var average = ExponentialMovingAverage(of: model)
        #expect(average.average.values(0) == [1, 1, 1])
        model.set(0, [3, 3, 3])
        model.set(1, [0, 0])
        // Running statistics are averaged as well.
        var expected = (1.0, 2.0)
        for step in 1...3 {
            average.update(with: model)
            let decay = 0.9999 * (1 - exp(-Double(step) / 2000))
            expected = (decay * expected.0 + (1 - decay) * 3, decay * expected.1)
            #expect(average.average.values(0).allSatisfy { abs(Double($0) - expected.0) < 1e-6 })
            #expect(average.average.values(1).allSatisfy { abs(Double($0) - expected.1) < 1e-6 })
        }
        #expect(average.updateCount == 3)
        #expect(model.values(0) == [3, 3, 3])
    }
}
