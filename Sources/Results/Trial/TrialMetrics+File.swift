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
/// detections/…             image, class, score, box (× 4); only a bundle may lack them
/// ```
extension TrialMetrics {
    private static let schema = 1
    /// Wall-clock time is left out: equal trainings give equal bytes.
    private static let curveColumns = Array(EpochRow.columnNames.dropFirst(2))

    /// Writes the file, whole or not at all. Throws `HDF5Error`.
    public func write(to url: URL) throws {
        try HDF5File.write(to: url) { try write(into: $0) }
    }

    /// Writes the layout under a group of an open file, named as `trials/0a1b/`; empty for the root. Throws `HDF5Error`.
    func write(into file: borrowing HDF5File, under group: String = "") throws {
        let metricNames = metrics.keys.sorted()
        let classMetricNames = classMetrics.keys.sorted()
        precondition(
            classMetrics.values.allSatisfy { $0.count == classNames.count }, "A per-class metric has a value a class.")
        try file.makeGroup(group.isEmpty ? "/" : group)
        try file.setAttribute("schema", .int(Self.schema), of: group.isEmpty ? "/" : group)
        try file.write(metricNames, to: group + "metrics/names")
        try file.write(
            metricNames.compactMap { metrics[$0] }, dimensions: [metricNames.count], to: group + "metrics/values")

        try file.write(classNames, to: group + "classes/names")
        try file.write(classMetricNames, to: group + "classes/metrics")
        try file.write(
            classMetricNames.flatMap { classMetrics[$0] ?? [] },
            dimensions: [classMetricNames.count, classNames.count], to: group + "classes/values")

        try file.write(Self.curveColumns, to: group + "curves/columns")
        try file.write(epochs.map { Int64($0.epoch) }, dimensions: [epochs.count], to: group + "curves/epochs")
        try file.write(
            epochs.flatMap { $0.values.dropFirst() }, dimensions: [epochs.count, Self.curveColumns.count],
            to: group + "curves/values")

        if let precisionRecall {
            let recalls = precisionRecall.recalls
            try file.write(recalls, dimensions: [recalls.count], to: group + "precision_recall/recalls")
            try file.write(
                precisionRecall.precisions.flatMap { $0 },
                dimensions: [precisionRecall.precisions.count, recalls.count],
                to: group + "precision_recall/precisions",
                compression: 4)
        }

        try file.write(images.ids, dimensions: [images.ids.count], to: group + "images/ids")
        try file.write(images.names, to: group + "images/names")

        guard let detections else { return }
        let count = detections.count
        try file.write(detections.images, dimensions: [count], to: group + "detections/image", compression: 4)
        try file.write(detections.classes, dimensions: [count], to: group + "detections/class", compression: 4)
        try file.write(detections.scores, dimensions: [count], to: group + "detections/score", compression: 4)
        try file.write(detections.boxes, dimensions: [count, 4], to: group + "detections/box", compression: 4)
    }

    /// Reads the file. Times of the epochs are not in it and come back as 0.
    ///
    /// - `withDetections`: false leaves them out: they are nearly all of the file.
    ///
    /// Throws `StoreError` where the file is missing, damaged or contradicts itself.
    public init(reading url: URL, withDetections: Bool = true) throws(StoreError) {
        do {
            self = try HDF5File.read(url) { try Self(reading: $0, withDetections: withDetections) }
        } catch {
            throw StoreError(
                path: url.path, attempt: "read the metrics", cause: StoreError.cause(error),
                advice: StoreError.retrainAdvice)
        }
    }

    /// Reads the layout under a group of an open file.
    init(reading file: borrowing HDF5File, under group: String = "", withDetections: Bool = true) throws {
        func require(_ condition: Bool, _ sentence: String) throws {
            if !condition { throw FileContradiction(sentence: sentence) }
        }
        let found = try file.attribute("schema", of: group.isEmpty ? "/" : group)?.int ?? 0
        try require(found == Self.schema, "it has schema \(found), this program reads \(Self.schema)")

        let metricNames = try file.readStrings(from: group + "metrics/names")
        let metricValues = try file.read(Double.self, from: group + "metrics/values").values
        try require(
            metricNames.count == metricValues.count && Set(metricNames).count == metricNames.count,
            "metrics: \(metricNames.count) names for \(metricValues.count) values")

        let classNames = try file.readStrings(from: group + "classes/names")
        let classMetricNames = try file.readStrings(from: group + "classes/metrics")
        let classValues = try file.read(Double.self, from: group + "classes/values")
        try require(
            classValues.dimensions == [classMetricNames.count, classNames.count]
                && Set(classMetricNames).count == classMetricNames.count,
            "classes: values have dimensions \(classValues.dimensions)")

        let columns = try file.readStrings(from: group + "curves/columns")
        let epochs = try file.read(Int64.self, from: group + "curves/epochs").values
        let curves = try file.read(Double.self, from: group + "curves/values")
        try require(columns == Self.curveColumns, "curves: the columns are not those of results.csv")
        try require(
            curves.dimensions == [epochs.count, columns.count], "curves: values have dimensions \(curves.dimensions)")

        let ids = try file.read(Int64.self, from: group + "images/ids").values
        let names = try file.readStrings(from: group + "images/names")
        try require(ids.count == names.count, "images: \(ids.count) IDs for \(names.count) names")

        var precisionRecall: PrecisionRecall?
        if try file.exists(group + "precision_recall") {
            let recalls = try file.read(Double.self, from: group + "precision_recall/recalls").values
            let table = try file.read(Double.self, from: group + "precision_recall/precisions")
            try require(
                table.dimensions.count == 2 && table.dimensions[1] == recalls.count,
                "precision_recall: precisions have dimensions \(table.dimensions)")
            precisionRecall = PrecisionRecall(recalls: recalls, precisions: table.rows)
        }
        var detections: Detections?
        if withDetections, try group.isEmpty || file.exists(group + "detections") {
            detections = try Detections(reading: file, under: group)
        }
        let rows = try zip(epochs, curves.rows).map { epoch, values in
            guard let row = EpochRow(epoch: Int(epoch), values: [0] + values) else {
                throw FileContradiction(sentence: "curves: a row has \(values.count) columns")
            }
            return row
        }
        self.init(
            metrics: Dictionary(zip(metricNames, metricValues), uniquingKeysWith: { first, _ in first }),
            classNames: classNames,
            classMetrics: Dictionary(
                zip(classMetricNames, classValues.rows), uniquingKeysWith: { first, _ in first }),
            epochs: rows, precisionRecall: precisionRecall, images: Images(ids: ids, names: names))
        self.detections = detections
    }
}

extension TrialMetrics.Detections {
    /// Reads the detections of a `metrics.h5` alone.
    ///
    /// Throws `StoreError` where the file is missing, damaged or contradicts itself.
    public init(reading url: URL) throws(StoreError) {
        do {
            self = try HDF5File.read(url) { try Self(reading: $0, under: "") }
        } catch {
            throw StoreError(
                path: url.path, attempt: "read the detections", cause: StoreError.cause(error),
                advice: StoreError.retrainAdvice)
        }
    }

    fileprivate init(reading file: borrowing HDF5File, under group: String) throws {
        let images = try file.read(Int32.self, from: group + "detections/image").values
        let classes = try file.read(Int32.self, from: group + "detections/class").values
        let scores = try file.read(Float.self, from: group + "detections/score").values
        let boxes = try file.read(Float.self, from: group + "detections/box")
        guard classes.count == images.count, scores.count == images.count, boxes.dimensions == [images.count, 4] else {
            throw FileContradiction(sentence: "detections: columns of different length")
        }
        self.init(images: images, classes: classes, scores: scores, boxes: boxes.values)
    }
}

/// A file whose parts do not fit together.
struct FileContradiction: Error {
    let sentence: String
}

extension StoreError {
    /// Why reading an HDF5 file failed, in one line.
    static func cause(_ error: any Error) -> String {
        switch error {
        case let error as FileContradiction: error.sentence
        case let error as HDF5Error: error.object.isEmpty ? error.cause : "\(error.object): \(error.cause)"
        case is DecodingError: StoreJSON.reason(error)
        default: "\(error)"
        }
    }
}

extension HDF5Array {
    /// The rows of a matrix.
    var rows: [[Element]] {
        precondition(dimensions.count == 2, "A matrix has two dimensions.")
        return (0..<dimensions[0]).map { Array(values[$0 * dimensions[1]..<($0 + 1) * dimensions[1]]) }
    }
}
