import Metrics
import Testing

@Suite struct MetricTests {
    private static let names = [
        "mAP50-95", "mAP50", "mAP75", "APs", "APm", "APl", "AR1", "AR10", "AR100", "ARs", "ARm", "ARl", "mAP50(U)",
        "mAP50-95(U)", "precision(U)", "recall(U)", "fitness",
    ]

    private func result() throws -> EvaluationResult {
        let scene = RandomScene(seed: 1, images: 40, categories: 4, boxes: 8, strays: 5, scoreSteps: 1 << 40)
        let (truth, found) = scene.make()
        return try EvaluationResult(groundTruth: truth, detections: found)
    }

    @Test func `Names are stable and found again`() {
        #expect(Metric.all.map(\.name) == Self.names)
        #expect(Set(Self.names).count == Self.names.count)
        #expect(Self.names.allSatisfy { Metric.named($0)?.name == $0 })
        #expect(Metric.named("map50") == nil)
    }

    @Test(arguments: Metric.all.indices) func `Every metric is described and has a value of its own`(index: Int) throws
    {
        let metric = Metric.all[index]
        #expect(metric.summary.hasSuffix("."))
        #expect(!metric.reference.isEmpty)
        #expect(!metric.unit.isEmpty)
        let result = try result()
        let value = try #require(metric.value(result))
        #expect(value > 0 && value < 1)
        let others = Metric.all.indices.filter { $0 != index }.compactMap { Metric.all[$0].value(result) }
        // No image has more than ten detections of a class, so these two agree.
        if !["AR10", "AR100"].contains(metric.name) { #expect(!others.contains(value)) }
        #expect(metric.value(EvaluationResult(coco: nil, ultralytics: nil)) == nil)
    }

    @Test func `Metrics read what their names say`() throws {
        let result = try result()
        let coco = try #require(result.coco).summary
        let ultralytics = try #require(result.ultralytics)
        let expected: [Double] =
            coco.named.map(\.value) + [
                ultralytics.mAP50, ultralytics.mAP50to95, ultralytics.precision, ultralytics.recall,
                ultralytics.fitness,
            ]
        #expect(Metric.all.map { $0.value(result) } == expected)
        #expect(ultralytics.fitness == 0.1 * ultralytics.mAP50 + 0.9 * ultralytics.mAP50to95)
    }

    @Test func `Sizes that do not occur have no value`() throws {
        let truth = GroundTruth(
            images: [1], categories: [.init(id: 0, name: "0")],
            boxes: [
                GroundTruthBox(
                    id: 1, imageID: 1, categoryID: 0, box: BoundingBox(x: 0, y: 0, width: 200, height: 200))
            ])
        let result = try EvaluationResult(groundTruth: truth, detections: [])
        #expect(Metric.named("APs")?.value(result) == .some(nil))
        #expect(Metric.named("APl")?.value(result) == .some(0))
        #expect(Metric.named("mAP50-95(U)")?.value(result) == .some(0))
    }
}
