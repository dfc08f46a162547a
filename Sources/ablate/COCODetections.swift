import Datasets
import Foundation
import Metrics
import Training

/// An evaluation as COCO's files hold it: results and annotations with the same numbers of images and classes.
struct COCODetections {
    let evaluation: Evaluation
    /// COCO's number of each image, by position in the split.
    let imageNumbers: [Int]
    /// COCO's number of each class, by class index.
    let classNumbers: [Int]

    /// - Parameter source: the split that was evaluated. Its own numbers are used if it has them; else an image's file
    ///   name, as COCO's files are named, if all are numbers; else images are counted from 1. So are classes.
    init(_ evaluation: Evaluation, of source: any DetectionSource) {
        self.evaluation = evaluation
        let names = evaluation.imageNames
        let own = names.indices.compactMap { source.number(at: $0) }
        let spelt = names.compactMap { name in
            Int(URL(fileURLWithPath: name).deletingPathExtension().lastPathComponent)
        }
        func isNumbering(_ numbers: [Int]) -> Bool {
            numbers.count == names.count && Set(numbers).count == names.count && numbers.allSatisfy { $0 >= 0 }
        }
        imageNumbers = [own, spelt].first(where: isNumbering) ?? Array(1...max(names.count, 1))
        classNumbers = source.classNumbers ?? source.classNames.indices.map { $0 + 1 }
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
                        imageID: imageNumbers[detection.imageID], categoryID: classNumbers[detection.categoryID],
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
                    categories: truth.categories.map { Annotations.Category(id: classNumbers[$0.id], name: $0.name) },
                    annotations: truth.boxes.map { box in
                        Annotations.Annotation(
                            id: box.id, imageID: imageNumbers[box.imageID], categoryID: classNumbers[box.categoryID],
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
