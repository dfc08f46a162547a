import Datasets
import Engine
import Foundation
import Metrics
import Models
import Testing
import Training

/// A pass over pictures of all shapes, held against Ultralytics' validator; what is in the file is described in
/// `tools/golden/validation.py`.
@Suite struct ValidationGoldenTests {
    private struct Golden: Decodable {
        struct Image: Decodable {
            var file: String
            var count: Int
            var sums: [Double]
            /// x1, y1, x2, y2, score, class.
            var first: [[Double]]
        }

        var side: Int
        var batch: Int
        var frames: [String]
        var losses: [Double]
        var metrics: [Double]
        var confusion: [[Int]]
        var images: [Image]

        struct Prediction: Decodable {
            var file: String
            var boxes: [[Double]]
        }

        var confidence: Float
        var predictions: [Prediction]
    }

    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")

    private func evaluation(batch: Int? = nil, inRectangles: Bool = true, threads: Int = 1) throws -> Evaluation {
        let golden = try golden()
        var configuration = TrainingConfiguration()
        configuration.backbone = .file(Self.folder.appending(path: "tiny.yaml").path)
        configuration.imageSize = golden.side
        configuration.validatesInRectangles = inRectangles
        let network = try configuration.network(classCount: 3)
        let parameters = try parameters(network)
        let data = try Datasets.open(spec: Self.folder.appending(path: "validation/data.yaml").path, relativeTo: nil)
        let evaluator = try Evaluator(
            network, configuration: configuration, batch: batch ?? golden.batch, source: data.val,
            parameters: parameters, pool: ThreadPool(threads: threads))
        return try evaluator.evaluate()
    }

    private func parameters(_ network: Network) throws -> ParameterStore {
        let parameters = ParameterStore(network.graph.parameters)
        for tensor in try RecipeGolden.shared.get().tensors {
            var values = tensor.initialValues
            if tensor.name.contains(".cv3."), tensor.name.hasSuffix(".2.bias") {
                for (index, shift) in [Float(-3.8), -3, -9].enumerated() { values[index] += shift }
            } else if tensor.shape.count == 4 {
                for index in values.indices { values[index] *= 3 }
            }
            parameters.set(try #require(parameters.index(of: tensor.name)), values)
        }
        return parameters
    }

    private func golden() throws -> Golden {
        try JSONDecoder().decode(Golden.self, from: Data(contentsOf: Self.folder.appending(path: "validation.json")))
    }

    @Test func lossesAndMetricsAreUltralytics() throws {
        let (golden, evaluation) = (try golden(), try evaluation())
        #expect(Set(golden.frames).count == 3, "the test wants frames of several shapes")
        for (value, expected) in zip(
            [evaluation.losses.box, evaluation.losses.cls, evaluation.losses.dfl], golden.losses)
        {
            #expect(abs(value - expected) <= 1e-4 * expected, "\(value) instead of \(expected)")
        }
        let ultralytics = try #require(evaluation.result.ultralytics)
        #expect(golden.metrics.allSatisfy { $0 > 0.05 && $0 < 0.95 })
        for (value, expected) in zip(
            [ultralytics.precision, ultralytics.recall, ultralytics.mAP50, ultralytics.mAP50to95], golden.metrics)
        {
            #expect(abs(value - expected) <= 1e-6, "\(value) instead of \(expected)")
        }
        for (row, counts) in golden.confusion.enumerated() {
            for (column, count) in counts.enumerated() {
                let found = ultralytics.confusion[
                    predicted: row == 3 ? nil : row, actual: column == 3 ? nil : column]
                #expect(found == count, "predicted \(row), true \(column)")
            }
        }
    }

    @Test func detectionsAreUltralytics() throws {
        let (golden, evaluation) = (try golden(), try evaluation())
        for image in golden.images {
            let index = try #require(evaluation.imageNames.firstIndex { $0.hasSuffix(image.file) })
            let found = evaluation.detections.filter { $0.imageID == index }.sorted { $0.score > $1.score }
            #expect(found.count == image.count, "\(image.file)")
            let corners = found.map {
                [$0.box.x, $0.box.y, $0.box.x + $0.box.width, $0.box.y + $0.box.height, $0.score]
            }
            for column in 0..<5 {
                let sum = corners.reduce(0) { $0 + $1[column] }
                #expect(
                    abs(sum - image.sums[column]) <= 1e-3 * Double(image.count),
                    "\(image.file), sum of column \(column)")
            }
            // Near ties may stand in another order.
            for row in image.first {
                let isThere = zip(corners, found).contains { numbers, detection in
                    detection.categoryID == Int(row[5]) && zip(numbers, row).allSatisfy { abs($0 - $1) < 5e-3 }
                }
                #expect(isThere, "\(image.file): \(row)")
            }
        }
    }

    /// What is found does not depend on threads; what shares a frame does change it.
    @Test func framesMatter() throws {
        let first = try evaluation()
        #expect(try evaluation(threads: 2).detections == first.detections)
        #expect(try evaluation(batch: 9).detections != first.detections)
        #expect(try evaluation(inRectangles: false).detections != first.detections)
    }

    /// Predictions of a detector that was written to a file and read again, every picture in its own frame.
    @Test func predictionsAreUltralytics() throws {
        let golden = try golden()
        var configuration = TrainingConfiguration()
        configuration.backbone = .file(Self.folder.appending(path: "tiny.yaml").path)
        configuration.imageSize = golden.side
        let network = try configuration.network(classCount: 3)
        let folder = try TrialRun.newFolder("predictions")
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "tiny.h5")
        try WeightFile.write(
            try parameters(network), to: file,
            header: WeightFile.Header(network, classNames: ["a", "b", "c"], imageSize: golden.side))
        let saved = try SavedDetector(reading: file)
        #expect(saved.network.name == network.name && saved.classNames == ["a", "b", "c"])
        #expect(saved.header.imageSize == golden.side && saved.header.scale == "n" && saved.header.options.isEmpty)
        let predictor = try Predictor(
            saved, imageSize: golden.side,
            suppression: NonMaximumSuppression(confidence: golden.confidence, isMultiLabel: false))
        #expect(golden.predictions.count == 9 && golden.predictions.reduce(0) { $0 + $1.boxes.count } > 20)
        for picture in golden.predictions {
            let url = Self.folder.appending(path: "validation/images/\(picture.file)")
            let found = try predictor.detections(in: try RGBImage(contentsOf: url))
            #expect(found.count == picture.boxes.count, "\(picture.file)")
            for (box, expected) in zip(found, picture.boxes) {
                let numbers = [box.x1, box.y1, box.x2, box.y2, box.score].map(Double.init)
                #expect(box.classIndex == Int(expected[5]), "\(picture.file)")
                #expect(
                    zip(numbers, expected).allSatisfy { abs($0 - $1) < 5e-3 }, "\(picture.file): \(box), \(expected)")
            }
        }
    }
}
