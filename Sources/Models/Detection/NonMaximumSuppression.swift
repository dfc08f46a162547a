import Foundation

/// Picks the detections of an image: of boxes of one class that overlap much, only the best stays.
///
/// Candidates are taken by falling score, equal scores by anchor, then class; a candidate falls if its plain IoU with a
/// kept one exceeds the threshold. Classes are kept apart by moving every box by `classOffset` pixels times its class in
/// float32, which rounds positions, as the reference does. NaN scores are no candidates.
public struct NonMaximumSuppression: Sendable, Equatable {
    /// Scores must exceed this.
    public var confidence: Float
    /// Overlap above which the lesser of two boxes falls.
    public var overlap: Double
    /// Detections kept at most.
    public var maximumDetections: Int
    /// Candidates considered at most, the best ones.
    public var candidateLimit: Int
    /// Pixels between the places of two classes.
    public var classOffset: Float
    /// Whether an anchor may be a candidate for several classes rather than for its best one only.
    public var isMultiLabel: Bool

    /// A suppression with these settings.
    public init(
        confidence: Float, overlap: Double = 0.7, maximumDetections: Int = 300, candidateLimit: Int = 30_000,
        classOffset: Float = 7680, isMultiLabel: Bool
    ) {
        self.confidence = confidence
        self.overlap = overlap
        self.maximumDetections = maximumDetections
        self.candidateLimit = candidateLimit
        self.classOffset = classOffset
        self.isMultiLabel = isMultiLabel
    }

    /// As in validation: score above .001, several classes an anchor.
    public static let validation = NonMaximumSuppression(confidence: 0.001, isMultiLabel: true)
    /// As in prediction: score above .25, the best class of an anchor only.
    public static let prediction = NonMaximumSuppression(confidence: 0.25, isMultiLabel: false)

    /// Detections of one image of raw head outputs, best first, in pixels of the input.
    public func detections(levels: [LevelMap], image: Int, decoding: BoxDecoding) -> [DetectedBox] {
        var candidates: [Candidate] = []
        var boxes: [SIMD4<Float>] = []
        let classCount = decoding.classCount
        // Logits far below the threshold's are passed over without computing their sigmoid.
        let logitFloor: Float =
            confidence > 0 && confidence < 1 ? log(confidence / (1 - confidence)) - 0.01 : -.infinity
        for (level, stride) in zip(levels, decoding.strides) {
            for cell in 0..<level.anchorCount {
                let logits = level.logits(image: image, anchor: cell)
                let classes = logits + LevelMap.boxChannels
                let before = candidates.count
                if isMultiLabel {
                    for c in 0..<classCount where classes[c] > logitFloor {
                        append(Logistic.sigmoid(classes[c]), anchor: boxes.count, class: c, to: &candidates)
                    }
                } else {
                    let best = Self.largest(classes, count: classCount, stride: 1)
                    append(Logistic.sigmoid(classes[best]), anchor: boxes.count, class: best, to: &candidates)
                }
                if candidates.count > before {
                    let box = BoxDecoding.box(
                        logits, row: cell / level.width, column: cell % level.width, stride: stride)
                    boxes.append(Self.corners(box))
                }
            }
        }
        return suppress(&candidates, boxes: boxes)
    }

    /// Detections of one image of predictions as `BoxDecoding` writes them, best first, in pixels of the input.
    public func detections(
        predictions: UnsafePointer<Float>, classCount: Int, anchorCount: Int
    ) -> [DetectedBox] {
        var candidates: [Candidate] = []
        var boxes: [SIMD4<Float>] = []
        for anchor in 0..<anchorCount {
            let p = predictions + anchor
            let scores = p + 4 * anchorCount
            let before = candidates.count
            if isMultiLabel {
                for c in 0..<classCount {
                    append(scores[c * anchorCount], anchor: boxes.count, class: c, to: &candidates)
                }
            } else {
                let best = Self.largest(scores, count: classCount, stride: anchorCount)
                append(scores[best * anchorCount], anchor: boxes.count, class: best, to: &candidates)
            }
            if candidates.count > before {
                boxes.append(
                    Self.corners(SIMD4(p[0], p[anchorCount], p[2 * anchorCount], p[3 * anchorCount])))
            }
        }
        return suppress(&candidates, boxes: boxes)
    }

    /// A box and class that may become a detection.
    private struct Candidate {
        var score: Float
        var box: Int32
        var classIndex: Int32
    }

    private func append(_ score: Float, anchor: Int, class c: Int, to candidates: inout [Candidate]) {
        guard score > confidence else { return }
        candidates.append(Candidate(score: score, box: Int32(anchor), classIndex: Int32(c)))
    }

    private static func largest(_ values: UnsafePointer<Float>, count: Int, stride: Int) -> Int {
        var best = 0
        for i in 1..<max(count, 1) where values[i * stride] > values[best * stride] { best = i }
        return best
    }

    private static func corners(_ box: SIMD4<Float>) -> SIMD4<Float> {
        let half = box.highHalf / 2
        return SIMD4(lowHalf: box.lowHalf - half, highHalf: box.lowHalf + half)
    }

    private func suppress(_ candidates: inout [Candidate], boxes: [SIMD4<Float>]) -> [DetectedBox] {
        let order = sortedOrder(candidates)
        // Boxes of different classes meet only if some box reaches further than the offset: then all are compared.
        var low = SIMD4<Float>(repeating: .infinity)
        var high = SIMD4<Float>(repeating: -.infinity)
        for box in boxes {
            low = low.replacing(with: box, where: box .< low)
            high = high.replacing(with: box, where: box .> high)
        }
        let reach = max(high.z, high.x) - min(low.x, low.z)
        let areClassesApart = reach < classOffset / 2
        let classCount = 1 + Int(candidates.reduce(0) { max($0, $1.classIndex) })

        var kept: [DetectedBox] = []
        kept.reserveCapacity(min(maximumDetections, candidates.count))
        var places: [SIMD4<Float>] = []
        var next: [Int] = []
        var heads = [Int](repeating: -1, count: areClassesApart ? classCount : 1)
        for index in order {
            if kept.count == maximumDetections { break }
            let candidate = candidates[index]
            let c = Int(candidate.classIndex)
            let box = boxes[Int(candidate.box)]
            let place = box + Float(c) * classOffset
            let chain = areClassesApart ? c : 0
            var other = heads[chain]
            while other >= 0, !overlaps(places[other], place) { other = next[other] }
            if other >= 0 { continue }
            next.append(heads[chain])
            heads[chain] = kept.count
            places.append(place)
            kept.append(
                DetectedBox(x1: box.x, y1: box.y, x2: box.z, y2: box.w, score: candidate.score, classIndex: c))
        }
        return kept
    }

    /// Indices of the best candidates by falling score, equal scores by index.
    private func sortedOrder(_ candidates: [Candidate]) -> [Int] {
        // Positive floats sort like their bits: the inverted bits above, the index below give one number to sort.
        var floor: UInt32 = 0
        if candidates.count > 2 * candidateLimit {
            // The lowest upper half of bits that the best `candidateLimit` can have.
            var histogram = [Int](repeating: 0, count: 1 << 16)
            for candidate in candidates { histogram[Int(candidate.score.bitPattern >> 16)] += 1 }
            var count = 0
            var bucket = histogram.count
            while count < candidateLimit {
                bucket -= 1
                count += histogram[bucket]
            }
            floor = UInt32(bucket) << 16
        }
        var keys: [UInt64] = []
        keys.reserveCapacity(candidates.count)
        for (index, candidate) in candidates.enumerated() where candidate.score.bitPattern >= floor {
            keys.append(UInt64(~candidate.score.bitPattern) << 32 | UInt64(index))
        }
        keys.sort()
        return keys.prefix(candidateLimit).map { Int($0 & 0xFFFF_FFFF) }
    }

    /// Whether the plain IoU of two boxes exceeds the threshold; computed in float32, compared in double.
    @inline(__always)
    private func overlaps(_ a: SIMD4<Float>, _ b: SIMD4<Float>) -> Bool {
        let width = min(a.z, b.z) - max(a.x, b.x)
        let height = min(a.w, b.w) - max(a.y, b.y)
        guard width > 0, height > 0 else { return false }
        let intersection = width * height
        let areas = (a.z - a.x) * (a.w - a.y) + (b.z - b.x) * (b.w - b.y)
        return Double(intersection / (areas - intersection)) > overlap
    }
}
