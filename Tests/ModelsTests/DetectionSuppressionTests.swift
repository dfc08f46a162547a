import Foundation
import Models
import Testing

/// Non-maximum suppression against the reference's, and its order.
@Suite struct DetectionSuppressionTests {
    /// The predictions that `crowd` in the script makes.
    private func crowd(_ golden: DetectionGolden.Case) throws -> [Float] {
        let anchors = try #require(golden.anchors)
        let classes = try #require(golden.classes)
        let size = try #require(golden.size)
        let floor = try #require(golden.floor)
        let stream = CounterStream(golden.name)
        func u(_ plane: Int, _ anchor: Int) -> Float { (stream[plane * anchors + anchor] + 1) * 0.5 }
        var p = [Float](repeating: 0, count: (4 + classes) * anchors)
        for a in 0..<anchors {
            let place = a % 9
            p[a] = size * (Float(place % 3 + 1) * 0.25 + (u(0, a) - 0.5) * 0.125)
            p[anchors + a] = size * (Float(place / 3 + 1) * 0.25 + (u(1, a) - 0.5) * 0.125)
            p[2 * anchors + a] = size * (0.125 + u(2, a) * 0.125)
            p[3 * anchors + a] = size * (0.125 + u(3, a) * 0.125)
            for c in 0..<classes {
                let score = u(4 + c, a)
                p[(4 + c) * anchors + a] = floor + (1 - floor) * score * score
            }
        }
        return p
    }

    @Test(arguments: DetectionGolden.cases("nms"))
    func agreesWithReference(golden: DetectionGolden.Case) throws {
        let nms = NonMaximumSuppression(
            confidence: try #require(golden.confidence), isMultiLabel: golden.multiLabel == true)
        let found = nms.detections(
            predictions: try crowd(golden), classCount: try #require(golden.classes),
            anchorCount: try #require(golden.anchors))
        let expected = try golden.numbers("detections")
        try #require(found.count * 6 == expected.count)
        for (i, box) in found.enumerated() {
            let row = Array(expected[6 * i..<6 * i + 6])
            #expect([box.x1, box.y1, box.x2, box.y2, box.score, Float(box.classIndex)] == row)
        }
    }

    /// Raw outputs lead to what their decoded predictions lead to.
    @Test(arguments: [true, false])
    func rawOutputsAgreeWithPredictions(isMultiLabel: Bool) throws {
        for golden in DetectionGolden.cases("decode") {
            let classes = try #require(golden.classes)
            let maps = DetectionMaps(golden, gap: 2)
            let decoding = BoxDecoding(classCount: classes)
            let anchors = maps.levels.reduce(0) { $0 + $1.anchorCount }
            let memory = UnsafeMutablePointer<Float>.allocate(capacity: (4 + classes) * anchors)
            defer { memory.deallocate() }
            let nms = NonMaximumSuppression(confidence: 0.25, overlap: 0.5, isMultiLabel: isMultiLabel)
            for image in 0..<maps.imageCount {
                decoding.decode(levels: maps.levels, image: image, into: memory)
                let expected = nms.detections(predictions: memory, classCount: classes, anchorCount: anchors)
                let found = nms.detections(levels: maps.levels, image: image, decoding: decoding)
                #expect(expected.count > 10)
                #expect(found.map(\.classIndex) == expected.map(\.classIndex))
                #expect(found.map { [$0.x1, $0.y1, $0.x2, $0.y2] } == expected.map { [$0.x1, $0.y1, $0.x2, $0.y2] })
                #expect(zip(found, expected).allSatisfy { abs($0.score - $1.score) < 1e-6 })
            }
        }
    }

    /// Predictions of anchors given as (cx, cy, w, h, scores…).
    private func planes(_ anchors: [[Float]]) -> [Float] {
        (0..<(anchors.first?.count ?? 0)).flatMap { plane in anchors.map { $0[plane] } }
    }

    @Test func equalScoresKeepTheOrderOfAnchorsAndClasses() {
        let anchors: [[Float]] = (0..<50).map { i -> [Float] in [Float(100 * i), 50, 20, 20, 0.5, 0.5] }
        let found = NonMaximumSuppression.validation.detections(
            predictions: planes(anchors), classCount: 2, anchorCount: 50)
        let edges = (0..<100).map { (i: Int) -> Float in Float(100 * (i / 2)) - 10 }
        #expect(found.map(\.x1) == edges)
        #expect(found.map(\.classIndex) == (0..<100).map { $0 % 2 })
    }

    /// IoU 0.5 exactly is no reason to fall; just above is.
    @Test func thresholdIsStrict() {
        let anchors: [[Float]] = [[50, 50, 40, 20, 0.9], [50, 50, 20, 20, 0.8], [50, 50, 21, 20, 0.7]]
        let found = NonMaximumSuppression(confidence: 0.1, overlap: 0.5, isMultiLabel: true)
            .detections(predictions: planes(anchors), classCount: 1, anchorCount: 3)
        #expect(found.map(\.score) == [0.9, 0.8])
    }

    @Test func classesDoNotSuppressEachOther() {
        let anchors: [[Float]] = [[50, 50, 20, 20, 0.9, 0.8], [50, 50, 20, 20, 0.7, 0.85]]
        let predictions = planes(anchors)
        let several = NonMaximumSuppression.validation.detections(
            predictions: predictions, classCount: 2, anchorCount: 2)
        #expect(several.map(\.score) == [0.9, 0.85])
        #expect(several.map(\.classIndex) == [0, 1])
        // One place for all classes: only the best box stays.
        var mixed = NonMaximumSuppression.validation
        mixed.classOffset = 0
        #expect(mixed.detections(predictions: predictions, classCount: 2, anchorCount: 2).map(\.score) == [0.9])
    }

    @Test func limitsHold() {
        let anchors: [[Float]] = (0..<1000).map { i -> [Float] in [Float(40 * i), 50, 20, 20, 0.9 - Float(i) * 1e-4] }
        var nms = NonMaximumSuppression.validation
        #expect(nms.detections(predictions: planes(anchors), classCount: 1, anchorCount: 1000).count == 300)
        nms.candidateLimit = 100
        let found = nms.detections(predictions: planes(anchors.reversed()), classCount: 1, anchorCount: 1000)
        #expect(found.map(\.score) == anchors.prefix(100).map { $0[4] })
        #expect(nms.detections(predictions: planes([[0, 0, 1, 1, .nan]]), classCount: 1, anchorCount: 1).isEmpty)
    }
}
