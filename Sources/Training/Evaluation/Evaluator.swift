package import Datasets
package import Engine
import Metrics
package import Models

/// Runs a network over a split and measures its detections.
///
/// ```
/// images by height/width ─► batches, each in a frame that just holds them ─► network at that size ─► suppression
///      ─► boxes back in the original image ─► COCO's and Ultralytics' metrics
/// ```
/// In rectangles the numbers are Ultralytics 8.3.0's: it never pads by less than half a stride, so that square images
/// of 320 px run at 352 px.
package final class Evaluator {
    private let detectors: DetectorSizes
    private let source: any DetectionSource
    /// Goes round the split again and again, so that images are decoded once.
    private let loader: DataLoader
    private let suppression: NonMaximumSuppression
    private let groundTruth: GroundTruth

    /// - Parameters:
    ///   - batch: images of a pass; in rectangles it also decides which images share a frame.
    ///   - parameters: weights to evaluate, read at each call of `evaluate`.
    /// - Throws: `DatasetError` for a split without images, `ModelError` for an image size that the network cannot have.
    package init(
        _ network: Network, configuration: TrainingConfiguration, batch: Int, source: any DetectionSource,
        parameters: ParameterStore, pool: ThreadPool
    ) throws {
        self.source = source
        var options = LoaderOptions(
            mode: configuration.validatesInRectangles ? .rectangularEvaluation : .evaluation, batchSize: batch,
            imageSize: configuration.imageSize)
        options.minimumSide = network.smallestSide
        loader = try DataLoader(source, options)
        detectors = try DetectorSizes(
            network, parameters: parameters, capacity: min(batch, source.count), pool: pool,
            gains: configuration.lossGains, sizes: loader.frames)
        suppression = NonMaximumSuppression(
            confidence: Float(configuration.confidence), overlap: configuration.iou,
            maximumDetections: configuration.maxDetections, isMultiLabel: source.classNames.count > 1)
        groundTruth = GroundTruth(source)
    }

    /// - Throws: `DatasetError` for an image that cannot be read.
    package func evaluate() throws -> Evaluation {
        var detections: [Detection] = []
        var roundTrip = groundTruth
        roundTrip.boxes = []
        var sums = DetectionLoss.Items.zero
        var batches = 0
        while let batch = try loader.next() {
            let detector = try detectors.detector(ImageSize(height: batch.height, width: batch.width))
            detector.fill(batch)
            detector.forward(images: batch.count)
            sums += detector.loss(images: batch.count, targets: batch.detectionTargets)
            batches += 1
            for (position, boxes) in detector.detections(images: batch.count, suppression).enumerated() {
                detections += boxes.map { batch.detection($0, image: position) }
            }
            roundTrip.boxes += batch.returnedBoxes(firstID: roundTrip.boxes.count + 1)
        }
        return Evaluation(
            result: try EvaluationResult(groundTruth: groundTruth, roundTrip: roundTrip, detections: detections),
            losses: sums / Double(max(batches, 1)),
            detections: detections, groundTruth: groundTruth,
            imageNames: (0..<source.count).map { source.name(at: $0) })
    }
}

extension Batch {
    /// The targets as the loss takes them.
    package var detectionTargets: [DetectionTarget] {
        targets.map {
            DetectionTarget(
                image: $0.image, classIndex: $0.classIndex, cx: $0.centerX, cy: $0.centerY, w: $0.width, h: $0.height)
        }
    }

    /// A box that was found in one of the images, in pixels of the original.
    fileprivate func detection(_ box: DetectedBox, image position: Int) -> Detection {
        let original = geometry[position].original(
            PixelBox(classIndex: box.classIndex, left: box.x1, top: box.y1, right: box.x2, bottom: box.y2))
        return Detection(
            imageID: indices[position], categoryID: box.classIndex, box: BoundingBox(original), score: Double(box.score)
        )
    }

    /// The labels, taken back to the original images in the way that detections are.
    ///
    /// Padding is rounded for the image but not for its labels: where it is odd, they come back half a pixel away.
    fileprivate func returnedBoxes(firstID: Int) -> [GroundTruthBox] {
        let frame = ImageSize(height: height, width: width)
        return targets.enumerated().map { number, target in
            let label = Label(
                classIndex: target.classIndex, centerX: target.centerX, centerY: target.centerY, width: target.width,
                height: target.height)
            return GroundTruthBox(
                id: firstID + number, imageID: indices[target.image], categoryID: target.classIndex,
                box: BoundingBox(geometry[target.image].original(PixelBox(label, in: frame))))
        }
    }
}
