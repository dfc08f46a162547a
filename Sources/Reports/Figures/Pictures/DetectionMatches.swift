package import Metrics
import Results

/// What a trial's detections in one image are worth: found, wrong, missed.
package struct DetectionMatches {
    /// Detections at or above the score, the surest first.
    package let detections: [Scored]
    /// Labelled objects that no detection found.
    package let missed: [GroundTruthBox]

    package struct Scored {
        package let box: BoundingBox
        package let classIndex: Int
        package let score: Double
        package let isRight: Bool

        package init(box: BoundingBox, classIndex: Int, score: Double, isRight: Bool = false) {
            self.box = box
            self.classIndex = classIndex
            self.score = score
            self.isRight = isRight
        }
    }

    package var rightCount: Int { detections.count(where: \.isRight) }
    package var wrongCount: Int { detections.count - rightCount }

    /// Lowest score of a detection that is shown, as `ablate predict` has it.
    static let lowestScore = 0.25
    /// Least overlap (IoU) of a detection with the object that it found.
    static let leastOverlap = 0.5

    /// The surest detection chooses first, among free objects of its class the one that it overlaps most. Detections that lie
    /// mostly inside an ignored region of their class count neither way and are left out.
    package init(_ detections: [Scored], labels: [GroundTruthBox]) {
        var free = labels.filter { !$0.isCrowd }
        let crowds = labels.filter(\.isCrowd)
        var judged: [Scored] = []
        for detection in detections {
            let candidates = free.indices.filter { free[$0].categoryID == detection.classIndex }
            let best = candidates.max { free[$0].box.overlap(detection.box) < free[$1].box.overlap(detection.box) }
            if let best, free[best].box.overlap(detection.box) >= Self.leastOverlap {
                free.remove(at: best)
                judged.append(detection.judged(isRight: true))
                continue
            }
            let isIgnored = crowds.contains { crowd in
                crowd.categoryID == detection.classIndex
                    && crowd.box.sharedArea(detection.box) >= Self.leastOverlap * detection.box.area
            }
            if !isIgnored { judged.append(detection.judged(isRight: false)) }
        }
        self.detections = judged
        missed = free
    }
}

extension DetectionMatches.Scored {
    fileprivate func judged(isRight: Bool) -> Self {
        Self(box: box, classIndex: classIndex, score: score, isRight: isRight)
    }
}

extension BoundingBox {
    fileprivate func sharedArea(_ other: BoundingBox) -> Double {
        let sharedWidth = min(x + width, other.x + other.width) - max(x, other.x)
        let sharedHeight = min(y + height, other.y + other.height) - max(y, other.y)
        return sharedWidth > 0 && sharedHeight > 0 ? sharedWidth * sharedHeight : 0
    }

    /// Intersection over union.
    fileprivate func overlap(_ other: BoundingBox) -> Double {
        let shared = sharedArea(other)
        let union = area + other.area - shared
        return union > 0 ? shared / union : 0
    }
}

extension TrialMetrics {
    /// The detections that are shown, by position in the validation split, the surest first.
    func shownDetections() -> [Int: [DetectionMatches.Scored]] {
        var found: [Int: [DetectionMatches.Scored]] = [:]
        guard let detections else { return found }
        for index in 0..<detections.count where Double(detections.scores[index]) >= DetectionMatches.lowestScore {
            let corners = detections.boxes[4 * index..<4 * index + 4].map { Double($0) }
            let image = Int(detections.images[index])
            guard images.ids.indices.contains(image) else { continue }
            found[Int(images.ids[image]), default: []].append(
                DetectionMatches.Scored(
                    box: BoundingBox(left: corners[0], top: corners[1], right: corners[2], bottom: corners[3]),
                    classIndex: Int(detections.classes[index]), score: Double(detections.scores[index])))
        }
        return found.mapValues { scored in
            scored.enumerated().sorted { (-$0.element.score, $0.offset) < (-$1.element.score, $1.offset) }
                .map(\.element)
        }
    }
}
