public import Datasets
import Metrics

/// Why a training did not learn what it should have: the likely cause and what to try, in words.
///
/// A pure function of what was measured: it never looks at weights or images.
public struct LearningDiagnosis: Hashable, Sendable {
    /// One epoch of the curves.
    public struct Epoch: Hashable, Sendable {
        /// Sum of box, class and distribution-focal loss on the training batches, a mean over the epoch.
        public var trainLoss: Double
        /// By Ultralytics' definition; NaN where the epoch was not validated.
        public var mAP50: Double

        public init(trainLoss: Double, mAP50: Double) {
            self.trainLoss = trainLoss
            self.mAP50 = mAP50
        }
    }

    /// How the training ended.
    public enum Ending: Hashable, Sendable {
        /// mAP of the reported checkpoint, AP at IoU .5 of each class (nil where it has no box to find), and how many boxes
        /// were detected.
        case evaluated(mAP50: Double, classAP50: [Double?], detections: Int)
        /// The loss or the gradient stopped being finite; epoch and batch count from 1.
        case diverged(epoch: Int, batch: Int, reason: String)
    }

    /// What was found.
    public enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        case diverged, noObjects, lossRose, lossNeverFell, stillWarmingUp, tooFewSteps, nothingDetected, mAPZero
        case classWithoutBoxes, classNotLearnt
    }

    /// One thing that is wrong: what is seen, the likely cause, and what to try.
    public struct Finding: Hashable, Sendable {
        public var kind: Kind
        public var text: String
    }

    /// The most telling first.
    public let findings: [Finding]

    /// All findings as one paragraph; nil where nothing is wrong.
    public var paragraph: String? { findings.isEmpty ? nil : findings.map(\.text).joined(separator: " ") }

    /// mAP50 up to which nothing counts as learnt.
    static let nothing = 0.001
    /// Optimizer steps below which a detector from scratch rarely finds anything.
    static let fewSteps = 400
    /// Share of the first epoch's loss that the lowest has to stay below to count as fallen.
    static let fallenShare = 0.98

    public init(_ conditions: LearningConditions, epochs: [Epoch], ending: Ending) {
        var findings: [Finding] = []
        let cause = Self.cause(conditions, epochs, ending)
        if let cause { findings.append(cause) }
        if cause?.kind != .noObjects { findings += Self.classes(conditions, ending) }
        self.findings = findings
    }

    /// The diagnosis of a detector of which nothing but a validation is known.
    public init(validation evaluation: Evaluation, source: any DetectionSource) {
        let boxes = source.boxCounts
        var findings: [Finding] = []
        if boxes.allSatisfy({ $0 == 0 }) {
            findings.append(
                Finding(
                    kind: .noObjects,
                    text:
                        "None of the \(source.count) images has a labelled object, so nothing can be measured: labels are "
                        + "probably not where they are looked for, in the folder labels/ beside images/."))
        } else if evaluation.result.ultralytics?.mAP50 ?? 0 <= Self.nothing {
            findings.append(
                evaluation.detections.isEmpty
                    ? Finding(
                        kind: .nothingDetected,
                        text:
                            "The mAP is 0: not one detection reached the lowest score that is looked at. The weights were "
                            + "probably trained too shortly, or are of another network.")
                    : Finding(
                        kind: .mAPZero,
                        text:
                            "The mAP is 0: none of the \(evaluation.detections.count) detections meets a labelled box. The "
                            + "weights were probably trained too shortly, at another image size, or on other classes than "
                            + "this data has."))
        }
        let empty = source.classNames.indices.filter { boxes[$0] == 0 }
        if !empty.isEmpty, findings.first?.kind != .noObjects {
            let shown = empty.prefix(5).map { source.classNames[$0] }.joined(separator: ", ")
            findings.append(
                Finding(
                    kind: .classWithoutBoxes,
                    text: "\(empty.count) of \(boxes.count) classes have no box here and no part in the mAP: "
                        + "\(shown)\(empty.count > 5 ? ", …" : "")."))
        }
        self.findings = findings
    }

    // MARK: The training as a whole

    private static func cause(_ facts: LearningConditions, _ epochs: [Epoch], _ ending: Ending) -> Finding? {
        if facts.trainBoxes.allSatisfy({ $0 == 0 }) {
            return Finding(
                kind: .noObjects,
                text: "Nothing can be learnt: none of the \(facts.trainImages) training images has a labelled object. "
                    + "Labels are probably not where they are looked for, in the folder labels/ beside images/: see the "
                    + "data set's paths, and look at it with `ablate data check`.")
        }
        switch ending {
        case .diverged(let epoch, let batch, let reason): return diverged(facts, epoch, batch, reason)
        case .evaluated(let mAP50, _, let detections):
            if let finding = loss(facts, epochs, mAP50) { return finding }
            return mAP50 <= nothing ? undetected(facts, epochs, detections) : nil
        }
    }

    private static func diverged(_ facts: LearningConditions, _ epoch: Int, _ batch: Int, _ reason: String) -> Finding {
        let number = (epoch - 1) * facts.batchesPerEpoch + batch
        var text = "The training diverged in epoch \(epoch), batch \(batch): \(reason). "
        if number == 1 {
            text +=
                "That was the very first batch, before any step: "
                + (facts.startsFromWeights
                    ? "the weights that it starts from are probably damaged or of another network."
                    : "the images or labels of that batch are probably damaged; see `ablate data check`.")
        } else if number <= facts.warmupBatches {
            text +=
                "That was in the warm-up, whose \(facts.warmupBatches) batches start with a bias learning rate of "
                + "\(plain(facts.warmupBiasLR)): the learning rate is too high for this network and batch. Try "
                + "warmup_bias_lr = \(plain(max(facts.warmupBiasLR / 10, 0))) and lr0 = \(plain(facts.learningRate / 10))."
        } else {
            text +=
                "The learning rate is probably too high: try lr0 = \(plain(facts.learningRate / 10)) instead of "
                + "\(plain(facts.learningRate)), or a longer warm-up (warmup_epochs)."
        }
        return Finding(kind: .diverged, text: text)
    }

    /// What the curve of the training loss says by itself.
    private static func loss(_ facts: LearningConditions, _ epochs: [Epoch], _ mAP50: Double) -> Finding? {
        guard epochs.count >= 2, let first = epochs.first?.trainLoss, let last = epochs.last?.trainLoss,
            let lowest = epochs.map(\.trainLoss).min(), let best = epochs.firstIndex(where: { $0.trainLoss == lowest })
        else { return nil }
        if last > 1.5 * lowest, last > first || mAP50 <= nothing {
            return Finding(
                kind: .lossRose,
                text:
                    "The training loss rose: from \(decimal(lowest)) in epoch \(best + 1) to \(decimal(last)) in epoch "
                    + "\(epochs.count). The learning rate is too high: try lr0 = \(plain(facts.learningRate / 10)) instead "
                    + "of \(plain(facts.learningRate)), or a longer warm-up (warmup_epochs).")
        }
        if lowest > fallenShare * first, mAP50 < 0.05 {
            var text =
                "The training loss never fell: \(decimal(first)) in the first epoch and \(decimal(lowest)) at its lowest "
                + "in \(epochs.count) epochs. "
            if facts.learningRate < 1e-5 {
                text +=
                    "The learning rate of \(plain(facts.learningRate)) is very low: try lr0 = "
                    + (facts.optimizer == "SGD" ? "0.01." : "0.001.")
            } else if facts.frozenRows > 0 {
                text += "\(facts.frozenRows) rows of the network are frozen: freeze fewer."
            } else if facts.epochs * facts.batchesPerEpoch <= facts.warmupBatches {
                text += stillWarming(facts)
            } else {
                text +=
                    "The learning rate (\(plain(facts.learningRate))) is too low or much too high, or the labels do not "
                    + "belong to the images: try a tenth and ten times of it, and look at the labels with "
                    + "`ablate data preview`."
            }
            return Finding(kind: .lossNeverFell, text: text)
        }
        return nil
    }

    /// mAP of 0 although the loss fell.
    private static func undetected(_ facts: LearningConditions, _ epochs: [Epoch], _ detections: Int) -> Finding {
        let batches = facts.epochs * facts.batchesPerEpoch
        var start = "The mAP is 0 after \(epochs.count) epoch\(epochs.count == 1 ? "" : "s")"
        if let first = epochs.first?.trainLoss, let last = epochs.last?.trainLoss, last < fallenShare * first {
            start += ", although the loss fell from \(decimal(first)) to \(decimal(last))"
        }
        start += ". "
        if batches <= facts.warmupBatches {
            return Finding(kind: .stillWarmingUp, text: start + stillWarming(facts))
        }
        if facts.steps < fewSteps {
            let wanted = max(2, (fewSteps * 3 + facts.steps - 1) / facts.steps) * facts.epochs
            return Finding(
                kind: .tooFewSteps,
                text: start
                    + "About \(facts.steps) optimizer steps are too few for a detector "
                    + (facts.startsFromWeights ? "whose head is new" : "from scratch")
                    + ", whose averaged weights follow slowly at first: train longer (epochs = \(wanted))"
                    + (facts.startsFromWeights ? "." : ", take smaller batches, or start from trained weights."))
        }
        if detections == 0 {
            return Finding(
                kind: .nothingDetected,
                text: start
                    + "Not one detection reached the lowest score that is looked at (conf): the network finds nothing "
                    + "at all. Train longer, or start from trained weights.")
        }
        return Finding(
            kind: .mAPZero,
            text: start
                + "Its \(detections) detections do not meet the validation boxes: train longer or start from trained "
                + "weights; if the loss is low already, training and validation labels probably differ in classes or in "
                + "the way boxes are written: compare them with `ablate data preview`.")
    }

    private static func stillWarming(_ facts: LearningConditions) -> String {
        let epochs = (facts.warmupBatches + facts.batchesPerEpoch) / facts.batchesPerEpoch
        return
            "The training ended in its warm-up, which takes \(facts.warmupBatches) batches (\(epochs) epochs) here: the "
            + "learning rate never reached \(plain(facts.learningRate)). Train for \(10 * epochs) epochs or more, or set "
            + "warmup_epochs = 0."
    }

    // MARK: Classes

    private static func classes(_ facts: LearningConditions, _ ending: Ending) -> [Finding] {
        var findings: [Finding] = []
        let untrained = facts.classNames.indices.filter { facts.trainBoxes[$0] == 0 }
        let unchecked = facts.classNames.indices.filter { facts.trainBoxes[$0] > 0 && facts.validationBoxes[$0] == 0 }
        if !untrained.isEmpty {
            findings.append(
                Finding(
                    kind: .classWithoutBoxes,
                    text:
                        "\(names(untrained, facts)) no box in the training images and cannot be learnt: add labels, or "
                        + "leave the class out."))
        }
        if !unchecked.isEmpty {
            findings.append(
                Finding(
                    kind: .classWithoutBoxes,
                    text: "\(names(unchecked, facts)) no box in the validation images, and no part in the mAP."))
        }
        if case .evaluated(let mAP50, let classAP50, _) = ending, mAP50 > 0.05 {
            let silent = facts.classNames.indices.filter { index in
                facts.trainBoxes[index] > 0 && classAP50.indices.contains(index)
                    && classAP50[index].map { $0 <= nothing } ?? false
            }
            for index in silent {
                findings.append(
                    Finding(
                        kind: .classNotLearnt,
                        text: "Class \(facts.classNames[index]) has an AP of 0 where others are found: it has "
                            + "\(facts.trainBoxes[index]) of \(facts.trainBoxes.reduce(0, +)) training boxes; more examples of "
                            + "it, or larger images, would help."))
            }
        }
        return findings
    }

    /// `Class a has`, `Classes a, b and 3 more have`.
    private static func names(_ indices: [Int], _ facts: LearningConditions) -> String {
        let shown = indices.prefix(5).map { facts.classNames[$0] }.joined(separator: ", ")
        if indices.count == 1 { return "Class \(shown) has" }
        return "Classes \(shown)\(indices.count > 5 ? " and \(indices.count - 5) more" : "") have"
    }

    private static func decimal(_ value: Double) -> String {
        let hundredths = (value * 100).rounded() / 100
        return "\(hundredths)"
    }

    /// A number with the fewest digits that tell it to four places.
    private static func plain(_ value: Double) -> String {
        guard value != 0, value.isFinite else { return "0" }
        var digits = 1.0
        while value.magnitude * digits < 1000 { digits *= 10 }
        return ConfigurationValue.number((value * digits).rounded() / digits).canonicalJSON
    }
}
