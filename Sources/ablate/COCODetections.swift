import Foundation
import Metrics
import Training

/// An evaluation as COCO's files hold it: results and annotations with the same numbers of images and classes.
struct COCODetections {
    let evaluation: Evaluation
    /// COCO's number of each image, by position in the split.
    let imageNumbers: [Int]

    init(_ evaluation: Evaluation) {
        self.evaluation = evaluation
        // COCO's own files are named by the image's number.
        let stems = evaluation.imageNames.map { name in
            URL(fileURLWithPath: name).deletingPathExtension().lastPathComponent
        }
        let numbers = stems.compactMap { stem in stem.allSatisfy(\.isNumber) ? Int(stem) : nil }
        let areNumbers = numbers.count == stems.count && Set(numbers).count == numbers.count
        imageNumbers = areNumbers ? numbers : Array(1...max(stems.count, 1))
    }

    private struct Result: Encodable {
        var imageID: Int
        var categoryID: Int
        var bbox: [Double]
        var score: Double
    }

    private struct Annotations: Encodable {
        struct Image: Encodable {
            var id: Int
            var fileName: String
        }

        struct Category: Encodable {
            var id: Int
            var name: String
        }

        struct Annotation: Encodable {
            var id: Int
            var imageID: Int
            var categoryID: Int
            var bbox: [Double]
            var area: Double
            var iscrowd: Int
        }

        var images: [Image]
        var categories: [Category]
        var annotations: [Annotation]
    }

    /// The detections: image, class, x, y, width, height and score, best first within each image.
    var results: Data {
        get throws {
            try Self.encode(
                evaluation.detections.map { detection in
                    Result(
                        imageID: imageNumbers[detection.imageID], categoryID: detection.categoryID + 1,
                        bbox: Self.numbers(detection.box), score: detection.score)
                })
        }
    }

    /// The labels.
    var annotations: Data {
        get throws {
            let truth = evaluation.groundTruth
            return try Self.encode(
                Annotations(
                    images: truth.images.map {
                        Annotations.Image(id: imageNumbers[$0], fileName: evaluation.imageNames[$0])
                    },
                    categories: truth.categories.map { Annotations.Category(id: $0.id + 1, name: $0.name) },
                    annotations: truth.boxes.map { box in
                        Annotations.Annotation(
                            id: box.id, imageID: imageNumbers[box.imageID], categoryID: box.categoryID + 1,
                            bbox: Self.numbers(box.box), area: box.area, iscrowd: box.isCrowd ? 1 : 0)
                    }))
        }
    }

    private static func numbers(_ box: BoundingBox) -> [Double] { [box.x, box.y, box.width, box.height] }

    private static func encode(_ value: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(value) + Data("\n".utf8)
    }
}
