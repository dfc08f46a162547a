extension RGBImage {
    /// The image scaled to another size, bilinear both ways, without anti-aliasing.
    ///
    /// Output position i takes its value at source position (i + ½)·in/out − ½, edges repeated. The arithmetic is that of
    /// 8-bit images in OpenCV, so that the same samples come out: weights are whole multiples of 1/2048, rows are
    /// combined after dropping four bits.
    public func resized(to target: ImageSize) -> RGBImage {
        precondition(target.height > 0 && target.width > 0, "an image has at least one pixel")
        if target == size { return self }
        let columns = LinearTaps(input: width, output: target.width, clampsWeights: true)
        let rows = LinearTaps(input: height, output: target.height, clampsWeights: false)
        let rowLength = target.width * 3
        return RGBImage(height: target.height, width: target.width) { output in
            pixels.withUnsafeBufferPointer { input in
                withUnsafeTemporaryAllocation(of: Int32.self, capacity: 2 * rowLength) { buffer in
                    guard let source = input.baseAddress, let result = output.baseAddress,
                        let memory = buffer.baseAddress
                    else { return }
                    // Two horizontally scaled source rows, reused while the output stays between them.
                    var upper = memory
                    var lower = memory + rowLength
                    var upperRow = -1
                    var lowerRow = -1
                    for row in 0..<target.height {
                        let tap = rows.taps[row]
                        let (first, second) = (Int(tap.first) * width * 3, Int(tap.second) * width * 3)
                        if first == lowerRow { (upper, lower, upperRow, lowerRow) = (lower, upper, lowerRow, upperRow) }
                        if first != upperRow {
                            columns.scale(source + first, into: upper)
                            upperRow = first
                        }
                        if second != lowerRow {
                            columns.scale(source + second, into: lower)
                            lowerRow = second
                        }
                        let line = result + row * rowLength
                        for i in 0..<rowLength {
                            let sum =
                                (tap.firstWeight &* (upper[i] &>> 4)) &>> 16
                                &+ (tap.secondWeight &* (lower[i] &>> 4)) &>> 16
                            line[i] = UInt8(truncatingIfNeeded: (sum &+ 2) &>> 2)
                        }
                    }
                }
            }
        }
    }
}

/// For each output position of one axis, the two source positions it lies between and their weights in 1/2048.
private struct LinearTaps {
    struct Tap {
        var first: Int32
        var second: Int32
        var firstWeight: Int32
        var secondWeight: Int32
    }

    let taps: [Tap]

    /// `clampsWeights`: whether beyond an edge all weight goes to the edge, or is divided between the edge and itself;
    /// the sum is the same up to rounding.
    init(input: Int, output: Int, clampsWeights: Bool) {
        let scale = 1 / (Double(output) / Double(input))
        taps = (0..<output).map { position in
            let source = Float((Double(position) + 0.5) * scale - 0.5)
            let floor = source.rounded(.down)
            var fraction = source - floor
            var first = Int(floor)
            if clampsWeights, first < 0 || first >= input - 1 {
                fraction = 0
                first = min(max(first, 0), input - 1)
            }
            return Tap(
                first: Int32(min(max(first, 0), input - 1)), second: Int32(min(max(first + 1, 0), input - 1)),
                firstWeight: Int32(((1 - fraction) * 2048).rounded(.toNearestOrEven)),
                secondWeight: Int32((fraction * 2048).rounded(.toNearestOrEven)))
        }
    }

    /// Scales one row of RGB samples; the results are 2048 times too large.
    func scale(_ source: UnsafePointer<UInt8>, into result: UnsafeMutablePointer<Int32>) {
        taps.withUnsafeBufferPointer { taps in
            var output = result
            for tap in taps {
                let first = source + Int(tap.first) &* 3
                let second = source + Int(tap.second) &* 3
                output[0] = Int32(first[0]) &* tap.firstWeight &+ Int32(second[0]) &* tap.secondWeight
                output[1] = Int32(first[1]) &* tap.firstWeight &+ Int32(second[1]) &* tap.secondWeight
                output[2] = Int32(first[2]) &* tap.firstWeight &+ Int32(second[2]) &* tap.secondWeight
                output += 3
            }
        }
    }
}
