/// Batch-norm state of one node: statistics of the batch, what follows from them, and the sums of each lane.
///
/// Everything is in one persistent block of floats:
/// `mean, inverse deviation, scale, shift, factor, slope, offset` (C each), then for each lane 2·C doubles.
struct NormalizationState: @unchecked Sendable {
    // Lanes write sums of their own; the rest is written by single-piece phases.

    let channels: Int
    let mean: UnsafeMutablePointer<Float>
    let inverseDeviation: UnsafeMutablePointer<Float>
    let scale: UnsafeMutablePointer<Float>
    let shift: UnsafeMutablePointer<Float>
    let factor: UnsafeMutablePointer<Float>
    let slope: UnsafeMutablePointer<Float>
    let offset: UnsafeMutablePointer<Float>
    private let sums: UnsafeMutablePointer<Double>

    static func floatCount(channels: Int) -> Int {
        let vectors = padded(7 * channels)
        return vectors + BatchState.laneCount * 2 * channels * 2
    }

    /// Rounded up so that doubles that follow are aligned.
    private static func padded(_ count: Int) -> Int { (count + 15) / 16 * 16 }

    init(_ block: UnsafeMutablePointer<Float>, channels c: Int) {
        channels = c
        mean = block
        inverseDeviation = block + c
        scale = block + 2 * c
        shift = block + 3 * c
        factor = block + 4 * c
        slope = block + 5 * c
        offset = block + 6 * c
        sums = UnsafeMutableRawPointer(block + Self.padded(7 * c)).assumingMemoryBound(to: Double.self)
    }

    /// The two sums of a lane, C doubles each.
    func laneSums(_ lane: Int) -> (first: UnsafeMutablePointer<Double>, second: UnsafeMutablePointer<Double>) {
        let first = sums + lane * 2 * channels
        return (first, first + channels)
    }

    func clearSums(_ lane: Int) { laneSums(lane).first.update(repeating: 0, count: 2 * channels) }

    /// Sum over the lanes that have images, in lane order.
    private func total(_ channel: Int, second: Bool, _ batch: BatchState) -> Double {
        var result = 0.0
        for lane in 0..<BatchState.laneCount where !batch.images(of: lane).isEmpty {
            result += sums[(lane * 2 + (second ? 1 : 0)) * channels + channel]
        }
        return result
    }

    /// From the lanes' Σz and Σz²: mean, deviation, scale and shift, and the running statistics.
    func finishMoments(
        count: Int, _ batch: BatchState, _ attributes: BatchNormalization, gamma: UnsafePointer<Float>,
        beta: UnsafePointer<Float>, runningMean: UnsafeMutablePointer<Float>,
        runningVariance: UnsafeMutablePointer<Float>
    ) {
        let n = Double(count)
        let momentum = Double(attributes.momentum)
        for c in 0..<channels {
            let average = total(c, second: false, batch) / n
            let variance = max(total(c, second: true, batch) / n - average * average, 0)
            let inverse = 1 / (variance + Double(attributes.epsilon)).squareRoot()
            mean[c] = Float(average)
            inverseDeviation[c] = Float(inverse)
            scale[c] = gamma[c] * Float(inverse)
            shift[c] = Float(Double(beta[c]) - average * Double(gamma[c]) * inverse)
            let unbiased = count > 1 ? variance * n / (n - 1) : variance
            runningMean[c] = Float((1 - momentum) * Double(runningMean[c]) + momentum * average)
            runningVariance[c] = Float((1 - momentum) * Double(runningVariance[c]) + momentum * unbiased)
        }
    }

    /// From the lanes' Σdu and Σdu·(z − mean): gradients of γ and β, and the coefficients of
    /// dz = factor·du + slope·z + offset.
    func finishGradients(
        count: Int, _ batch: BatchState, gamma: UnsafePointer<Float>, gammaGradient: UnsafeMutablePointer<Float>,
        betaGradient: UnsafeMutablePointer<Float>
    ) {
        let n = Double(count)
        for c in 0..<channels {
            let sum = total(c, second: false, batch)
            let product = total(c, second: true, batch)
            let inverse = Double(inverseDeviation[c])
            let g = Double(gamma[c]) * inverse
            let k = -g * inverse * inverse * product / n
            factor[c] = Float(g)
            slope[c] = Float(k)
            offset[c] = Float(-g * sum / n - k * Double(mean[c]))
            gammaGradient[c] += Float(product * inverse)
            betaGradient[c] += Float(sum)
        }
    }

    /// Evaluation: scale and shift from the running statistics, with an optional bias of the convolution before.
    func fold(
        _ attributes: BatchNormalization, gamma: UnsafePointer<Float>, beta: UnsafePointer<Float>,
        runningMean: UnsafePointer<Float>, runningVariance: UnsafePointer<Float>, bias: UnsafePointer<Float>?
    ) {
        for c in 0..<channels {
            let inverse = 1 / (runningVariance[c] + attributes.epsilon).squareRoot()
            scale[c] = gamma[c] * inverse
            shift[c] = beta[c] + ((bias?[c] ?? 0) - runningMean[c]) * scale[c]
        }
    }

    /// No batch norm: scale 1 and the bias as shift.
    func setBias(_ bias: UnsafePointer<Float>?) {
        for c in 0..<channels {
            scale[c] = 1
            shift[c] = bias?[c] ?? 0
            mean[c] = 0
        }
    }

    /// Adds the lanes' first sums to the gradient of a bias.
    func addBiasGradient(_ batch: BatchState, to gradient: UnsafeMutablePointer<Float>) {
        for c in 0..<channels { gradient[c] += Float(total(c, second: false, batch)) }
    }
}
