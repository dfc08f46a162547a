import Testing
import Training

/// Why nothing was learnt: each cause from the curves that it leaves, and nothing to say of a training that went well.
@Suite struct DiagnosisTests {
    private func conditions(_ change: (inout LearningConditions) -> Void = { _ in }) -> LearningConditions {
        var facts = LearningConditions(
            epochs: 40, batchesPerEpoch: 13, warmupBatches: 100, accumulate: 1, learningRate: 0.01, trainImages: 205,
            classNames: ["RBC", "WBC", "Platelets"], trainBoxes: [2000, 200, 190], validationBoxes: [900, 90, 80])
        change(&facts)
        return facts
    }

    private func epochs(_ losses: [Double], mAP50: Double = 0) -> [LearningDiagnosis.Epoch] {
        losses.map { LearningDiagnosis.Epoch(trainLoss: $0, mAP50: mAP50) }
    }

    private func ending(
        _ mAP50: Double = 0, classes: [Double?] = [0, 0, 0], detections: Int = 100
    ) -> LearningDiagnosis.Ending { .evaluated(mAP50: mAP50, classAP50: classes, detections: detections) }

    private let falling = [12.0, 9, 7, 6]

    @Test func nothingToSay() {
        let diagnosis = LearningDiagnosis(
            conditions(), epochs: epochs(falling, mAP50: 0.7), ending: ending(0.8, classes: [0.8, 0.9, 0.6]))
        #expect(diagnosis.findings.isEmpty && diagnosis.paragraph == nil)
        // A short training that found something, and a last epoch that is a little worse, are no failures.
        let short = LearningDiagnosis(
            conditions { $0.epochs = 3 }, epochs: epochs([12, 11, 11.2]), ending: ending(0.02, classes: [0.05, 0, 0]))
        #expect(short.paragraph == nil)
    }

    @Test func divergence() {
        func text(_ epoch: Int, _ batch: Int, _ change: (inout LearningConditions) -> Void = { _ in }) -> String {
            let diagnosis = LearningDiagnosis(
                conditions(change), epochs: [],
                ending: .diverged(epoch: epoch, batch: batch, reason: "the loss is not finite"))
            #expect(diagnosis.findings.first?.kind == .diverged)
            return diagnosis.paragraph ?? ""
        }
        #expect(text(9, 2).contains("try lr0 = 0.001 instead of 0.01"))
        #expect(text(2, 2).contains("in the warm-up") && text(2, 2).contains("warmup_bias_lr = 0.01"))
        #expect(text(1, 1).contains("very first batch") && text(1, 1).contains("images or labels"))
        #expect(text(1, 1) { $0.startsFromWeights = true }.contains("weights that it starts from"))
    }

    @Test func loss() {
        let flat = LearningDiagnosis(conditions(), epochs: epochs([12, 12.1, 11.9]), ending: ending())
        #expect(flat.findings.map(\.kind) == [.lossNeverFell])
        #expect(flat.paragraph?.hasPrefix("The training loss never fell: 12.0 in the first epoch and 11.9") ?? false)
        let slow = LearningDiagnosis(
            conditions { $0.learningRate = 1e-7 }, epochs: epochs([12, 12, 12]), ending: ending())
        #expect(slow.paragraph?.contains("very low: try lr0 = 0.01") ?? false)
        let frozen = LearningDiagnosis(
            conditions { $0.frozenRows = 22 }, epochs: epochs([12, 12, 12]), ending: ending())
        #expect(frozen.paragraph?.contains("22 rows of the network are frozen") ?? false)
        let rising = LearningDiagnosis(conditions(), epochs: epochs([12, 8, 30]), ending: ending())
        #expect(rising.findings.map(\.kind) == [.lossRose])
        #expect(rising.paragraph?.contains("from 8.0 in epoch 2 to 30.0 in epoch 3") ?? false)
    }

    @Test func zero() {
        let warming = LearningDiagnosis(
            conditions { $0.epochs = 4 }, epochs: epochs(falling), ending: ending())
        #expect(warming.findings.map(\.kind) == [.stillWarmingUp])
        #expect(warming.paragraph?.contains("100 batches (8 epochs)") ?? false)
        #expect(
            warming.paragraph?.hasPrefix("The mAP is 0 after 4 epochs, although the loss fell from 12.0 to 6.0.")
                ?? false)
        let single = LearningDiagnosis(conditions { $0.epochs = 1 }, epochs: epochs([12]), ending: ending())
        #expect(single.paragraph?.hasPrefix("The mAP is 0 after 1 epoch. ") ?? false)
        let few = LearningDiagnosis(
            conditions { $0.epochs = 20 }, epochs: epochs(falling), ending: ending())
        #expect(few.findings.map(\.kind) == [.tooFewSteps])
        #expect(few.paragraph?.contains("About 260 optimizer steps") ?? false)
        let silent = LearningDiagnosis(conditions(), epochs: epochs(falling), ending: ending(detections: 0))
        #expect(silent.findings.map(\.kind) == [.nothingDetected])
        let wrong = LearningDiagnosis(conditions(), epochs: epochs(falling), ending: ending())
        #expect(wrong.findings.map(\.kind) == [.mAPZero])
        #expect(wrong.paragraph?.contains("Its 100 detections do not meet") ?? false)
    }

    @Test func classes() {
        let untrained = LearningDiagnosis(
            conditions { $0.trainBoxes[1] = 0 }, epochs: epochs(falling, mAP50: 0.5),
            ending: ending(0.5, classes: [0.7, 0, 0.6]))
        #expect(untrained.findings.map(\.kind) == [.classWithoutBoxes])
        #expect(untrained.paragraph?.hasPrefix("Class WBC has no box in the training images") ?? false)
        let unchecked = LearningDiagnosis(
            conditions { $0.validationBoxes = [900, 0, 0] }, epochs: epochs(falling, mAP50: 0.5),
            ending: ending(0.5, classes: [0.7, nil, nil]))
        #expect(unchecked.paragraph?.hasPrefix("Classes WBC, Platelets have no box in the validation images") ?? false)
        let silent = LearningDiagnosis(
            conditions(), epochs: epochs(falling, mAP50: 0.5), ending: ending(0.5, classes: [0.7, 0.6, 0]))
        #expect(silent.findings.map(\.kind) == [.classNotLearnt])
        #expect(silent.paragraph?.contains("190 of 2390 training boxes") ?? false)
        let nothing = LearningDiagnosis(
            conditions { $0.trainBoxes = [0, 0, 0] }, epochs: epochs(falling), ending: ending())
        #expect(nothing.findings.map(\.kind) == [.noObjects])
    }
}
