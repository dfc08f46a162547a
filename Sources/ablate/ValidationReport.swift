import Foundation
import Metrics
import Models
import Training

/// What `ablate val` prints.
struct ValidationReport {
    /// One class, or all of them.
    struct Row: Encodable {
        var name: String
        var images: Int
        var boxes: Int
        /// Ultralytics'; nil for a class without boxes.
        var precision: Double?
        var recall: Double?
        var mAP50U: Double?
        var mAP5095U: Double?
        /// COCO's.
        var ap50: Double?
        var ap: Double?

        private enum CodingKeys: String, CodingKey {
            case name, images, boxes
            case precision = "precision(U)"
            case recall = "recall(U)"
            case mAP50U = "mAP50(U)"
            case mAP5095U = "mAP50-95(U)"
            case ap50 = "AP50"
            case ap = "AP"
        }
    }

    private struct Document: Encodable {
        struct Losses: Encodable {
            var box: Double
            var cls: Double
            var dfl: Double
        }

        struct Confusion: Encodable {
            /// Of rows (predicted) and columns (true); the last is the background.
            var classes: [String]
            var counts: [[Int]]
        }

        var weights: String
        var network: String
        var data: String
        var split: String
        var imgsz: Int
        var images: Int
        var detections: Int
        var metrics: [String: Double]
        var losses: Losses
        var classes: [Row]
        var confusion: Confusion?
        var diagnosis: String?
    }

    private let document: Document
    private let all: Row

    init(
        _ evaluation: Evaluation, network: String, weights: String, data: String, split: String, imageSize: Int,
        diagnosis: String?
    ) {
        let truth = evaluation.groundTruth
        let result = evaluation.result
        func images(_ category: Int?) -> Int {
            Set(truth.boxes.filter { category == nil || $0.categoryID == category }.map(\.imageID)).count
        }
        let ultralytics = Dictionary(
            (result.ultralytics?.perClass ?? []).map { ($0.category.id, $0) }, uniquingKeysWith: { first, _ in first })
        let coco = Dictionary(
            (result.coco?.perClass ?? []).map { ($0.category.id, $0) }, uniquingKeysWith: { first, _ in first })
        let rows = truth.categories.map { category -> Row in
            let (theirs, own) = (ultralytics[category.id], coco[category.id])
            return Row(
                name: category.name, images: images(category.id),
                boxes: truth.boxes.count { $0.categoryID == category.id }, precision: theirs?.precision,
                recall: theirs?.recall, mAP50U: theirs?.ap50, mAP5095U: theirs?.ap,
                ap50: own.flatMap { $0.ap50 < 0 ? nil : $0.ap50 }, ap: own.flatMap { $0.ap < 0 ? nil : $0.ap })
        }
        let metrics = Dictionary(
            uniqueKeysWithValues: Metric.all.compactMap { metric in metric.value(result).map { (metric.name, $0) } })
        all = Row(
            name: "all", images: truth.images.count, boxes: truth.boxes.count, precision: metrics["precision(U)"],
            recall: metrics["recall(U)"], mAP50U: metrics["mAP50(U)"], mAP5095U: metrics["mAP50-95(U)"],
            ap50: metrics["mAP50"], ap: metrics["mAP50-95"])
        let confusion = result.ultralytics.map { evaluation -> Document.Confusion in
            let matrix = evaluation.confusion
            let places = matrix.categories.indices.map(Optional.some) + [nil]
            return Document.Confusion(
                classes: matrix.categories.map(\.name) + ["background"],
                counts: places.map { predicted in places.map { matrix[predicted: predicted, actual: $0] } })
        }
        document = Document(
            weights: weights, network: network, data: data, split: split, imgsz: imageSize,
            images: truth.images.count, detections: evaluation.detections.count, metrics: metrics,
            losses: Document.Losses(box: evaluation.losses.box, cls: evaluation.losses.cls, dfl: evaluation.losses.dfl),
            classes: rows, confusion: confusion, diagnosis: diagnosis)
    }

    /// All numbers with all their digits.
    var json: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(document), as: UTF8.self)
        }
    }

    /// Tables for people.
    var text: String {
        var blocks = [
            "\(document.network) from \(document.weights)\n\(document.data), \(document.split): \(document.images) images at "
                + "\(document.imgsz) px, \(document.detections) detections"
        ]
        var table = [["class", "images", "boxes", "P", "R", "mAP50(U)", "mAP50-95(U)", "AP50", "AP"]]
        for row in [all] + (document.classes.count > 1 ? document.classes : []) {
            table.append(
                [row.name, "\(row.images)", "\(row.boxes)"]
                    + [row.precision, row.recall, row.mAP50U, row.mAP5095U, row.ap50, row.ap].map(Self.text))
        }
        blocks.append(Self.aligned(table))
        let losses = [document.losses.box, document.losses.cls, document.losses.dfl].map { Self.text($0) }
        blocks.append("losses: box \(losses[0]), cls \(losses[1]), dfl \(losses[2])")
        if let confusion = document.confusion {
            var table = [["predicted \\ true"] + confusion.classes]
            for (name, counts) in zip(confusion.classes, confusion.counts) {
                table.append([name] + counts.map(String.init))
            }
            blocks.append(
                "Confusion of detections above a score of 0.25, at an IoU above 0.45:\n\n" + Self.aligned(table))
        }
        if let diagnosis = document.diagnosis { blocks.append("Diagnosis: \(diagnosis)") }
        return blocks.joined(separator: "\n\n")
    }

    private static func text(_ value: Double?) -> String { value.map { String(format: "%.4f", $0) } ?? "-" }

    /// Columns side by side, the first to the left, numbers to the right.
    private static func aligned(_ table: [[String]]) -> String {
        let widths = table[0].indices.map { column in table.map { $0[column].count }.max() ?? 0 }
        return table.map { row in
            row.indices.map { column in
                let space = String(repeating: " ", count: widths[column] - row[column].count)
                return column == 0 ? row[column] + space : space + row[column]
            }.joined(separator: "  ").trimmedEnd
        }.joined(separator: "\n")
    }
}

extension String {
    fileprivate var trimmedEnd: String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}
