/// The picture a scene is painted on: colours as real numbers, 0 to 255, until it is finished.
struct ShapesCanvas {
    typealias Color = SIMD3<Double>

    let side: Int
    private var colors: [Color]

    init(side: Int) {
        self.side = side
        colors = [Color](repeating: .zero, count: side * side)
    }

    /// How a shape is filled.
    enum Fill {
        case solid(Color)
        /// Two colours in stripes along a direction.
        case stripes(Color, Color, direction: SIMD2<Double>, period: Double)
        /// From one colour to another along a direction, from position `start` over `length`.
        case gradient(Color, Color, direction: SIMD2<Double>, start: Double, length: Double)

        func color(x: Double, y: Double) -> Color {
            switch self {
            case .solid(let color): return color
            case .stripes(let first, let second, let direction, let period):
                let position = (x * direction.x + y * direction.y) / period
                return position - position.rounded(.down) < 0.5 ? first : second
            case .gradient(let first, let second, let direction, let start, let length):
                let share = min(max((x * direction.x + y * direction.y - start) / length, 0), 1)
                return first + (second - first) * share
            }
        }
    }

    /// Replaces every pixel by a function of its place.
    mutating func fill(_ color: (_ row: Int, _ column: Int) -> Color) {
        for row in 0..<side {
            for column in 0..<side { colors[row * side + column] = color(row, column) }
        }
    }

    /// Paints a shape over what is there.
    mutating func paint(_ outline: Outline, _ fill: Fill, opacity: Double = 1) {
        outline.forEachPixel(height: side, width: side) { row, column, coverage in
            let share = coverage * opacity
            let color = fill.color(x: Double(column) + 0.5, y: Double(row) + 0.5)
            colors[row * side + column] += (color - colors[row * side + column]) * share
        }
    }

    /// Paints a shape's rim: the shape without the same shape shrunk around `center`.
    mutating func paintRim(_ outline: Outline, _ fill: Fill, inner: Double, around center: SIMD2<Double>) {
        var hole: [Int: Double] = [:]
        outline.scaled(by: inner, around: center).forEachPixel(height: side, width: side) { row, column, coverage in
            hole[row * side + column] = coverage
        }
        outline.forEachPixel(height: side, width: side) { row, column, coverage in
            let position = row * side + column
            let share = max(0, coverage - (hole[position] ?? 0))
            let color = fill.color(x: Double(column) + 0.5, y: Double(row) + 0.5)
            colors[position] += (color - colors[position]) * share
        }
    }

    /// Averages each pixel with its neighbours, weights 1 2 1.
    mutating func soften() {
        for isVertical in [false, true] {
            let source = colors
            for row in 0..<side {
                for column in 0..<side {
                    let position = row * side + column
                    let (place, step) = isVertical ? (row, side) : (column, 1)
                    let before = place > 0 ? source[position - step] : source[position]
                    let after = place < side - 1 ? source[position + step] : source[position]
                    colors[position] = (before + source[position] * 2 + after) / 4
                }
            }
        }
    }

    /// The image with light, contrast and noise of a camera.
    func finished(gain: Double, offset: Double, noise: Double, random: inout CounterRandom) -> RGBImage {
        // The sum of four bytes has mean 510 and standard deviation 147.8.
        let noiseScale = noise / 147.8
        return RGBImage(height: side, width: side) { output in
            for position in 0..<(side * side) {
                let color = (colors[position] - 128) * gain + 128 + offset
                for channel in 0..<3 {
                    let bits = random.next32()
                    let sum = (bits & 255) + (bits >> 8 & 255) + (bits >> 16 & 255) + (bits >> 24)
                    let level = color[channel] + (Double(sum) - 510) * noiseScale
                    output[position * 3 + channel] = UInt8(min(max(level + 0.5, 0), 255))
                }
            }
        }
    }
}
