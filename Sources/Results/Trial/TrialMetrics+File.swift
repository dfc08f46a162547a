public import Foundation
import HDF5

/// The layout of `metrics.h5`:
///
/// ```
/// /                        attribute schema
/// metrics/names, values    one row a metric
/// classes/names            and classes/metrics (names) with classes/values: metric × class
/// curves/columns, epochs   and curves/values: epoch × column, the columns of results.csv without epoch and time
/// precision_recall/…       recalls, precisions: class × recall
/// images/ids, names
/// detections/…             image, class, score, box (× 4)
/// ```
extension TrialMetrics {
    private static let schema = 1
    /// Wall-clock time is left out: equal trainings give equal bytes.
    private static let curveColumns = Array(EpochRow.columnNames.dropFirst(2))

    /// Writes the file, whole or not at all. Throws `HDF5Error`.
    public func write(to url: URL) throws {
        let metricNames = metrics.keys.sorted()
        let classMetricNames = classMetrics.keys.sorted()
        precondition(
            classMetrics.values.allSatisfy { $0.count == classNames.count }, "A per-class metric has a value a class.")
        try HDF5File.write(to: url) { file in
            try file.setAttribute("schema", .int(Self.schema))
            try file.write(metricNames, to: "metrics/names")
            try file.write(
                metricNames.compactMap { metrics[$0] }, dimensions: [metricNames.count], to: "metrics/values")

            try file.write(classNames, to: "classes/names")
            try file.write(classMetricNames, to: "classes/metrics")
            try file.write(
                classMetricNames.flatMap { classMetrics[$0] ?? [] },
                dimensions: [classMetricNames.count, classNames.count], to: "classes/values")

            try file.write(Self.curveColumns, to: "curves/columns")
            try file.write(epochs.map { Int64($0.epoch) }, dimensions: [epochs.count], to: "curves/epochs")
            try file.write(
                epochs.flatMap { $0.values.dropFirst() }, dimensions: [epochs.count, Self.curveColumns.count],
                to: "curves/values")

            if let precisionRecall {
                let recalls = precisionRecall.recalls
                try file.write(recalls, dimensions: [recalls.count], to: "precision_recall/recalls")
                try file.write(
                    precisionRecall.precisions.flatMap { $0 },
                    dimensions: [precisionRecall.precisions.count, recalls.count], to: "precision_recall/precisions",
                    compression: 4)
            }

            try file.write(images.ids, dimensions: [images.ids.count], to: "images/ids")
            try file.write(images.names, to: "images/names")

            let count = detections.count
            try file.write(detections.images, dimensions: [count], to: "detections/image", compression: 4)
            try file.write(detections.classes, dimensions: [count], to: "detections/class", compression: 4)
            try file.write(detections.scores, dimensions: [count], to: "detections/score", compression: 4)
            try file.write(detections.boxes, dimensions: [count, 4], to: "detections/box", compression: 4)
        }
    }

    /// Reads the file. Times of the epochs are not in it and come back as 0.
    ///
    /// Throws `StoreError` where the file is missing, damaged or contradicts itself.
    public init(reading url: URL) throws(StoreError) {
        do {
            self = try HDF5File.read(url) { try Self.read($0) }
        } catch let error as Contradiction {
            throw StoreError(
                path: url.path, attempt: "read the metrics", cause: error.sentence, advice: StoreError.retrainAdvice)
        } catch {
            let cause = (error as? HDF5Error).map { error in
                error.object.isEmpty ? error.cause : "\(error.object): \(error.cause)"
            }
            throw StoreError(
                path: url.path, attempt: "read the metrics", cause: cause ?? "\(error)",
                advice: StoreError.retrainAdvice)
        }
    }

    private struct Contradiction: Error {
        let sentence: String
    }

    private static func read(_ file: borrowing HDF5File) throws -> TrialMetrics {
        func require(_ condition: Bool, _ sentence: String) throws {
            if !condition { throw Contradiction(sentence: sentence) }
        }
        let found = try file.attribute("schema")?.int ?? 0
        try require(found == schema, "it has schema \(found), this program reads \(schema)")

        let metricNames = try file.readStrings(from: "metrics/names")
        let metricValues = try file.read(Double.self, from: "metrics/values").values
        try require(
            metricNames.count == metricValues.count && Set(metricNames).count == metricNames.count,
            "metrics: \(metricNames.count) names for \(metricValues.count) values")

        let classNames = try file.readStrings(from: "classes/names")
        let classMetricNames = try file.readStrings(from: "classes/metrics")
        let classValues = try file.read(Double.self, from: "classes/values")
        try require(
            classValues.dimensions == [classMetricNames.count, classNames.count]
                && Set(classMetricNames).count == classMetricNames.count,
            "classes: values have dimensions \(classValues.dimensions)")

        let columns = try file.readStrings(from: "curves/columns")
        let epochs = try file.read(Int64.self, from: "curves/epochs").values
        let curves = try file.read(Double.self, from: "curves/values")
        try require(columns == curveColumns, "curves: the columns are not those of results.csv")
        try require(
            curves.dimensions == [epochs.count, columns.count], "curves: values have dimensions \(curves.dimensions)")

        let ids = try file.read(Int64.self, from: "images/ids").values
        let names = try file.readStrings(from: "images/names")
        try require(ids.count == names.count, "images: \(ids.count) IDs for \(names.count) names")

        let images = try file.read(Int32.self, from: "detections/image").values
        let classes = try file.read(Int32.self, from: "detections/class").values
        let scores = try file.read(Float.self, from: "detections/score").values
        let boxes = try file.read(Float.self, from: "detections/box")
        try require(
            classes.count == images.count && scores.count == images.count && boxes.dimensions == [images.count, 4],
            "detections: columns of different length")

        var precisionRecall: PrecisionRecall?
        if try file.exists("precision_recall") {
            let recalls = try file.read(Double.self, from: "precision_recall/recalls").values
            let table = try file.read(Double.self, from: "precision_recall/precisions")
            try require(
                table.dimensions.count == 2 && table.dimensions[1] == recalls.count,
                "precision_recall: precisions have dimensions \(table.dimensions)")
            precisionRecall = PrecisionRecall(recalls: recalls, precisions: table.rows)
        }
        let rows = try zip(epochs, curves.rows).map { epoch, values in
            guard let row = EpochRow(epoch: Int(epoch), values: [0] + values) else {
                throw Contradiction(sentence: "curves: a row has \(values.count) columns")
            }
            return row
        }
        return TrialMetrics(
            metrics: Dictionary(zip(metricNames, metricValues), uniquingKeysWith: { first, _ in first }),
            classNames: classNames,
            classMetrics: Dictionary(
                zip(classMetricNames, classValues.rows), uniquingKeysWith: { first, _ in first }),
            epochs: rows, precisionRecall: precisionRecall, images: Images(ids: ids, names: names),
            detections: Detections(images: images, classes: classes, scores: scores, boxes: boxes.values))
    }
}

extension HDF5Array {
    /// The rows of a matrix.
    fileprivate var rows: [[Element]] {
        precondition(dimensions.count == 2, "A matrix has two dimensions.")
        return (0..<dimensions[0]).map { Array(values[$0 * dimensions[1]..<($0 + 1) * dimensions[1]]) }
    }
}
