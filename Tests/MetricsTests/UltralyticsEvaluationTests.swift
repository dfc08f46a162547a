import Metrics
import Testing

@Suite struct UltralyticsEvaluationTests {
    private struct RandomCase: Decodable {
        let scene: RandomScene
        let precision: Double
        let recall: Double
        let mAP50: Double
        let mAP50to95: Double
        let fitness: Double
        let classes: [Int]
        let p: [Double]
        let r: [Double]
        let f1: [Double]
        let ap: [[Double]]
        let precisionByScore: [[Double]]
        let recallByScore: [[Double]]
        let precisionByRecall: [[Double]]
        let confusion: [Int]
    }

    private func isClose(_ value: Double, _ expected: Double, _ tolerance: Double = 1e-9) -> Bool {
        abs(value - expected) <= tolerance
    }

    @Test func `Random scenes have Ultralytics' numbers`() throws {
        for expected in try Golden.decode([RandomCase].self, "random-ultralytics.json") {
            let (truth, found) = expected.scene.make()
            let evaluation = try UltralyticsEvaluation(groundTruth: truth, detections: found)
            #expect(isClose(evaluation.precision, expected.precision))
            #expect(isClose(evaluation.recall, expected.recall))
            #expect(isClose(evaluation.mAP50, expected.mAP50))
            #expect(isClose(evaluation.mAP50to95, expected.mAP50to95))
            #expect(isClose(evaluation.fitness, expected.fitness))
            #expect(evaluation.confusion.counts == expected.confusion)
            #expect(evaluation.perClass.map(\.category.id) == expected.classes)
            for (index, row) in evaluation.perClass.enumerated() {
                #expect(isClose(row.precision, expected.p[index]))
                #expect(isClose(row.recall, expected.r[index]))
                #expect(isClose(row.f1, expected.f1[index]))
                #expect(zip(row.averagePrecisions, expected.ap[index]).allSatisfy { isClose($0, $1) })
                let curves = evaluation.curves[index]
                for point in 0..<10 {
                    #expect(isClose(curves.precisionByScore[point * 100], expected.precisionByScore[index][point]))
                    #expect(isClose(curves.recallByScore[point * 100], expected.recallByScore[index][point]))
                }
            }
            // Ultralytics leaves out the precision-recall curve of classes without detections.
            let withDetections = evaluation.perClass.indices.filter { index in
                found.contains { $0.categoryID == evaluation.perClass[index].category.id }
            }
            #expect(withDetections.count == expected.precisionByRecall.count)
            for (index, row) in zip(withDetections, expected.precisionByRecall) {
                for point in 0..<10 {
                    #expect(isClose(evaluation.curves[index].precisionByRecall[point * 100], row[point]))
                }
            }
        }
    }

    private static let square = BoundingBox(x: 100, y: 100, width: 50, height: 50)
    private static let other = BoundingBox(x: 300, y: 100, width: 50, height: 50)

    private func evaluate(
        _ boxes: [(category: Int, box: BoundingBox)], _ found: [(category: Int, box: BoundingBox, score: Double)],
        images: [Int] = [1], foundIn image: Int = 1
    ) throws -> UltralyticsEvaluation {
        let truth = GroundTruth(
            images: images, categories: (0..<3).map { .init(id: $0, name: "\($0)") },
            boxes: boxes.enumerated().map {
                GroundTruthBox(id: $0.offset, imageID: 1, categoryID: $0.element.category, box: $0.element.box)
            })
        return try UltralyticsEvaluation(
            groundTruth: truth,
            detections: found.map { Detection(imageID: image, categoryID: $0.category, box: $0.box, score: $0.score) })
    }

    @Test func `A flawless class has .995`() throws {
        let evaluation = try evaluate([(1, Self.square)], [(1, Self.square, 0.9)])
        #expect(isClose(evaluation.mAP50to95, 0.995))
        #expect(isClose(evaluation.fitness, 0.995))
        #expect(evaluation.precision == 1)
        #expect(evaluation.recall == 1)
        #expect(evaluation.perClass.map(\.category.id) == [1])
    }

    @Test func `One of two boxes and no error has .75`() throws {
        let evaluation = try evaluate([(0, Self.square), (0, Self.other)], [(0, Self.square, 0.9)])
        #expect(isClose(evaluation.mAP50, 0.75))
    }

    @Test func `A class with boxes and no detections pulls the mean down`() throws {
        let evaluation = try evaluate([(0, Self.square), (2, Self.other)], [(0, Self.square, 0.9)])
        #expect(isClose(evaluation.mAP50, 0.4975))
        #expect(evaluation.perClass.map(\.ap) == [evaluation.perClass[0].ap, 0])
    }

    @Test func `Without a right detection everything is 0`() throws {
        let wrong = try evaluate([(0, Self.square)], [(0, Self.other, 0.9), (1, Self.square, 0.8)])
        #expect([wrong.precision, wrong.recall, wrong.mAP50, wrong.mAP50to95, wrong.fitness] == [0, 0, 0, 0, 0])
        let nothing = try evaluate([], [(0, Self.other, 0.9)])
        #expect([nothing.precision, nothing.recall, nothing.mAP50, nothing.fitness] == [0, 0, 0, 0])
        #expect(nothing.perClass.isEmpty)
    }

    @Test func `A box goes to the surest detection that points to it, not to the closest`() throws {
        // The surer one overlaps by .6, so it takes the box up to that threshold; the closer one is wrong up to there.
        let loose = BoundingBox(x: 100, y: 100, width: 50, height: 30)
        let evaluation = try evaluate([(0, Self.square)], [(0, Self.square, 0.5), (0, loose, 0.9)])
        let averages = evaluation.perClass[0].averagePrecisions
        #expect(isClose(averages[0], 0.995))
        // From .65 on the first is wrong and the second right: precision .5 at recall 1.
        let late = try evaluate([(0, Self.square)], [(0, Self.square, 0.5), (0, Self.other, 0.9)])
        #expect(averages[9] == late.perClass[0].averagePrecisions[9])
        #expect(averages[9] < 0.51)
    }

    @Test func `Equal boxes within reach do not give a losing detection a second choice`() throws {
        let near = BoundingBox(x: 102, y: 100, width: 50, height: 50)
        // Both detections overlap the first box most; the second box, which either could have had, stays unfound.
        let evaluation = try evaluate(
            [(0, Self.square), (0, BoundingBox(x: 105, y: 100, width: 50, height: 50))],
            [(0, Self.square, 0.9), (0, near, 0.8)])
        // At recall .5 the line drops from precision 1 to .5, and runs from there to (1, 0).
        #expect(isClose(evaluation.mAP50, 0.6225))
        #expect(evaluation.recall == 0.5)
    }

    @Test func `Crowds are left out`() throws {
        let truth = GroundTruth(
            images: [1], categories: [.init(id: 0, name: "0")],
            boxes: [
                GroundTruthBox(id: 0, imageID: 1, categoryID: 0, box: Self.square),
                GroundTruthBox(id: 1, imageID: 1, categoryID: 0, box: Self.other, isCrowd: true),
            ])
        let found = [Detection(imageID: 1, categoryID: 0, box: Self.square, score: 0.9)]
        let evaluation = try UltralyticsEvaluation(groundTruth: truth, detections: found)
        #expect(evaluation.perClass[0].boxCount == 1)
        #expect(isClose(evaluation.mAP50, 0.995))
    }

    @Test func `The confusion matrix pairs whatever the class`() throws {
        let found = [(1, Self.square, 0.9), (2, BoundingBox(x: 500, y: 0, width: 9, height: 9), 0.8)]
        let matrix = try evaluate([(0, Self.square), (2, Self.other)], found).confusion
        #expect(matrix[predicted: 1, actual: 0] == 1)
        #expect(matrix[predicted: nil, actual: 2] == 1)
        #expect(matrix[predicted: 2, actual: nil] == 1)
        #expect(matrix.counts.reduce(0, +) == 3)

        // Without any pair in the image, stray detections are not counted.
        let unpaired = try evaluate([(0, Self.square)], [found[1]]).confusion
        #expect(unpaired[predicted: nil, actual: 0] == 1)
        #expect(unpaired.counts.reduce(0, +) == 1)
        // Nor in images without boxes, nor with a score up to .25.
        #expect(try evaluate([], found).confusion.counts.allSatisfy { $0 == 0 })
        let unsure = try evaluate([(1, Self.square)], [(1, Self.square, 0.25)]).confusion
        #expect(unsure[predicted: nil, actual: 1] == 1)
    }

    @Test func `Detections in other images than their boxes are wrong`() throws {
        let evaluation = try evaluate([(0, Self.square)], [(0, Self.square, 0.9)], images: [1, 2], foundIn: 2)
        #expect(evaluation.mAP50 == 0)
    }
}
