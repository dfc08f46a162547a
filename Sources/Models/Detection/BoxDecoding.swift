/// Turns raw head outputs into predictions: expected distances into boxes, class logits into scores.
public struct BoxDecoding: Sendable {
    /// Number of classes, the channels after the 64 box channels.
    public let classCount: Int
    /// Pixels a cell of each level is wide and high.
    public let strides: [Int]

    /// A decoding for a head with these classes and strides.
    public init(classCount: Int, strides: [Int] = [8, 16, 32]) {
        self.classCount = classCount
        self.strides = strides
    }

    /// Writes one image's predictions: 4 + classes planes of one float an anchor, levels in order, rows in order.
    ///
    /// The first four planes are centre x, centre y, width and height in pixels, the others sigmoid scores.
    ///
    /// - Parameters:
    ///   - levels: one map a stride, in the order of `strides`.
    ///   - image: index of the image in the maps.
    ///   - predictions: room for (4 + classes) × anchors floats.
    public func decode(levels: [LevelMap], image: Int, into predictions: UnsafeMutablePointer<Float>) {
        let anchorCount = levels.reduce(0) { $0 + $1.anchorCount }
        var anchor = 0
        for (level, stride) in zip(levels, strides) {
            for cell in 0..<level.anchorCount {
                let logits = level.logits(image: image, anchor: cell)
                let box = Self.box(logits, row: cell / level.width, column: cell % level.width, stride: stride)
                for k in 0..<4 { predictions[k * anchorCount + anchor] = box[k] }
                var channel = 0
                while channel < classCount {
                    let count = min(Lanes.scalarCount, classCount - channel)
                    let x =
                        count == Lanes.scalarCount
                        ? logits.lanes(at: LevelMap.boxChannels + channel)
                        : logits.lanes(at: LevelMap.boxChannels + channel, count: count, filler: 0)
                    let scores = Logistic.sigmoid(x)
                    for i in 0..<count { predictions[(4 + channel + i) * anchorCount + anchor] = scores[i] }
                    channel += count
                }
                anchor += 1
            }
        }
    }

    /// Centre x, centre y, width and height in pixels of the box that a cell's 64 box logits stand for.
    @inline(__always)
    static func box(_ logits: UnsafePointer<Float>, row: Int, column: Int, stride: Int) -> SIMD4<Float> {
        let distances = DistanceDistribution.distances(logits)
        let point = SIMD2(Float(column) + 0.5, Float(row) + 0.5)
        let low = point - distances.lowHalf
        let high = point + distances.highHalf
        return SIMD4(lowHalf: (low + high) / 2, highHalf: high - low) * Float(stride)
    }
}
