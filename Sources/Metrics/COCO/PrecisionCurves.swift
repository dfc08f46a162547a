/// Precision over recall of one category in one area range, at each of the ten IoU thresholds.
public struct PrecisionCurves: Hashable, Sendable {
    /// For each IoU threshold the precision at each of `COCOEvaluation.recallThresholds`: the best that is reached at
    /// that recall or beyond, 0 past the highest recall.
    public let precision: [[Double]]
    /// For each IoU threshold the highest recall.
    public let recall: [Double]

    /// Mean precision over all recalls and IoU thresholds.
    public var averagePrecision: Double {
        precision.reduce(0) { $0 + $1.reduce(0, +) } / Double(precision.count * COCOEvaluation.recallThresholds.count)
    }

    /// Mean precision over all recalls at one IoU threshold.
    ///
    /// - Parameter threshold: position in `COCOEvaluation.iouThresholds`.
    public func averagePrecision(atThreshold threshold: Int) -> Double {
        precision[threshold].reduce(0, +) / Double(COCOEvaluation.recallThresholds.count)
    }

    /// Mean over IoU thresholds of the highest recall.
    public var averageRecall: Double { recall.reduce(0, +) / Double(recall.count) }
}

/// Draws precision curves, reusing its memory.
struct PrecisionScratch {
    /// Precision at each true positive, by falling score.
    private var precisions: [Double] = []
    /// True positives up to and including each one: 1, 2, 3 … unless images weigh more than 1.
    private var counts: [Int] = []

    /// The curves of one category; nil where no box can be found.
    mutating func curves(_ matches: CategoryMatches, area: COCOEvaluation.AreaRange, limit: Int) -> PrecisionCurves? {
        let positives = Int(matches.positiveCount[area.rawValue])
        guard positives > 0 else { return nil }
        var precision: [[Double]] = []
        var recall: [Double] = []
        for threshold in COCOEvaluation.iouThresholds.indices {
            collect(matches, area: area, threshold: threshold, limit: limit) { _ in 1 }
            recall.append(Double(counts.last ?? 0) / Double(positives))
            var row = [Double](repeating: 0, count: COCOEvaluation.recallThresholds.count)
            readOff(positives) { row[$0] = $1 }
            precision.append(row)
        }
        return PrecisionCurves(precision: precision, recall: recall)
    }

    /// Average precision at one IoU threshold with each image counted as often as its weight says; nil where no box can
    /// be found.
    mutating func averagePrecision(
        _ matches: CategoryMatches, area: COCOEvaluation.AreaRange, threshold: Int, weights: [Int32]
    ) -> Double? {
        var positives = 0
        for (image, count) in zip(matches.positiveImages, matches.positives) {
            positives += Int(weights[Int(image)]) * Int(count[area.rawValue])
        }
        guard positives > 0 else { return nil }
        collect(matches, area: area, threshold: threshold, limit: COCOEvaluation.maximumDetections) {
            Int(weights[Int($0)])
        }
        var sum = 0.0
        readOff(positives) { sum += $1 }
        return sum / Double(COCOEvaluation.recallThresholds.count)
    }

    /// Walks down the scores. An image of weight w contributes its detection w times over; only the last of the w true
    /// positives is kept, as precision grows from the first to it.
    @inline(__always)
    private mutating func collect(
        _ matches: CategoryMatches, area: COCOEvaluation.AreaRange, threshold: Int, limit: Int,
        weight: (Int32) -> Int
    ) {
        precisions.removeAll(keepingCapacity: true)
        counts.removeAll(keepingCapacity: true)
        let areaCount = COCOEvaluation.AreaRange.allCases.count
        let mask: UInt16 = 1 << threshold
        var truePositives = 0
        var falsePositives = 0
        for index in 0..<matches.scores.count where matches.ranks[index] < limit {
            let slot = index * areaCount + area.rawValue
            if matches.ignored[slot] & mask != 0 { continue }
            let weight = weight(matches.images[index])
            if matches.found[slot] & mask == 0 {
                falsePositives += weight
            } else if weight > 0 {
                truePositives += weight
                counts.append(truePositives)
                // As pycocotools divides, a single true positive has a precision one unit short of 1.
                precisions.append(
                    Double(truePositives) / (Double(falsePositives) + Double(truePositives) + Double.ulpOfOne))
            }
        }
    }

    /// Gives the precision at each recall threshold that is reached, highest recall first.
    @inline(__always)
    private func readOff(_ positives: Int, _ body: (_ recallIndex: Int, _ precision: Double) -> Void) {
        var best = 0.0
        var index = precisions.count - 1
        for recallIndex in COCOEvaluation.recallThresholds.indices.reversed() {
            let recall = COCOEvaluation.recallThresholds[recallIndex]
            // Precisions at or beyond the first true positive with enough recall count.
            while index >= 0, Double(counts[index]) / Double(positives) >= recall {
                best = max(best, precisions[index])
                index -= 1
            }
            if index < precisions.count - 1 { body(recallIndex, best) }
        }
    }
}
