import Foundation

/// Turns, scales, shears, tilts and moves an image or a mosaic's canvas into the square of the training image.
///
/// M = T·S·R·P·C: C moves the input's centre to 0; P has the third row (px, py, 1); R turns by a and scales by k; S shears;
/// T moves to ½ ± `translate` of the output. A box becomes the extremes of its four mapped corners, clipped, and stays if it
/// is still wider and higher than 2 pixels, keeps more than a tenth of its scaled area and is not thinner than 1 : 100.
/// Of an object with an outline, the box is drawn around the points of it that lie in the output, and a hundredth of the
/// area is enough.
public struct RandomPerspective: Transform, Hashable {
    /// Largest turn either way, in degrees.
    public var degrees: Double
    /// Largest shift either way, as a share of the output's side.
    public var translate: Double
    /// The scale is drawn from 1 − `scale` to 1 + `scale`.
    public var scale: Double
    /// Largest shear either way, in degrees.
    public var shear: Double
    /// Largest entry of the matrix's third row, either way.
    public var perspective: Double

    public init(degrees: Double, translate: Double, scale: Double, shear: Double, perspective: Double) {
        self.degrees = degrees
        self.translate = translate
        self.scale = scale
        self.shear = shear
        self.perspective = perspective
    }

    public func apply(to sample: Sample, in context: TransformContext) throws -> Sample {
        var random = context.random(.perspective)
        let (map, factor) = drawn(&random, input: sample.image.size, side: context.imageSize)
        return Self.apply(map, scale: factor, to: sample, side: context.imageSize)
    }

    /// A random map from the input to the square of `side`, and its scale k.
    func drawn(
        _ random: inout CounterRandom, input: ImageSize, side: Int
    ) -> (map: ProjectiveMap, scale: Double) {
        let radians = Double.pi / 180
        let center = ProjectiveMap.translation(x: -Double(input.width) / 2, y: -Double(input.height) / 2)
        let px = random.uniform(-perspective, perspective)
        let py = random.uniform(-perspective, perspective)
        let tilt = ProjectiveMap([1, 0, 0], [0, 1, 0], [px, py, 1])
        let angle = random.uniform(-degrees, degrees) * radians
        let factor = random.uniform(1 - scale, 1 + scale)
        let (cosine, sine) = (factor * cos(angle), factor * sin(angle))
        let turn = ProjectiveMap([cosine, sine, 0], [-sine, cosine, 0], [0, 0, 1])
        let shearX = tan(random.uniform(-shear, shear) * radians)
        let shearY = tan(random.uniform(-shear, shear) * radians)
        let slant = ProjectiveMap([1, shearX, 0], [shearY, 1, 0], [0, 0, 1])
        let x = random.uniform(0.5 - translate, 0.5 + translate) * Double(side)
        let y = random.uniform(0.5 - translate, 0.5 + translate) * Double(side)
        return (ProjectiveMap.translation(x: x, y: y) * slant * turn * tilt * center, factor)
    }

    /// The sample through a given map whose scale is `scale`.
    public static func apply(_ map: ProjectiveMap, scale: Double, to sample: Sample, side: Int) -> Sample {
        let frame = ImageSize(height: side, width: side)
        let isUnchanged = map == .identity && sample.image.size == frame
        let image = isUnchanged ? sample.image : sample.image.warped(by: map, to: frame)
        let boxes = sample.boxes.compactMap { before -> PixelBox? in
            guard let after = before.outline.isEmpty ? map(before).clipped(to: frame) : outlined(before, map, frame)
            else { return nil }
            let areaFactor = Float(scale * scale)
            let least: Float = before.outline.isEmpty ? 0.1 : 0.01
            return isKept(before: before, after: after, areaFactor: areaFactor, least: least) ? after : nil
        }
        return Sample(image: image, boxes: boxes)
    }

    /// The box around the part of an outline that a map leaves in the frame; nil if nothing is left.
    private static func outlined(_ before: PixelBox, _ map: ProjectiveMap, _ frame: ImageSize) -> PixelBox? {
        var box = PixelBox(
            classIndex: before.classIndex, left: .infinity, top: .infinity, right: -.infinity, bottom: -.infinity)
        for point in before.outline {
            let mapped = map(x: Double(point.x), y: Double(point.y))
            let (x, y) = (Float(mapped.x), Float(mapped.y))
            guard x >= 0, y >= 0, x <= Float(frame.width), y <= Float(frame.height) else { continue }
            (box.left, box.top) = (min(box.left, x), min(box.top, y))
            (box.right, box.bottom) = (max(box.right, x), max(box.bottom, y))
        }
        return box.left <= box.right ? box : nil
    }

    private static func isKept(before: PixelBox, after: PixelBox, areaFactor: Float, least: Float) -> Bool {
        let (width, height) = (after.width, after.height)
        guard width > 2, height > 2 else { return false }
        let share = width * height / (areaFactor * before.area + 1e-16)
        let elongation = max(width / (height + 1e-16), height / (width + 1e-16))
        return share > least && elongation < 100
    }
}
