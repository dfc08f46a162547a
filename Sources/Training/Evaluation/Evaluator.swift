import Datasets
import Engine
import Metrics
import Models

/// Runs a network over the validation split and measures its detections.
final class Evaluator {
    private let detector: InferenceDetector
    private let source: any DetectionSource
    private let options: LoaderOptions
    private let suppression: NonMaximumSuppression
    private let groundTruth: GroundTruth

    /// - Parameters:
    ///   - parameters: weights to evaluate, read at each call of `evaluate`.
    init(
        _ network: Network, configuration: TrainingConfiguration, source: any DetectionSource,
        parameters: ParameterStore, pool: ThreadPool
    ) {
        detector = InferenceDetector(
            network, parameters: parameters, capacity: configuration.batch, pool: pool, gains: configuration.lossGains)
        self.source = source
        options = LoaderOptions(mode: .evaluation, batchSize: configuration.batch, imageSize: configuration.imageSize)
        suppression = NonMaximumSuppression(
            confidence: Float(configuration.confidence), overlap: configuration.iou,
            maximumDetections: configuration.maxDetections, isMultiLabel: source.classNames.count > 1)
        groundTruth = GroundTruth(source)
    }

    /// - Throws: `DatasetError` for an image that cannot be read.
    func evaluate() throws -> Evaluation {
        let loader = try DataLoader(source, options, epochs: 1)
        var detections: [Detection] = []
        var sums = DetectionLoss.Items(box: 0, cls: 0, dfl: 0)
        var batches = 0
        while let batch = try loader.next() {
            batch.withImages { images in
                _ = UnsafeMutableBufferPointer(start: detector.input.base, count: images.count)
                    .update(fromContentsOf: images)
            }
            detector.forward(images: batch.count)
            let items = detector.loss(images: batch.count, targets: batch.detectionTargets)
            sums = DetectionLoss.Items(box: sums.box + items.box, cls: sums.cls + items.cls, dfl: sums.dfl + items.dfl)
            batches += 1
            for (position, boxes) in detector.detections(images: batch.count, suppression).enumerated() {
                let geometry = batch.geometry[position]
                for box in boxes {
                    let original = geometry.original(
                        PixelBox(classIndex: box.classIndex, left: box.x1, top: box.y1, right: box.x2, bottom: box.y2))
                    detections.append(
                        Detection(
                            imageID: batch.indices[position], categoryID: box.classIndex,
                            box: BoundingBox(
                                left: Double(original.left), top: Double(original.top), right: Double(original.right),
                                bottom: Double(original.bottom)), score: Double(box.score)))
                }
            }
        }
        let n = Double(max(batches, 1))
        return Evaluation(
            result: try EvaluationResult(groundTruth: groundTruth, detections: detections),
            losses: DetectionLoss.Items(box: sums.box / n, cls: sums.cls / n, dfl: sums.dfl / n),
            detections: detections, groundTruth: groundTruth,
            imageNames: (0..<source.count).map { source.name(at: $0) })
    }
}

extension Batch {
    /// The targets as the loss takes them.
    var detectionTargets: [DetectionTarget] {
        targets.map {
            DetectionTarget(
                image: $0.image, classIndex: $0.classIndex, cx: $0.centerX, cy: $0.centerY, w: $0.width, h: $0.height)
        }
    }
}
