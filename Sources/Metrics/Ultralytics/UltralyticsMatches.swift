/// Which detections Ultralytics holds to be right.
struct UltralyticsMatches {
    /// One detection of a class.
    struct Scored {
        let score: Float
        /// At which IoU thresholds it is right, a bit each.
        let correct: UInt16
    }

    /// A box by its corners, as Ultralytics computes with it.
    private struct Corners {
        let left: Float
        let top: Float
        let right: Float
        let bottom: Float

        init(_ box: BoundingBox) {
            left = Float(box.x)
            top = Float(box.y)
            right = Float(box.x + box.width)
            bottom = Float(box.y + box.height)
        }

        /// I / (A₁ + A₂ − I + 1e-7).
        func iou(_ other: Corners) -> Float {
            let width = max(min(right, other.right) - max(left, other.left), 0)
            let height = max(min(bottom, other.bottom) - max(top, other.top), 0)
            let shared = width * height
            let area = (right - left) * (bottom - top)
            let otherArea = (other.right - other.left) * (other.bottom - other.top)
            return shared / (area + otherArea - shared + 1e-7)
        }
    }

    /// A box or a detection of one image.
    private struct Item {
        let category: Int
        let corners: Corners
        let score: Float
    }

    /// By ascending number.
    let categories: [GroundTruth.Category]
    /// Boxes to find, by category.
    private(set) var boxCounts: [Int]
    /// By category, by falling score.
    private(set) var detections: [[Scored]]
    private(set) var confusion: ConfusionMatrix

    init(groundTruth: GroundTruth, detections: [Detection], indexed: IndexedDetections, confusionScore: Float) {
        categories = indexed.categories
        boxCounts = [Int](repeating: 0, count: indexed.categories.count)
        self.detections = [[Scored]](repeating: [], count: indexed.categories.count)
        confusion = ConfusionMatrix(categories: indexed.categories)

        var boxes = [[Item]](repeating: [], count: indexed.images.count)
        for (index, box) in groundTruth.boxes.enumerated() where !box.isCrowd {
            let category = Int(indexed.boxCategory[index])
            boxCounts[category] += 1
            boxes[Int(indexed.boxImage[index])].append(
                Item(category: category, corners: Corners(box.box), score: 1))
        }
        var found = [[Item]](repeating: [], count: indexed.images.count)
        for (index, detection) in detections.enumerated() {
            found[Int(indexed.detectionImage[index])].append(
                Item(
                    category: Int(indexed.detectionCategory[index]), corners: Corners(detection.box),
                    score: Float(detection.score)))
        }
        for image in indexed.images.indices {
            let ranked = Self.byFallingScore(found[image], \.score)
            match(boxes[image], ranked)
            confuse(boxes[image], ranked.filter { $0.score > confusionScore })
        }
        for category in self.detections.indices {
            self.detections[category] = Self.byFallingScore(self.detections[category], \.score)
        }
    }

    private static func byFallingScore<Element>(
        _ elements: [Element], _ score: (Element) -> Float
    ) -> [Element] {
        let scores = elements.map(score)
        return elements.indices.sorted { scores[$0] != scores[$1] ? scores[$0] > scores[$1] : $0 < $1 }
            .map { elements[$0] }
    }

    /// Marks the right detections of one image, which come by falling score.
    private mutating func match(_ boxes: [Item], _ ranked: [Item]) {
        let thresholds = UltralyticsEvaluation.iouThresholds
        // At which thresholds each box has its detection already: a surer one that points to it.
        var taken = [UInt16](repeating: 0, count: boxes.count)
        for detection in ranked {
            var best: (box: Int, iou: Float)?
            for (index, box) in boxes.enumerated() where box.category == detection.category {
                let iou = box.corners.iou(detection.corners)
                if iou >= best?.iou ?? 0 { best = (index, iou) }
            }
            var correct: UInt16 = 0
            if let best {
                for (bit, threshold) in thresholds.enumerated() where best.iou >= threshold { correct |= 1 << bit }
                correct &= ~taken[best.box]
                taken[best.box] |= correct
            }
            detections[detection.category].append(Scored(score: detection.score, correct: correct))
        }
    }

    /// Enters one image into the confusion matrix.
    private mutating func confuse(_ boxes: [Item], _ detections: [Item]) {
        guard !boxes.isEmpty else { return }
        // Whatever the class: each detection's best box, and each box's best among those detections.
        var pairs = [(detection: Int, iou: Float)?](repeating: nil, count: boxes.count)
        for (index, detection) in detections.enumerated() {
            var best: (box: Int, iou: Float)?
            for (boxIndex, box) in boxes.enumerated() {
                let iou = box.corners.iou(detection.corners)
                if iou > ConfusionMatrix.iouThreshold, iou >= best?.iou ?? 0 { best = (boxIndex, iou) }
            }
            if let best, best.iou >= pairs[best.box]?.iou ?? 0 { pairs[best.box] = (index, best.iou) }
        }
        var isPaired = [Bool](repeating: false, count: detections.count)
        for (box, pair) in zip(boxes, pairs) {
            if let pair {
                isPaired[pair.detection] = true
                confusion.add(predicted: detections[pair.detection].category, actual: box.category)
            } else {
                confusion.add(predicted: nil, actual: box.category)
            }
        }
        guard isPaired.contains(true) else { return }
        for (detection, isPaired) in zip(detections, isPaired) where !isPaired {
            confusion.add(predicted: detection.category, actual: nil)
        }
    }
}
