/// Precision and recall of one class, as Ultralytics 8.3.0 draws them.
public struct UltralyticsCurves: Hashable, Sendable {
    /// The scores of the grid: 1,000 from 0 to 1.
    public static let scores = COCOEvaluation.evenlySpaced(from: 0, to: 1, count: 1_000)

    /// AP at each of the ten IoU thresholds.
    public let averagePrecisions: [Double]
    /// At IoU .5, at each of `scores`: of detections at or above the score. 1 above the highest score.
    public let precisionByScore: [Double]
    /// At IoU .5, at each of `scores`.
    public let recallByScore: [Double]
    /// At IoU .5, at each of 1,000 recalls from 0 to 1.
    public let precisionByRecall: [Double]

    /// Harmonic mean of precision and recall at a position of `scores`.
    public func f1(at index: Int) -> Double {
        let (precision, recall) = (precisionByScore[index], recallByScore[index])
        return 2 * precision * recall / (precision + recall + 1e-16)
    }

    private static let recallGrid = COCOEvaluation.evenlySpaced(from: 0, to: 1, count: 101)

    /// - Parameters:
    ///   - detections: by falling score.
    ///   - boxCount: boxes to find, at least one.
    init(_ detections: [UltralyticsMatches.Scored], boxCount: Int) {
        let thresholdCount = UltralyticsEvaluation.iouThresholds.count
        guard !detections.isEmpty else {
            averagePrecisions = [Double](repeating: 0, count: thresholdCount)
            precisionByScore = [Double](repeating: 0, count: Self.scores.count)
            recallByScore = precisionByScore
            precisionByRecall = precisionByScore
            return
        }
        var averages: [Double] = []
        var overScore: (precision: [Double], recall: [Double]) = ([], [])
        var overRecall: [Double] = []
        for bit in 0..<thresholdCount {
            let (precision, recall) = Self.points(detections, bit: bit, boxCount: boxCount)
            let line = Self.envelope(precision, recall)
            averages.append(Self.area(line))
            if bit == 0 {
                overScore = Self.byScore(detections, precision, recall)
                overRecall = Self.scores.map { line.value(at: $0) }
            }
        }
        averagePrecisions = averages
        precisionByScore = overScore.precision
        recallByScore = overScore.recall
        precisionByRecall = overRecall
    }

    /// Precision and recall with the first detection, the first two, and so on.
    private static func points(
        _ detections: [UltralyticsMatches.Scored], bit: Int, boxCount: Int
    ) -> (precision: [Double], recall: [Double]) {
        var right = 0.0
        var precision: [Double] = []
        var recall: [Double] = []
        precision.reserveCapacity(detections.count)
        recall.reserveCapacity(detections.count)
        for (index, detection) in detections.enumerated() {
            if detection.correct & (1 << bit) != 0 { right += 1 }
            precision.append(right / Double(index + 1))
            recall.append(right / (Double(boxCount) + 1e-16))
        }
        return (precision, recall)
    }

    /// The line through (0, 1), the points and (1, 0), each precision raised to the best at its recall or beyond.
    private static func envelope(_ precision: [Double], _ recall: [Double]) -> Polyline {
        var y = [1] + precision + [0]
        for index in y.indices.dropLast().reversed() { y[index] = max(y[index], y[index + 1]) }
        return Polyline(x: [0] + recall + [1], y: y)
    }

    /// Area below the line by the trapezoid rule on 101 recalls.
    private static func area(_ line: Polyline) -> Double {
        var area = 0.0
        var previous = line.value(at: recallGrid[0])
        for (low, high) in zip(recallGrid, recallGrid.dropFirst()) {
            let value = line.value(at: high)
            area += (high - low) * (previous + value) / 2
            previous = value
        }
        return area
    }

    private static func byScore(
        _ detections: [UltralyticsMatches.Scored], _ precision: [Double], _ recall: [Double]
    ) -> (precision: [Double], recall: [Double]) {
        // Falling scores, turned round so that they rise.
        let negated = detections.map { -Double($0.score) }
        let precisionLine = Polyline(x: negated, y: precision)
        let recallLine = Polyline(x: negated, y: recall)
        return (
            scores.map { -$0 < negated[0] ? 1 : precisionLine.value(at: -$0) },
            scores.map { -$0 < negated[0] ? 0 : recallLine.value(at: -$0) }
        )
    }

    /// Position in `scores` at which the mean F1 of the classes, smoothed over 101 scores, is highest; the lowest of
    /// equals, and 0 without classes.
    static func bestScoreIndex(_ curves: [UltralyticsCurves]) -> Int {
        guard !curves.isEmpty else { return 0 }
        let reach = 50
        let mean = scores.indices.map { index in
            curves.reduce(0) { $0 + $1.f1(at: index) } / Double(curves.count)
        }
        var best = (index: 0, value: -Double.infinity)
        for index in mean.indices {
            // Past the ends the first and the last value go on.
            var sum = 0.0
            for offset in -reach...reach {
                sum += mean[min(max(index + offset, 0), mean.count - 1)] / Double(2 * reach + 1)
            }
            if sum > best.value { best = (index, sum) }
        }
        return best.index
    }
}

/// Straight lines between points of rising x.
private struct Polyline {
    let x: [Double]
    let y: [Double]

    /// Height at a place; where several points share an x the last counts. The ends go on level.
    func value(at place: Double) -> Double {
        // The last point that is not to the right of the place.
        var low = 0
        var high = x.count
        while low < high {
            let middle = (low + high) / 2
            if x[middle] <= place { low = middle + 1 } else { high = middle }
        }
        if low == 0 { return y[0] }
        let index = low - 1
        if index == x.count - 1 || x[index] == place { return y[index] }
        let slope = (y[index + 1] - y[index]) / (x[index + 1] - x[index])
        return slope * (place - x[index]) + y[index]
    }
}
