import Foundation
import Metrics
import Testing

@Suite struct COCOEvaluationTests {
    private struct Parity: Decodable {
        let fakebbox100: [Double]
        let tiny: [Double]
        let perClass: [String: [Double]]

        enum CodingKeys: String, CodingKey {
            case fakebbox100, tiny
            case perClass = "fakebbox100_per_class_AP_AP50"
        }
    }

    private struct RandomCase: Decodable, CustomStringConvertible {
        let scene: RandomScene
        let stats: [Double]
        let ap: [Double]
        let ap50: [Double]
        /// By category, then by area range and limit, then by IoU threshold.
        let precision: [[[Double]]]
        let recall: [[[Double]]]

        var description: String { scene.description }
        static func all() throws -> [RandomCase] { try Golden.decode([RandomCase].self, "random-coco.json") }
    }

    private func evaluate(_ groundTruth: String, _ detections: String) throws -> COCOEvaluation {
        let truth = try GroundTruth(cocoFile: Golden.path("map-parity/\(groundTruth)"))
        let found = try Detection.read(cocoFile: Golden.path("map-parity/\(detections)"), for: truth)
        return try COCOEvaluation(groundTruth: truth, detections: found)
    }

    private func expectEqual(
        _ values: [Double], _ expected: [Double], within tolerance: Double = 1e-9, _ comment: Comment? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(values.count == expected.count, comment, sourceLocation: sourceLocation)
        for (index, pair) in zip(values, expected).enumerated() {
            let comment: Comment = "\(comment?.rawValue ?? "") [\(index)]"
            #expect(abs(pair.0 - pair.1) <= tolerance, comment, sourceLocation: sourceLocation)
        }
    }

    @Test func `COCO's own example has pycocotools' numbers`() throws {
        let expected = try Golden.decode(Parity.self, "map-parity/expected.json")
        let evaluation = try evaluate(
            "instances_val2014_100_bbox.json", "instances_val2014_fakebbox100_results.json")
        expectEqual(evaluation.summary.named.map(\.value), expected.fakebbox100)
        #expect(evaluation.perClass.count == 80)
        #expect(expected.perClass.count == 80)
        for row in evaluation.perClass {
            let pair = try #require(expected.perClass[row.category.name])
            expectEqual([row.ap, row.ap50], pair, within: 5.1e-7, Comment(rawValue: row.category.name))
        }
    }

    @Test func `faster-coco-eval's example has pycocotools' numbers`() throws {
        let expected = try Golden.decode(Parity.self, "map-parity/expected.json")
        let evaluation = try evaluate("tiny_gt.json", "tiny_dt.json")
        // Stored to ten decimals.
        expectEqual(evaluation.summary.named.map(\.value), expected.tiny, within: 1e-10)
    }

    @Test func `Random scenes have pycocotools' numbers`() throws {
        for expected in try RandomCase.all() {
            let (truth, found) = expected.scene.make()
            let evaluation = try COCOEvaluation(groundTruth: truth, detections: found)
            let name = Comment(rawValue: expected.description)
            expectEqual(evaluation.summary.named.map(\.value), expected.stats, within: 1e-12, name)
            expectEqual(evaluation.perClass.map(\.ap), expected.ap, within: 1e-12, name)
            expectEqual(evaluation.perClass.map(\.ap50), expected.ap50, within: 1e-12, name)
            for category in evaluation.categories.indices {
                for area in COCOEvaluation.AreaRange.allCases {
                    for (limitIndex, limit) in [1, 10, 100].enumerated() {
                        let place = area.rawValue * 3 + limitIndex
                        let curves = evaluation.curves(category: category, area: area, limit: limit)
                        let means = (0..<10).map { curves?.averagePrecision(atThreshold: $0) ?? -1 }
                        let comment = Comment(rawValue: "\(name) category \(category) \(area) \(limit)")
                        expectEqual(means, expected.precision[category][place], within: 1e-12, comment)
                        let recall = curves?.recall ?? [Double](repeating: -1, count: 10)
                        expectEqual(recall, expected.recall[category][place], within: 1e-12, comment)
                    }
                }
            }
        }
    }

    @Test func `The order of images, categories and boxes does not matter, and detections sort by score`() throws {
        let scene = try #require(try RandomCase.all().first).scene
        let (truth, found) = scene.make()
        let evaluation = try COCOEvaluation(groundTruth: truth, detections: found)
        var turned = truth
        turned.images.reverse()
        turned.categories.reverse()
        // Boxes within an image keep their order, as equal overlaps go to the last.
        turned.boxes = truth.images.flatMap { image in truth.boxes.filter { $0.imageID == image } }.reversed()
        turned.boxes.sort { $0.id < $1.id }
        let byScore = found.enumerated().sorted {
            ($0.element.score, $1.offset) < ($1.element.score, $0.offset)
        }.map(\.element)
        let again = try COCOEvaluation(groundTruth: turned, detections: byScore)
        #expect(again.summary == evaluation.summary)
        #expect(again.perClass == evaluation.perClass)
    }

    // MARK: Rules, one by one

    private static let square = BoundingBox(x: 100, y: 100, width: 50, height: 50)

    private func evaluate(
        _ boxes: [(box: BoundingBox, area: Double?, isCrowd: Bool)], _ found: [(box: BoundingBox, score: Double)]
    ) throws -> COCOEvaluation {
        let truth = GroundTruth(
            images: [1], categories: [.init(id: 1, name: "one")],
            boxes: boxes.enumerated().map {
                GroundTruthBox(
                    id: $0.offset, imageID: 1, categoryID: 1, box: $0.element.box, area: $0.element.area,
                    isCrowd: $0.element.isCrowd)
            })
        return try COCOEvaluation(
            groundTruth: truth,
            detections: found.map { Detection(imageID: 1, categoryID: 1, box: $0.box, score: $0.score) })
    }

    @Test func `A flawless detector has 1, an empty one 0`() throws {
        let flawless = try evaluate([(Self.square, nil, false)], [(Self.square, 0.9)])
        #expect(abs(flawless.summary.ap - 1) < 1e-12)
        #expect(flawless.summary.ar1 == 1)
        // 50² pixels are medium.
        #expect(flawless.summary.apSmall == -1)
        #expect(flawless.summary.apLarge == -1)
        #expect(abs(flawless.summary.apMedium - 1) < 1e-12)
        let empty = try evaluate([(Self.square, nil, false)], [])
        #expect(empty.summary.ap == 0)
        #expect(empty.summary.ar100 == 0)
        #expect(empty.summary.apSmall == -1)
    }

    @Test func `Without boxes everything is -1`() throws {
        let evaluation = try evaluate([], [(Self.square, 0.9)])
        #expect(evaluation.summary.named.allSatisfy { $0.value == -1 })
        #expect(evaluation.perClass.map(\.ap) == [-1])
        #expect(evaluation.curves(category: 0) == nil)
    }

    @Test func `A crowd swallows detections and counts neither way`() throws {
        let crowd = BoundingBox(x: 0, y: 0, width: 90, height: 90)
        let inside = BoundingBox(x: 10, y: 10, width: 20, height: 20)
        let swallowed = try evaluate(
            [(Self.square, nil, false), (crowd, nil, true)], [(inside, 0.9), (inside, 0.8), (Self.square, 0.7)])
        #expect(abs(swallowed.summary.ap - 1) < 1e-12)
        let elsewhere = BoundingBox(x: 300, y: 10, width: 20, height: 20)
        let wrong = try evaluate(
            [(Self.square, nil, false), (crowd, nil, true)], [(elsewhere, 0.9), (elsewhere, 0.8), (Self.square, 0.7)])
        #expect(abs(wrong.summary.ap - 1.0 / 3) < 1e-12)
    }

    @Test func `A second detection of the same box is wrong`() throws {
        let evaluation = try evaluate(
            [(Self.square, nil, false), (BoundingBox(x: 400, y: 0, width: 50, height: 50), nil, false)],
            [(Self.square, 0.9), (Self.square, 0.8)])
        // Precision 1 up to recall .5, which are 51 of 101 points.
        #expect(abs(evaluation.summary.ap - 51.0 / 101) < 1e-12)
        #expect(evaluation.summary.ar100 == 0.5)
    }

    @Test func `The label's area, not the box's, makes an object small`() throws {
        let evaluation = try evaluate([(Self.square, 1_000, false)], [(Self.square, 0.9)])
        #expect(abs(evaluation.summary.apSmall - 1) < 1e-12)
        #expect(evaluation.summary.apMedium == -1)
        let onTheBound = try evaluate([(Self.square, 1_024, false)], [(Self.square, 0.9)])
        #expect(onTheBound.summary.apSmall > 0.99 && onTheBound.summary.apMedium > 0.99)
    }

    // MARK: Errors and rendering

    @Test func `What does not fit together is named`() throws {
        let truth = GroundTruth(
            images: [1, 1], categories: [.init(id: 1, name: "one")],
            boxes: [
                GroundTruthBox(id: 7, imageID: 2, categoryID: 3, box: Self.square),
                GroundTruthBox(id: 7, imageID: 1, categoryID: 1, box: BoundingBox(x: 0, y: 0, width: -1, height: 2)),
            ])
        let found = [Detection(imageID: 5, categoryID: 1, box: Self.square, score: .nan)]
        let error = #expect(throws: EvaluationError.self) {
            try COCOEvaluation(groundTruth: truth, detections: found)
        }
        let problems = try #require(error).problems
        #expect(problems.count == 7)
        #expect(problems.contains("image 1 appears twice"))
        #expect(problems.contains("ground-truth box 7 appears twice"))
        #expect(problems.contains("ground-truth box 7: unknown image 2"))
        #expect(problems.contains("ground-truth box 7: unknown category 3"))
        #expect(problems.contains("detection 0: unknown image 5"))
        #expect(problems.contains("detection 0: score nan is not finite"))
        let many = (0..<50).map { _ in Detection(imageID: 5, categoryID: 1, box: Self.square, score: 1) }
        let long = #expect(throws: EvaluationError.self) {
            try UltralyticsEvaluation(
                groundTruth: GroundTruth(images: [], categories: [.init(id: 1, name: "one")], boxes: []),
                detections: many)
        }
        #expect(long?.omitted == 30)
        #expect(long?.description.hasSuffix("and 30 more") == true)
    }

    @Test func `Text is COCO's table`() throws {
        let lines = try evaluate("tiny_gt.json", "tiny_dt.json").text.split(
            separator: "\n", omittingEmptySubsequences: false)
        #expect(
            lines.prefix(2) == [
                " Average Precision  (AP) @[ IoU=0.50:0.95 | area=   all | maxDets=100 ] = 0.695",
                " Average Precision  (AP) @[ IoU=0.50      | area=   all | maxDets=100 ] = 0.695",
            ])
        #expect(lines[6] == " Average Recall     (AR) @[ IoU=0.50:0.95 | area=   all | maxDets=  1 ] = 0.667")
        #expect(
            lines.dropFirst(12) == [
                "",
                " id  category      AP    AP50",
                "  1  cloud      0.442   0.442",
                "  2  heart      0.337   0.337",
                "  3  arrow      1.000   1.000",
                "  4  star       1.000   1.000",
            ])
    }

    @Test func `JSON reads back as the same numbers`() throws {
        struct Output: Decodable {
            struct Row: Decodable {
                let id: Int
                let name: String
                let ap: Double
                let ap50: Double

                enum CodingKeys: String, CodingKey {
                    case id, name
                    case ap = "AP"
                    case ap50 = "AP50"
                }
            }
            let ap: Double
            let arLarge: Double
            let apSmall: Double
            let perClass: [Row]

            enum CodingKeys: String, CodingKey {
                case ap = "AP"
                case arLarge = "ARl"
                case apSmall = "APs"
                case perClass = "per_class"
            }
        }
        let truth = GroundTruth(
            images: [1], categories: [.init(id: 4, name: "a \"b\"\\\n\u{1}é"), .init(id: 2, name: "two")],
            boxes: [GroundTruthBox(id: 1, imageID: 1, categoryID: 4, box: Self.square)])
        let found = [
            Detection(
                imageID: 1, categoryID: 4, box: BoundingBox(x: 101, y: 103, width: 50, height: 47), score: 0.5)
        ]
        let evaluation = try COCOEvaluation(groundTruth: truth, detections: found)
        let output = try JSONDecoder().decode(Output.self, from: Data(evaluation.json.utf8))
        #expect(output.ap == evaluation.summary.ap)
        #expect(output.ap > 0 && output.ap < 1)
        #expect(output.arLarge == -1)
        #expect(output.apSmall == -1)
        #expect(output.perClass.map(\.id) == [2, 4])
        #expect(output.perClass.map(\.name) == ["two", "a \"b\"\\\n\u{1}é"])
        #expect(output.perClass.map(\.ap) == evaluation.perClass.map(\.ap))
    }
}
