/// A closed shape in the plane that can be rasterised and whose extent is known exactly.
///
/// Only +, −, ·, / and √ are used, which IEEE 754 fixes to the last bit, so that every platform draws the same pixels.
package enum Outline {
    /// Corners in order; the shape may be concave.
    case polygon([SIMD2<Double>])
    /// Half axes and the cosine and sine of the first axis' angle.
    case ellipse(center: SIMD2<Double>, axes: SIMD2<Double>, cosine: Double, sine: Double)

    /// Smallest and largest x and y.
    package var extent: (low: SIMD2<Double>, high: SIMD2<Double>) {
        switch self {
        case .polygon(let corners):
            return corners.reduce((corners[0], corners[0])) { (pointwiseMin($0.0, $1), pointwiseMax($0.1, $1)) }
        case .ellipse(let center, let axes, let cosine, let sine):
            let squares = axes * axes
            let half = SIMD2<Double>(
                (squares[0] * cosine * cosine + squares[1] * sine * sine).squareRoot(),
                (squares[0] * sine * sine + squares[1] * cosine * cosine).squareRoot())
            return (center - half, center + half)
        }
    }

    /// The shape elsewhere.
    package func moved(by shift: SIMD2<Double>) -> Outline {
        switch self {
        case .polygon(let corners): .polygon(corners.map { $0 + shift })
        case .ellipse(let center, let axes, let cosine, let sine):
            .ellipse(center: center + shift, axes: axes, cosine: cosine, sine: sine)
        }
    }

    /// The shape shrunk towards a point.
    func scaled(by factor: Double, around point: SIMD2<Double>) -> Outline {
        switch self {
        case .polygon(let corners): .polygon(corners.map { point + ($0 - point) * factor })
        case .ellipse(let center, let axes, let cosine, let sine):
            .ellipse(center: point + (center - point) * factor, axes: axes * factor, cosine: cosine, sine: sine)
        }
    }

    /// A straight stroke.
    static func stroke(from start: SIMD2<Double>, to end: SIMD2<Double>, width: Double) -> Outline {
        let along = end - start
        let length = (along * along).sum().squareRoot()
        let across = length > 0 ? SIMD2(-along.y, along.x) / length * (width / 2) : SIMD2(width / 2, 0)
        return .polygon([start + across, end + across, end - across, start - across])
    }

    static func disc(center: SIMD2<Double>, radius: Double) -> Outline {
        .ellipse(center: center, axes: SIMD2(radius, radius), cosine: 1, sine: 0)
    }

    /// The x at which the horizontal line at `y` enters and leaves the shape, in rising order.
    private func crossings(_ y: Double) -> [Double] {
        switch self {
        case .polygon(let corners):
            var result: [Double] = []
            var previous = corners[corners.count - 1]
            for corner in corners {
                if (previous.y <= y) != (corner.y <= y) {
                    result.append(previous.x + (y - previous.y) / (corner.y - previous.y) * (corner.x - previous.x))
                }
                previous = corner
            }
            return result.sorted()
        case .ellipse(let center, let axes, let cosine, let sine):
            // With u along and v across the first axis, (u/a)² + (v/b)² = 1 is a quadratic equation in x.
            let dy = y - center.y
            let inverse = SIMD2(1 / (axes[0] * axes[0]), 1 / (axes[1] * axes[1]))
            let a = cosine * cosine * inverse[0] + sine * sine * inverse[1]
            let b = 2 * dy * sine * cosine * (inverse[0] - inverse[1])
            let c = dy * dy * (sine * sine * inverse[0] + cosine * cosine * inverse[1]) - 1
            let discriminant = b * b - 4 * a * c
            if discriminant <= 0 { return [] }
            let root = discriminant.squareRoot()
            return [center.x + (-b - root) / (2 * a), center.x + (-b + root) / (2 * a)]
        }
    }

    /// Calls `body` with each pixel that the shape touches and the share of it that the shape covers.
    ///
    /// A pixel's coverage is taken along four lines, exactly along each.
    package func forEachPixel(height: Int, width: Int, _ body: (_ row: Int, _ column: Int, _ coverage: Double) -> Void)
    {
        let (low, high) = extent
        let firstRow = max(0, Int(low.y.rounded(.down)))
        let lastRow = min(height - 1, Int(high.y.rounded(.down)))
        let firstColumn = max(0, Int(low.x.rounded(.down)))
        let lastColumn = min(width - 1, Int(high.x.rounded(.down)))
        if firstRow > lastRow || firstColumn > lastColumn { return }
        var coverage = [Double](repeating: 0, count: lastColumn - firstColumn + 1)
        for row in firstRow...lastRow {
            for i in coverage.indices { coverage[i] = 0 }
            for line in 0..<4 {
                let crossings = crossings(Double(row) + (Double(line) + 0.5) / 4)
                for pair in stride(from: 0, to: crossings.count - 1, by: 2) {
                    let start = max(crossings[pair], Double(firstColumn))
                    let end = min(crossings[pair + 1], Double(lastColumn + 1))
                    if end <= start { continue }
                    for column in Int(start)...min(Int(end), lastColumn) {
                        let covered = min(end, Double(column + 1)) - max(start, Double(column))
                        if covered > 0 { coverage[column - firstColumn] += covered / 4 }
                    }
                }
            }
            for (i, share) in coverage.enumerated() where share > 0 { body(row, firstColumn + i, min(share, 1)) }
        }
    }
}

/// Cosines and sines of multiples of π/32, the quarter circle divided by sixteen, without a mathematical library.
enum Turn {
    /// Number of directions.
    static let count = 64

    private static let quarter: [Double] = [
        0, 0.0980171403295606, 0.19509032201612825, 0.29028467725446233, 0.3826834323650898, 0.47139673682599764,
        0.5555702330196022, 0.6343932841636455, 0.7071067811865476, 0.773010453362737, 0.8314696123025452,
        0.8819212643483549, 0.9238795325112867, 0.9569403357322089, 0.9807852804032304, 0.9951847266721968, 1,
    ]

    static func sine(_ step: Int) -> Double {
        let step = ((step % count) + count) % count
        switch step {
        case 0...16: return quarter[step]
        case 17...32: return quarter[32 - step]
        case 33...48: return -quarter[step - 32]
        default: return -quarter[64 - step]
        }
    }

    static func cosine(_ step: Int) -> Double { sine(step + 16) }

    /// The unit vector of a direction.
    static func direction(_ step: Int) -> SIMD2<Double> { SIMD2(cosine(step), sine(step)) }
}
