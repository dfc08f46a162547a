import Metrics
import Reports
import Results
import Testing

@Suite("Detections in pictures")
struct DetectionMatchTests {
    private func scored(_ box: BoundingBox, _ classIndex: Int = 0, _ score: Double = 0.9) -> DetectionMatches.Scored {
        .init(box: box, classIndex: classIndex, score: score)
    }

    @Test("Right, wrong class, double, too far, ignored")
    func byHand() {
        let object = BoundingBox(x: 10, y: 10, width: 20, height: 20)
        let labels = [
            GroundTruthBox(id: 1, imageID: 0, categoryID: 0, box: object),
            GroundTruthBox(
                id: 2, imageID: 0, categoryID: 0, box: BoundingBox(x: 60, y: 60, width: 40, height: 40), isCrowd: true),
            GroundTruthBox(id: 3, imageID: 0, categoryID: 1, box: BoundingBox(x: 10, y: 60, width: 10, height: 10)),
        ]
        let matches = DetectionMatches(
            [
                scored(object), scored(BoundingBox(x: 11, y: 10, width: 20, height: 20)), scored(object, 1),
                scored(BoundingBox(x: 70, y: 70, width: 20, height: 20)),
                scored(BoundingBox(x: 0, y: 60, width: 16, height: 10), 1),
            ], labels: labels)
        #expect(matches.detections.map(\.isRight) == [true, false, false, false])
        #expect(matches.rightCount == 1 && matches.wrongCount == 3)
        #expect(matches.missed.map(\.id) == [3])
    }

    @Test("As many objects are found as by COCO's evaluation, class by class")
    func againstCOCO() throws {
        var random = SplitMix64(seed: 11)
        var found = 0
        for _ in 0..<60 {
            var labels: [GroundTruthBox] = []
            var detections: [Detection] = []
            for image in 0..<4 {
                for _ in 0..<(1 + random.index(below: 6)) {
                    let box = BoundingBox(
                        x: 100 * random.uniform(), y: 100 * random.uniform(), width: 10 + 40 * random.uniform(),
                        height: 10 + 40 * random.uniform())
                    labels.append(
                        GroundTruthBox(
                            id: labels.count + 1, imageID: image, categoryID: random.index(below: 2), box: box))
                    for _ in 0..<random.index(below: 3) {
                        let moved = BoundingBox(
                            x: box.x + 16 * (random.uniform() - 0.5), y: box.y + 16 * (random.uniform() - 0.5),
                            width: box.width, height: box.height)
                        detections.append(
                            Detection(
                                imageID: image, categoryID: random.index(below: 2), box: moved,
                                score: 0.3 + 0.6 * random.uniform()))
                    }
                }
            }
            let truth = GroundTruth(
                images: [0, 1, 2, 3], categories: [.init(id: 0, name: "a"), .init(id: 1, name: "b")], boxes: labels)
            let evaluation = try COCOEvaluation(groundTruth: truth, detections: detections)
            for category in 0..<2 {
                let right = (0..<4).reduce(0) { sum, image in
                    let mine = detections.filter { $0.imageID == image && $0.categoryID == category }
                        .sorted { $0.score > $1.score }
                    return sum
                        + DetectionMatches(
                            mine.map { scored($0.box, category, $0.score) },
                            labels: labels.filter { $0.imageID == image }
                        ).rightCount
                }
                let objects = labels.count { $0.categoryID == category }
                guard objects > 0 else { continue }
                let recall = try #require(evaluation.curves(category: category)?.recall[0])
                #expect(abs(Double(right) / Double(objects) - recall) < 1e-12)
                found += right
            }
        }
        #expect(found > 200)
    }

    @Test("Two arms of one seed and one data set; images that differ first, then the first of the split")
    func choice() throws {
        let results = MeasuredSweep().results
        let choice = try #require(PictureChoice(results))
        func ids(_ labels: [String], seed: Int) -> Set<String> { Set(labels.map { SampleSweep.id("\($0) s\(seed)") }) }
        let declared = ["v2 dfc=expanded n", "v2 dfc=output n"]
        #expect(choice.trialIDs == ids(declared, seed: 0))
        #expect(choice.labelsKey == MeasuredSweep.digest && choice.cell.label == declared[0])
        #expect(choice.images.count == 6 && Set(choice.images).count == 6)
        // At most two images are chosen each way; the rest are the first of the split, in order.
        let rest = Array(choice.images.suffix(2))
        #expect(rest == rest.sorted())

        // With one training of the pair gone, the next seed; without contrasts, the ends of the plan.
        var without = results
        without.metrics[SampleSweep.id("\(declared[0]) s0")] = nil
        #expect(PictureChoice(without)?.trialIDs == ids(declared, seed: 1))
        var plain = results
        plain.plan.compare = nil
        #expect(PictureChoice(plain)?.trialIDs == ids(["baseline n", "v2 dfc=both s"], seed: 0))
        var nothing = results
        nothing.metrics = [:]
        #expect(PictureChoice(nothing)?.trialIDs == nil)
        var unlabelled = results
        unlabelled.validation = [:]
        #expect(PictureChoice(unlabelled)?.images == [])
    }
}
