/// One image of the data set `shapes`: what stands where, and how it is painted.
///
///      ░░░░░░░
///    ░░░░▲░░░░░   ground: a patch that is lighter ("lit") or darker ("dim") than what surrounds it
///    ░░░▲▲▲░░░░
///     ░▲▲▲▲▲░░    object: star, cross, disc, triangle or square, at any angle, in any colours
///
/// Stars and crosses are told by their outline alone; a disc, triangle or square is of one of two classes, which only the
/// ground that it stands on tells. Backgrounds, clutter, occluding bars, light and noise tell nothing.
package struct ShapesScene {
    /// Raised whenever the same options would give other images.
    static let version = 2

    static let classNames = [
        "star", "cross", "disc-lit", "disc-dim", "triangle-lit", "triangle-dim", "square-lit", "square-dim",
    ]

    private typealias Color = ShapesCanvas.Color
    private typealias Point = SIMD2<Double>

    /// An upright box, for keeping things apart.
    private struct Extent {
        var low: Point
        var high: Point

        func grown(by margin: Double) -> Extent { Extent(low: low - margin, high: high + margin) }

        func overlap(_ other: Extent) -> Double {
            let size = pointwiseMin(high, other.high) - pointwiseMax(low, other.low)
            return max(size.x, 0) * max(size.y, 0)
        }

        var area: Double { (high.x - low.x) * (high.y - low.y) }
    }

    /// An object on its ground.
    private struct Thing {
        var classIndex: Int
        var outline: Outline
        var center: Point
        var size: Double
        var extent: Extent
        var ground: Outline
        var isLit: Bool

        var groundExtent: Extent {
            let (low, high) = ground.extent
            return Extent(low: low, high: high)
        }
    }

    private let side: Int
    /// Pixels for each 1/128 of the side.
    private let unit: Double
    private var random: CounterRandom
    private var canvas: ShapesCanvas
    private var base: Color = .zero

    private init(options: ShapesOptions, split: Int, index: Int) {
        side = options.size
        unit = Double(options.size) / 128
        random = CounterRandom(seed: options.seed, purpose: .shapes, epoch: split, index: index)
        canvas = ShapesCanvas(side: options.size)
    }

    /// Renders an image of split 0 (train) or 1 (val).
    static func render(_ options: ShapesOptions, split: Int, index: Int) -> Sample {
        var scene = ShapesScene(options: options, split: split, index: index)
        return scene.render(cue: options.contextCue)
    }

    private mutating func render(cue: ShapesOptions.ContextCue) -> Sample {
        paintBackground()
        let things = placeThings(cue: cue)
        paintClutter()
        for thing in things { paintGround(thing.ground, isLit: thing.isLit) }
        for thing in things { paintObject(thing) }
        paintOccluders()
        if random.isTrue(probability: 0.3) { canvas.soften() }
        let gain = random.uniform(0.7, 1.15)
        let offset = random.uniform(-25, 25)
        let noise = random.uniform(4, 18)
        let image = canvas.finished(gain: gain, offset: offset, noise: noise, random: &random)
        let boxes = things.map { thing in
            PixelBox(
                classIndex: thing.classIndex, left: Float(thing.extent.low.x), top: Float(thing.extent.low.y),
                right: Float(thing.extent.high.x), bottom: Float(thing.extent.high.y))
        }
        return Sample(image: image, boxes: boxes)
    }

    // MARK: - Placing

    private mutating func placeThings(cue: ShapesOptions.ContextCue) -> [Thing] {
        var things: [Thing] = []
        // Few more often than many.
        let wanted = min(random.integer(in: 1...6), random.integer(in: 1...8))
        for _ in 0..<wanted {
            // Large objects find no place in a full image: each failed attempt makes the object smaller.
            let draw = random.uniform()
            var size = (10 + 38 * draw * (0.5 + 0.5 * draw)) * unit
            for _ in 0..<60 {
                if let thing = attempt(size: size, cue: cue), isFree(thing, among: things) {
                    things.append(thing)
                    break
                }
                size = max(size * 0.975, 8 * unit)
            }
        }
        return things
    }

    /// A random object of about a given size, or nil if it does not fit into the image.
    private mutating func attempt(size: Double, cue: ShapesOptions.ContextCue) -> Thing? {
        let kind = random.integer(below: Self.classNames.count)
        let coin = random.isTrue(probability: 0.5)
        // Whether the ground is lit: for classes 2 and up the class decides it, unless the cue is shuffled.
        let isLit = cue == .aligned && kind >= 2 ? kind % 2 == 0 : coin
        let turn = random.integer(below: Turn.count)
        let aspect = random.uniform(0.75, 1)
        let shape = Self.outline(kind: kind, size: size, aspect: aspect, turn: turn)
        let axes = Point(random.uniform(0.7, 0.95), random.uniform(0.7, 0.95)) * max(size, 14 * unit)
        let axis = Turn.direction(random.integer(below: Turn.count))
        let (low, high) = shape.extent
        let room = Double(side) - (high - low)
        if room.x <= 2 || room.y <= 2 { return nil }
        // Moves the shape so that its box, not its centre, is uniform over the image.
        let corner = Point(random.uniform(1, room.x - 1), random.uniform(1, room.y - 1))
        let shift = corner - low
        return Thing(
            classIndex: kind, outline: shape.moved(by: shift), center: shift, size: size,
            extent: Extent(low: corner, high: corner + (high - low)),
            ground: .ellipse(center: shift, axes: axes, cosine: axis.x, sine: axis.y), isLit: isLit)
    }

    /// Whether objects overlap little and stand on their own ground.
    private func isFree(_ thing: Thing, among things: [Thing]) -> Bool {
        for other in things {
            let shared = thing.extent.overlap(other.extent)
            if shared > 0.25 * min(thing.extent.area, other.extent.area) { return false }
            if thing.groundExtent.overlap(other.extent) > 0.2 * other.extent.area { return false }
            if other.groundExtent.overlap(thing.extent) > 0.2 * thing.extent.area { return false }
        }
        return true
    }

    /// The outline of a class around the origin; `turn` counts 64ths of a circle.
    package static func outline(kind: Int, size: Double, aspect: Double, turn: Int) -> Outline {
        let radius = size / 2
        func corner(_ step: Int, _ distance: Double) -> Point { Turn.direction(step + turn) * distance }
        func turned(_ corners: [Point]) -> Outline {
            let axis = Turn.direction(turn)
            return .polygon(corners.map { Point($0.x * axis.x - $0.y * axis.y, $0.x * axis.y + $0.y * axis.x) })
        }
        switch kind {
        case 0:
            // Four points, so that it takes whole steps of the circle.
            return .polygon((0..<8).map { corner($0 * 8, $0 % 2 == 0 ? radius : radius * 0.42) })
        case 1:
            let (long, short) = (radius, radius * 0.34)
            return turned([
                Point(short, -long), Point(short, -short), Point(long, -short), Point(long, short),
                Point(short, short), Point(short, long), Point(-short, long), Point(-short, short),
                Point(-long, short), Point(-long, -short), Point(-short, -short), Point(-short, -long),
            ])
        case 2, 3:
            let axis = Turn.direction(turn)
            return .ellipse(center: .zero, axes: Point(radius, radius * aspect), cosine: axis.x, sine: axis.y)
        case 4, 5:
            return turned([
                Point(0, -radius), Point(radius * 0.866 * aspect, radius * 0.5),
                Point(-radius * 0.866 * aspect, radius * 0.5),
            ])
        default:
            let (long, short) = (radius * 0.85, radius * 0.85 * aspect)
            return turned([Point(-long, -short), Point(long, -short), Point(long, short), Point(-long, short)])
        }
    }

    // MARK: - Painting

    private mutating func randomColor() -> Color {
        Color(random.uniform(20, 235), random.uniform(20, 235), random.uniform(20, 235))
    }

    /// A colour that stands out from the background.
    private mutating func contrastingColor() -> Color {
        var color = randomColor()
        for _ in 0..<8 {
            let difference = color - base
            if abs(difference[0]) + abs(difference[1]) + abs(difference[2]) > 130 { break }
            color = randomColor()
        }
        return color
    }

    /// A slope, smooth blotches, and now and then stripes.
    private mutating func paintBackground() {
        base = randomColor()
        let slope = Turn.direction(random.integer(below: Turn.count)) * random.uniform(0, 60) / Double(side)
        let cell = random.uniform(8, 40) * unit
        let count = Int(Double(side) / cell) + 2
        let strength = random.uniform(5, 45)
        let lattice = (0..<(count * count)).map { _ in
            Color(random.uniform(-1, 1), random.uniform(-1, 1), random.uniform(-1, 1)) * strength
        }
        let stripeHeight = random.isTrue(probability: 0.4) ? random.uniform(5, 25) : 0
        let stripeDirection = Turn.direction(random.integer(below: Turn.count))
        let period = random.uniform(6, 24) * unit
        let base = base
        let middle = Double(side) / 2
        canvas.fill { row, column in
            let (x, y) = (Double(column), Double(row))
            let (u, v) = (x / cell, y / cell)
            let (i, j) = (Int(u), Int(v))
            let (a, b) = (u - Double(i), v - Double(j))
            let upper = lattice[j * count + i] * (1 - a) + lattice[j * count + i + 1] * a
            let lower = lattice[(j + 1) * count + i] * (1 - a) + lattice[(j + 1) * count + i + 1] * a
            let tilt = (x - middle) * slope.x + (y - middle) * slope.y
            let position = (x * stripeDirection.x + y * stripeDirection.y) / period
            let stripe = position - position.rounded(.down) < 0.5 ? stripeHeight : -stripeHeight
            return base + upper * (1 - b) + lower * b + Color(repeating: tilt + stripe)
        }
    }

    /// Grounds that nothing stands on, lines, and unlabelled hexagons.
    private mutating func paintClutter() {
        for _ in 0..<random.integer(in: 0...2) {
            let axes = Point(random.uniform(8, 28), random.uniform(8, 28)) * unit
            let axis = Turn.direction(random.integer(below: Turn.count))
            let ground = Outline.ellipse(center: randomPoint(), axes: axes, cosine: axis.x, sine: axis.y)
            paintGround(ground, isLit: random.isTrue(probability: 0.5))
        }
        for _ in 0..<random.integer(in: 0...3) {
            let stroke = Outline.stroke(from: randomPoint(), to: randomPoint(), width: random.uniform(0.8, 2.5) * unit)
            let color = randomColor()
            canvas.paint(stroke, .solid(color))
        }
        for _ in 0..<random.integer(in: 0...2) {
            let center = randomPoint()
            let radius = random.uniform(4, 16) * unit
            let turn = random.integer(below: Turn.count)
            // The circle's 64 steps do not divide by six: the corners are at the nearest ones.
            let corners = [0, 11, 21, 32, 43, 53].map { center + Turn.direction($0 + turn) * radius }
            let fill = randomFill(size: radius * 2, center: center)
            canvas.paint(.polygon(corners), fill)
        }
    }

    private mutating func randomPoint() -> Point {
        Point(random.uniform(0, Double(side)), random.uniform(0, Double(side)))
    }

    private mutating func randomFill(size: Double, center: Point) -> ShapesCanvas.Fill {
        let first = contrastingColor()
        let direction = Turn.direction(random.integer(below: Turn.count))
        switch random.integer(below: 4) {
        case 0:
            return .stripes(first, contrastingColor(), direction: direction, period: max(size / 3, 4 * unit))
        case 1:
            let start = center.x * direction.x + center.y * direction.y - size / 2
            return .gradient(first, contrastingColor(), direction: direction, start: start, length: size)
        default:
            return .solid(first)
        }
    }

    private mutating func paintObject(_ thing: Thing) {
        let fill = randomFill(size: thing.size, center: thing.center)
        let isHollow = random.isTrue(probability: 0.25) && thing.size > 16 * unit
        if isHollow {
            canvas.paintRim(thing.outline, fill, inner: 0.62, around: thing.center)
        } else {
            canvas.paint(thing.outline, fill)
            if random.isTrue(probability: 0.3), thing.size > 12 * unit {
                canvas.paintRim(thing.outline, .solid(randomColor()), inner: 0.85, around: thing.center)
            }
        }
    }

    /// Lightens or darkens a patch.
    private mutating func paintGround(_ outline: Outline, isLit: Bool) {
        let tint = Color(random.uniform(-15, 15), random.uniform(-15, 15), random.uniform(-15, 15))
        let opacity = random.uniform(0.6, 0.85)
        canvas.paint(outline, .solid(Color(repeating: isLit ? 240 : 15) + tint), opacity: opacity)
    }

    /// Bars across the image that hide parts of objects.
    private mutating func paintOccluders() {
        for _ in 0..<random.integer(in: 0...2) {
            let middle = randomPoint()
            let half = Turn.direction(random.integer(below: Turn.count)) * random.uniform(8, 40) * unit
            let bar = Outline.stroke(from: middle - half, to: middle + half, width: random.uniform(2, 6) * unit)
            canvas.paint(bar, .solid(randomColor()))
        }
    }
}
