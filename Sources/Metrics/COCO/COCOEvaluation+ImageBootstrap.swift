extension COCOEvaluation {
    /// AP and AP50 of the same detections on images drawn again with replacement: how much they owe to which images were
    /// labelled. It says nothing of how much another seed would change them.
    ///
    /// Resampled AP is a little too high, as an image that is drawn twice agrees with itself. The intervals are those of
    /// the resamples, moved by as much as their mean exceeds the estimate.
    public struct ImageBootstrap: Hashable, Sendable {
        /// AP of all images, each once.
        public let estimate: Double
        /// AP50 of all images, each once.
        public let estimate50: Double
        /// AP of each resample that has boxes to find.
        public let ap: [Double]
        /// AP50 of each resample that has boxes to find.
        public let ap50: [Double]

        /// Resamples that were made elsewhere, such as means of several evaluations.
        public init(estimate: Double, estimate50: Double, ap: [Double], ap50: [Double]) {
            self.estimate = estimate
            self.estimate50 = estimate50
            self.ap = ap
            self.ap50 = ap50
        }

        /// Standard deviation of resampled AP; nil below two resamples.
        public var standardError: Double? { Sample(ap)?.standardDeviation }

        /// Where AP would lie with other images; nil where no box can be found.
        public func interval(level: Double = 0.95) -> ConfidenceInterval? { centred(ap, estimate, level) }

        /// Where AP50 would lie with other images; nil where no box can be found.
        public func interval50(level: Double = 0.95) -> ConfidenceInterval? { centred(ap50, estimate50, level) }

        private func centred(_ values: [Double], _ estimate: Double, _ level: Double) -> ConfidenceInterval? {
            guard let mean = Sample(values)?.mean,
                let raw = ConfidenceInterval.percentile(of: values, level: level)
            else { return nil }
            let bias = mean - estimate
            return ConfidenceInterval(low: raw.low - bias, high: raw.high - bias, level: level)
        }
    }

    /// Draws as many images as there are, with replacement, and computes AP again from the matches already made.
    ///
    /// Resample k of a seed draws the same images in every evaluation of the same ground truth, so that the
    /// differences between two evaluations, resample by resample, are paired.
    ///
    /// - Complexity: some ten nanoseconds for each resample, detection and IoU threshold: a thousand resamples of a hundred
    ///   thousand detections take six seconds.
    public func imageBootstrap(resamples: Int = 1_000, seed: UInt64 = 0) -> ImageBootstrap {
        var scratch = PrecisionScratch()
        var weights = [Int32](repeating: 0, count: images.count)
        var averages: [Double] = []
        var averages50: [Double] = []
        for resample in 0..<resamples {
            for image in weights.indices { weights[image] = 0 }
            var random = SplitMix64(seed: seed, stream: UInt64(resample))
            for _ in images { weights[random.index(below: images.count)] += 1 }
            let (average, average50) = averagePrecision(weights: weights, scratch: &scratch)
            if let average, let average50 {
                averages.append(average)
                averages50.append(average50)
            }
        }
        return ImageBootstrap(estimate: summary.ap, estimate50: summary.ap50, ap: averages, ap50: averages50)
    }

    /// AP and AP50 with each image counted as often as its weight says; nil where no box can be found.
    package func averagePrecision(weights: [Int]) -> (ap: Double?, ap50: Double?) {
        precondition(weights.count == images.count, "a weight for each image")
        var scratch = PrecisionScratch()
        return averagePrecision(weights: weights.map { Int32($0) }, scratch: &scratch)
    }

    private func averagePrecision(
        weights: [Int32], scratch: inout PrecisionScratch
    ) -> (ap: Double?, ap50: Double?) {
        var sum = 0.0
        var sum50 = 0.0
        var count = 0
        for category in matches {
            for threshold in Self.iouThresholds.indices {
                guard
                    let average = scratch.averagePrecision(
                        category, area: .all, threshold: threshold, weights: weights)
                else { break }
                sum += average
                if threshold == 0 {
                    sum50 += average
                    count += 1
                }
            }
        }
        guard count > 0 else { return (nil, nil) }
        return (sum / Double(count * Self.iouThresholds.count), sum50 / Double(count))
    }
}
