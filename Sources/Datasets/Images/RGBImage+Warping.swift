extension RGBImage {
    /// The image seen through a projective map: the output pixel at (column, row) shows what the inverse of `map` finds
    /// there, bilinear, without a half-pixel shift; outside the image lies one grey.
    ///
    /// As in OpenCV, source positions are rounded to 1/32 pixel, and affine maps are evaluated in 1/1024 pixel. A map that
    /// has no inverse leaves nothing but grey.
    public func warped(by map: ProjectiveMap, to target: ImageSize, fill: UInt8 = 114) -> RGBImage {
        guard let inverse = map.inverse else { return RGBImage(height: target.height, width: target.width, grey: fill) }
        return RGBImage(height: target.height, width: target.width) { output in
            pixels.withUnsafeBufferPointer { input in
                guard let source = input.baseAddress, let result = output.baseAddress else { return }
                let sampler = Sampler(source: source, height: height, width: width, fill: fill)
                if inverse.isUpright {
                    sampler.fillUpright(result, target, inverse: inverse)
                } else if map.isAffine {
                    sampler.fillAffine(result, target, inverse: inverse)
                } else {
                    sampler.fillProjective(result, target, inverse: inverse)
                }
            }
        }
    }
}

/// A map of the plane that takes straight lines to straight lines: (x, y, 1) is multiplied by a 3×3 matrix and divided by
/// its third coordinate.
public struct ProjectiveMap: Hashable, Sendable {
    /// The matrix, row by row.
    public var rows: [SIMD3<Double>]

    public init(_ first: SIMD3<Double>, _ second: SIMD3<Double>, _ third: SIMD3<Double>) {
        rows = [first, second, third]
    }

    /// Every point stays.
    public static let identity = ProjectiveMap([1, 0, 0], [0, 1, 0], [0, 0, 1])

    /// Every point moves by the same distance.
    public static func translation(x: Double, y: Double) -> ProjectiveMap {
        ProjectiveMap([1, 0, x], [0, 1, y], [0, 0, 1])
    }

    /// Whether the third coordinate is always 1.
    public var isAffine: Bool { rows[2] == [0, 0, 1] }

    /// Whether columns stay columns and rows stay rows, in their order.
    var isUpright: Bool {
        isAffine && rows[0][1] == 0 && rows[1][0] == 0 && rows[0][0] > 0 && rows[1][1] > 0
    }

    /// First the right map, then the left one.
    public static func * (left: ProjectiveMap, right: ProjectiveMap) -> ProjectiveMap {
        let products = left.rows.map { row in
            right.rows[0] * row[0] + right.rows[1] * row[1] + right.rows[2] * row[2]
        }
        return ProjectiveMap(products[0], products[1], products[2])
    }

    /// Where a point goes.
    public func callAsFunction(x: Double, y: Double) -> (x: Double, y: Double) {
        let point = SIMD3<Double>(x, y, 1)
        let depth = (rows[2] * point).sum()
        return ((rows[0] * point).sum() / depth, (rows[1] * point).sum() / depth)
    }

    /// The map back, or nil if several points go to one.
    public var inverse: ProjectiveMap? {
        func cross(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> SIMD3<Double> {
            [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
        }
        // The adjugate's columns are the cross products of the rows.
        let columns = [cross(rows[1], rows[2]), cross(rows[2], rows[0]), cross(rows[0], rows[1])]
        let determinant = (rows[0] * columns[0]).sum()
        if determinant == 0 || !determinant.isFinite { return nil }
        let inverseRows = (0..<3).map { row in
            SIMD3<Double>(columns[0][row], columns[1][row], columns[2][row]) / determinant
        }
        return ProjectiveMap(inverseRows[0], inverseRows[1], inverseRows[2])
    }

    /// The smallest upright box around a box's image.
    public func callAsFunction(_ box: PixelBox) -> PixelBox {
        let corners = [(box.left, box.top), (box.right, box.bottom), (box.left, box.bottom), (box.right, box.top)].map {
            self(x: Double($0.0), y: Double($0.1))
        }
        var result = box
        (result.left, result.top) = (.infinity, .infinity)
        (result.right, result.bottom) = (-.infinity, -.infinity)
        for corner in corners {
            result.left = min(result.left, Float(corner.x))
            result.right = max(result.right, Float(corner.x))
            result.top = min(result.top, Float(corner.y))
            result.bottom = max(result.bottom, Float(corner.y))
        }
        return result
    }
}

/// Reads an image at positions given in 1/32 pixel.
private struct Sampler {
    let source: UnsafePointer<UInt8>
    let height: Int
    let width: Int
    let fill: UInt8

    func fillAffine(_ result: UnsafeMutablePointer<UInt8>, _ target: ImageSize, inverse: ProjectiveMap) {
        let (first, second) = (inverse.rows[0], inverse.rows[1])
        // What a column contributes, in 1/1024 pixel.
        let columns = (0..<target.width).map { column in
            (x: fixed(first[0] * Double(column) * 1024), y: fixed(second[0] * Double(column) * 1024))
        }
        columns.withUnsafeBufferPointer { columns in
            var pixel = result
            for row in 0..<target.height {
                // 16/1024 rounds to the nearest 1/32.
                let x0 = fixed((first[1] * Double(row) + first[2]) * 1024) &+ 16
                let y0 = fixed((second[1] * Double(row) + second[2]) * 1024) &+ 16
                for column in columns {
                    sample(x: (x0 &+ column.x) &>> 5, y: (y0 &+ column.y) &>> 5, into: pixel)
                    pixel += 3
                }
            }
        }
    }

    /// The same samples as `fillAffine` for a map that neither turns nor shears, where every row has the same columns:
    /// source rows are interpolated along x once, then pairs of them along y.
    func fillUpright(_ result: UnsafeMutablePointer<UInt8>, _ target: ImageSize, inverse: ProjectiveMap) {
        let (first, second) = (inverse.rows[0], inverse.rows[1])
        let x0 = fixed(first[2] * 1024) &+ 16
        let columns = (0..<target.width).map { (x0 &+ fixed(first[0] * Double($0) * 1024)) &>> 5 }
        // Columns ascend, so that those with both neighbours in the image are consecutive.
        let inside = columns.indices.filter { columns[$0] &>> 5 >= 0 && columns[$0] &>> 5 < width - 1 }
        let middle = (inside.first ?? 0)..<((inside.last ?? -1) + 1)
        let edges = Array(0..<middle.lowerBound) + Array(middle.upperBound..<target.width)
        let length = target.width * 3
        columns.withUnsafeBufferPointer { columns in
            withUnsafeTemporaryAllocation(of: Int32.self, capacity: 2 * length) { buffer in
                guard let memory = buffer.baseAddress else { return }
                var (upper, lower) = (memory, memory + length)
                var (upperRow, lowerRow) = (Int.min, Int.min)
                for row in 0..<target.height {
                    let y = (fixed((second[1] * Double(row) + second[2]) * 1024) &+ 16) &>> 5
                    let sourceRow = y &>> 5
                    let weight = Int32(truncatingIfNeeded: y & 31)
                    if sourceRow == lowerRow {
                        (upper, lower, upperRow, lowerRow) = (lower, upper, lowerRow, upperRow)
                    }
                    if sourceRow != upperRow {
                        interpolate(sourceRow, columns, middle: middle, edges: edges, into: upper)
                        upperRow = sourceRow
                    }
                    if sourceRow &+ 1 != lowerRow {
                        interpolate(sourceRow &+ 1, columns, middle: middle, edges: edges, into: lower)
                        lowerRow = sourceRow &+ 1
                    }
                    let line = result + row * length
                    for i in 0..<length {
                        let sum = upper[i] &* 32 &+ (lower[i] &- upper[i]) &* weight
                        line[i] = UInt8(truncatingIfNeeded: (sum &+ 512) &>> 10)
                    }
                }
            }
        }
    }

    /// One source row, which may lie outside, at positions given in 1/32 pixel; the results are 32 times too large.
    private func interpolate(
        _ row: Int, _ columns: UnsafeBufferPointer<Int>, middle: Range<Int>, edges: [Int],
        into result: UnsafeMutablePointer<Int32>
    ) {
        if row < 0 || row >= height {
            for i in 0..<columns.count * 3 { result[i] = Int32(fill) &* 32 }
            return
        }
        for column in edges {
            let (x, weight) = (columns[column] &>> 5, Int32(truncatingIfNeeded: columns[column] & 31))
            for channel in 0..<3 {
                result[column &* 3 &+ channel] =
                    value(row, x, channel) &* (32 &- weight) &+ value(row, x &+ 1, channel) &* weight
            }
        }
        let line = source + row &* width &* 3
        var output = result + middle.lowerBound &* 3
        for column in middle {
            let pixel = line + (columns[column] &>> 5) &* 3
            let weight = Int32(truncatingIfNeeded: columns[column] & 31)
            for channel in 0..<3 {
                let left = Int32(pixel[channel])
                output[channel] = left &* 32 &+ (Int32(pixel[channel &+ 3]) &- left) &* weight
            }
            output += 3
        }
    }

    func fillProjective(_ result: UnsafeMutablePointer<UInt8>, _ target: ImageSize, inverse: ProjectiveMap) {
        var pixel = result
        for row in 0..<target.height {
            for column in 0..<target.width {
                let point = SIMD3<Double>(Double(column), Double(row), 1)
                let depth = (inverse.rows[2] * point).sum()
                let scale = depth == 0 ? 0 : 32 / depth
                let x = fixed((inverse.rows[0] * point).sum() * scale)
                let y = fixed((inverse.rows[1] * point).sum() * scale)
                sample(x: x, y: y, into: pixel)
                pixel += 3
            }
        }
    }

    /// Nearest whole number, held within 2³⁰ so that sums stay in range.
    @inline(__always)
    private func fixed(_ value: Double) -> Int {
        Int(min(max(value.rounded(.toNearestOrEven), -0x1p30), 0x1p30))
    }

    @inline(__always)
    private func sample(x: Int, y: Int, into pixel: UnsafeMutablePointer<UInt8>) {
        let (column, row) = (x &>> 5, y &>> 5)
        let (a, b) = (Int32(truncatingIfNeeded: x & 31), Int32(truncatingIfNeeded: y & 31))
        // The four weights sum to 1024.
        let w11 = a &* b
        let w01 = (32 &- b) &* a
        let w10 = b &* (32 &- a)
        let w00 = (32 &- a) &* (32 &- b)
        if column >= 0, row >= 0, column < width &- 1, row < height &- 1 {
            let upper = source + (row &* width &+ column) &* 3
            let lower = upper + width &* 3
            for channel in 0..<3 {
                let sum =
                    Int32(upper[channel]) &* w00 &+ Int32(upper[channel &+ 3]) &* w01
                    &+ Int32(lower[channel]) &* w10 &+ Int32(lower[channel &+ 3]) &* w11
                pixel[channel] = UInt8(truncatingIfNeeded: (sum &+ 512) &>> 10)
            }
        } else if column < -1 || row < -1 || column >= width || row >= height {
            pixel[0] = fill
            pixel[1] = fill
            pixel[2] = fill
        } else {
            for channel in 0..<3 {
                let sum =
                    value(row, column, channel) &* w00 &+ value(row, column &+ 1, channel) &* w01
                    &+ value(row &+ 1, column, channel) &* w10 &+ value(row &+ 1, column &+ 1, channel) &* w11
                pixel[channel] = UInt8(truncatingIfNeeded: (sum &+ 512) &>> 10)
            }
        }
    }

    private func value(_ row: Int, _ column: Int, _ channel: Int) -> Int32 {
        if row < 0 || column < 0 || row >= height || column >= width { return Int32(fill) }
        return Int32(source[(row &* width &+ column) &* 3 &+ channel])
    }
}
