/// What became of one category's detections in all images, by falling score.
struct CategoryMatches: Sendable {
    var scores: [Double] = []
    /// Position of each detection's image.
    var images: [Int32] = []
    /// Place of each detection among those of its image, the surest being 0.
    var ranks: [UInt8] = []
    /// For each detection and area range (four to a detection): at which IoU thresholds it found a box, a bit each.
    var found: [UInt16] = []
    /// For each detection and area range: at which IoU thresholds it counts neither for nor against.
    var ignored: [UInt16] = []
    /// Images with boxes that can be found, ascending, and how many in each area range.
    var positiveImages: [Int32] = []
    var positives: [SIMD4<Int32>] = []

    /// Boxes that can be found, in each area range.
    var positiveCount: SIMD4<Int32> { positives.reduce(SIMD4()) { $0 &+ $1 } }
}

/// Matches detections with boxes, category by category.
struct COCOMatcher {
    /// A box that a detection overlaps enough to take it at some threshold.
    private struct Candidate {
        let box: Int
        let iou: Double
    }

    private static let areaCount = COCOEvaluation.AreaRange.allCases.count
    private static let areaBounds = COCOEvaluation.AreaRange.allCases.map(\.bounds)
    /// As pycocotools has them, an overlap of one is never asked for.
    private static let thresholds = COCOEvaluation.iouThresholds.map { min($0, 1 - 1e-10) }
    private static let allThresholds: UInt16 = (1 << COCOEvaluation.iouThresholds.count) - 1

    private let groundTruth: GroundTruth
    private let detections: [Detection]
    private let indexed: IndexedDetections
    /// First positions not yet consumed in the two orders of `indexed`.
    private var nextBox = 0
    private var nextDetection = 0
    private var candidates: [Candidate] = []
    private var unsorted = CategoryMatches()
    private var order: [Int32] = []

    init(groundTruth: GroundTruth, detections: [Detection], indexed: IndexedDetections) {
        self.groundTruth = groundTruth
        self.detections = detections
        self.indexed = indexed
    }

    /// The matches of a category. Categories are asked for in ascending order, each once.
    mutating func matches(ofCategory category: Int) -> CategoryMatches {
        unsorted.scores.removeAll(keepingCapacity: true)
        unsorted.images.removeAll(keepingCapacity: true)
        unsorted.ranks.removeAll(keepingCapacity: true)
        unsorted.found.removeAll(keepingCapacity: true)
        unsorted.ignored.removeAll(keepingCapacity: true)
        unsorted.positiveImages.removeAll(keepingCapacity: true)
        unsorted.positives.removeAll(keepingCapacity: true)

        while true {
            let boxImage = image(at: nextBox, indexed.boxOrder, indexed.boxCategory, indexed.boxImage, category)
            let detectionImage = image(
                at: nextDetection, indexed.detectionOrder, indexed.detectionCategory, indexed.detectionImage, category)
            guard boxImage != nil || detectionImage != nil else { break }
            let image = min(boxImage ?? .max, detectionImage ?? .max)

            let firstBox = nextBox
            if boxImage == image {
                nextBox = end(
                    of: image, from: nextBox, indexed.boxOrder, indexed.boxCategory, indexed.boxImage, category)
            }
            let firstDetection = nextDetection
            if detectionImage == image {
                nextDetection = end(
                    of: image, from: nextDetection, indexed.detectionOrder, indexed.detectionCategory,
                    indexed.detectionImage, category)
            }
            match(image: image, boxes: firstBox..<nextBox, detections: firstDetection..<nextDetection)
        }
        return sortedByScore()
    }

    /// Position of the image of the item at a place of an order, nil if that item is of another category.
    private func image(
        at place: Int, _ order: [Int32], _ categories: [Int32], _ images: [Int32], _ category: Int
    ) -> Int32? {
        guard place < order.count, categories[Int(order[place])] == category else { return nil }
        return images[Int(order[place])]
    }

    private func end(
        of image: Int32, from place: Int, _ order: [Int32], _ categories: [Int32], _ images: [Int32], _ category: Int
    ) -> Int {
        var end = place
        while self.image(at: end, order, categories, images, category) == image { end += 1 }
        return end
    }

    // MARK: One image

    private mutating func match(image: Int32, boxes: Range<Int>, detections places: Range<Int>) {
        // Which boxes are ignored in which area range.
        let ignoredBoxes = boxes.map { place -> [Bool] in
            let box = groundTruth.boxes[Int(indexed.boxOrder[place])]
            return Self.areaBounds.map { box.isCrowd || !$0.contains(box.area) }
        }
        var positives = SIMD4<Int32>()
        for ignored in ignoredBoxes {
            for area in 0..<Self.areaCount where !ignored[area] { positives[area] += 1 }
        }
        if positives != SIMD4() {
            unsorted.positiveImages.append(image)
            unsorted.positives.append(positives)
        }

        let best = indexed.detectionOrder[places].sorted {
            let (first, second) = (detections[Int($0)].score, detections[Int($1)].score)
            return first != second ? first > second : $0 < $1
        }.prefix(COCOEvaluation.maximumDetections)

        // At which thresholds each box is taken already, in each area range.
        var taken = [UInt16](repeating: 0, count: boxes.count * Self.areaCount)
        for (rank, index) in best.enumerated() {
            let detection = detections[Int(index)]
            unsorted.scores.append(detection.score)
            unsorted.images.append(image)
            unsorted.ranks.append(UInt8(rank))
            findCandidates(of: detection.box, in: boxes)
            let detectionArea = detection.box.area
            for area in 0..<Self.areaCount {
                var found: UInt16 = 0
                var ignored: UInt16 = 0
                if !candidates.isEmpty {
                    for (bit, threshold) in Self.thresholds.enumerated() {
                        let mask: UInt16 = 1 << bit
                        guard
                            let box = choose(
                                threshold: threshold, mask: mask, area: area, boxes: boxes, ignored: ignoredBoxes,
                                taken: taken)
                        else { continue }
                        found |= mask
                        if ignoredBoxes[box][area] { ignored |= mask }
                        taken[box * Self.areaCount + area] |= mask
                    }
                }
                if !Self.areaBounds[area].contains(detectionArea) { ignored |= ~found & Self.allThresholds }
                unsorted.found.append(found)
                unsorted.ignored.append(ignored)
            }
        }
    }

    /// Collects the boxes that overlap a detection by the lowest threshold or more, in their order.
    private mutating func findCandidates(of box: BoundingBox, in boxes: Range<Int>) {
        candidates.removeAll(keepingCapacity: true)
        let area = box.area
        for (index, place) in boxes.enumerated() {
            let label = groundTruth.boxes[Int(indexed.boxOrder[place])]
            let shared = box.intersection(label.box)
            guard shared > 0 else { continue }
            let iou = shared / (label.isCrowd ? area : area + label.box.area - shared)
            if iou >= Self.thresholds[0] { candidates.append(Candidate(box: index, iou: iou)) }
        }
    }

    /// The candidate that the detection takes at one threshold: a box that counts before one that is ignored.
    private func choose(
        threshold: Double, mask: UInt16, area: Int, boxes: Range<Int>, ignored: [[Bool]], taken: [UInt16]
    ) -> Int? {
        var chosen: Int?
        var overlap = threshold
        for candidate in candidates where !ignored[candidate.box][area] && candidate.iou >= overlap {
            if taken[candidate.box * Self.areaCount + area] & mask != 0 { continue }
            overlap = candidate.iou
            chosen = candidate.box
        }
        if chosen != nil { return chosen }
        for candidate in candidates where ignored[candidate.box][area] && candidate.iou >= overlap {
            let isCrowd = groundTruth.boxes[Int(indexed.boxOrder[boxes.lowerBound + candidate.box])].isCrowd
            if !isCrowd && taken[candidate.box * Self.areaCount + area] & mask != 0 { continue }
            overlap = candidate.iou
            chosen = candidate.box
        }
        return chosen
    }

    // MARK: All images

    private mutating func sortedByScore() -> CategoryMatches {
        let count = unsorted.scores.count
        order.removeAll(keepingCapacity: true)
        order.append(contentsOf: 0..<Int32(count))
        let scores = unsorted.scores
        order.sort {
            let (first, second) = (scores[Int($0)], scores[Int($1)])
            return first != second ? first > second : $0 < $1
        }
        var sorted = CategoryMatches()
        sorted.scores = order.map { unsorted.scores[Int($0)] }
        sorted.images = order.map { unsorted.images[Int($0)] }
        sorted.ranks = order.map { unsorted.ranks[Int($0)] }
        sorted.found.reserveCapacity(count * Self.areaCount)
        sorted.ignored.reserveCapacity(count * Self.areaCount)
        for index in order {
            let range = Int(index) * Self.areaCount..<(Int(index) + 1) * Self.areaCount
            sorted.found += unsorted.found[range]
            sorted.ignored += unsorted.ignored[range]
        }
        sorted.positiveImages = unsorted.positiveImages
        sorted.positives = unsorted.positives
        return sorted
    }
}
