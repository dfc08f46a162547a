import Metrics
import Testing

@Suite struct ImageBootstrapTests {
    private static let scene = RandomScene(
        seed: 21, images: 30, categories: 4, boxes: 6, strays: 8, scoreSteps: 1 << 40)

    @Test func `Weights do what copies of the images would do`() throws {
        let (truth, found) = Self.scene.make()
        let evaluation = try COCOEvaluation(groundTruth: truth, detections: found)
        var random = SplitMix64(seed: 4)
        for _ in 0..<5 {
            let weights = evaluation.images.map { _ in random.index(below: 4) }
            var copies = GroundTruth(images: [], categories: truth.categories, boxes: [])
            var copiedDetections: [Detection] = []
            for (image, weight) in zip(evaluation.images, weights) {
                for copy in 0..<weight {
                    let id = image + 1_000 * copy
                    copies.images.append(id)
                    for var box in truth.boxes where box.imageID == image {
                        box.imageID = id
                        box.id = copies.boxes.count
                        copies.boxes.append(box)
                    }
                    for var detection in found where detection.imageID == image {
                        detection.imageID = id
                        copiedDetections.append(detection)
                    }
                }
            }
            let expected = try COCOEvaluation(groundTruth: copies, detections: copiedDetections).summary
            let (average, average50) = evaluation.averagePrecision(weights: weights)
            #expect(abs(try #require(average) - expected.ap) < 1e-12)
            #expect(abs(try #require(average50) - expected.ap50) < 1e-12)
            #expect(expected.ap > 0.01)
        }
        let once = evaluation.averagePrecision(weights: evaluation.images.map { _ in 1 })
        #expect(abs(try #require(once.ap) - evaluation.summary.ap) < 1e-12)
        let never = evaluation.averagePrecision(weights: evaluation.images.map { _ in 0 })
        #expect(never.ap == nil)
    }

    @Test func `Resamples surround the estimate, and are the same for the same seed`() throws {
        let (truth, found) = Self.scene.make()
        let evaluation = try COCOEvaluation(groundTruth: truth, detections: found)
        let bootstrap = evaluation.imageBootstrap(resamples: 400, seed: 8)
        #expect(bootstrap.ap.count == 400)
        #expect(bootstrap == evaluation.imageBootstrap(resamples: 400, seed: 8))
        #expect(bootstrap != evaluation.imageBootstrap(resamples: 400, seed: 9))
        let interval = try #require(bootstrap.interval())
        #expect(interval.contains(evaluation.summary.ap))
        #expect(interval.high - interval.low > 0.001)
        #expect(try #require(bootstrap.interval50()).contains(evaluation.summary.ap50))
        #expect(bootstrap.estimate == evaluation.summary.ap)
        #expect(bootstrap.estimate50 == evaluation.summary.ap50)
        // About four standard errors wide.
        let width = (interval.high - interval.low) / (try #require(bootstrap.standardError))
        #expect(width > 3 && width < 5)
        let narrow = try #require(bootstrap.interval(level: 0.5))
        #expect(narrow.low > interval.low && narrow.high < interval.high)
        let nothing = try COCOEvaluation(
            groundTruth: GroundTruth(images: truth.images, categories: truth.categories, boxes: []), detections: found)
        #expect(nothing.imageBootstrap(resamples: 10).interval() == nil)
        // The first resamples do not depend on how many there are.
        #expect(evaluation.imageBootstrap(resamples: 10, seed: 8).ap == Array(bootstrap.ap.prefix(10)))
    }
}
