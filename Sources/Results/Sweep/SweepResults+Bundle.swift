public import Foundation
import HDF5
import Metrics

/// The layout of a bundle, one HDF5 file:
///
/// ```
/// /                             attributes format, schema, code_version
/// plan, records                 JSON as the store writes it
/// manifest                      the manifest's text
/// problems                      what could not be read when the bundle was made
/// trials/<id>/…                 the layout of metrics.h5
/// trials/<id>/log/epochs, values   the columns of results.csv without epoch, times included
/// validation/<digest>/…         classes, images, boxes, crowd; pictures/<image>/png with attributes
/// tables/<name>                 the tables as text, for readers without this program
/// ```
extension SweepResults {
    private static let format = "ablate bundle"
    private static let schema = 1

    /// Writes everything into one file, whole or not at all. Equal results give equal bytes.
    ///
    /// - `tables`: texts by name, such as `trials.csv`, to be read without this program.
    public func writeBundle(to url: URL, tables: [String: String] = [:]) throws {
        try HDF5File.write(to: url) { file in
            try file.setAttribute("format", .string(Self.format))
            try file.setAttribute("schema", .int(Self.schema))
            try file.write([String(decoding: plan.encoded(), as: UTF8.self)], to: "plan")
            try file.write([plan.manifestText], to: "manifest")
            try file.write(problems, to: "problems")
            if let codeVersion { try file.setAttribute("code_version", .string(codeVersion)) }
            let bundled = records.map { BundledRecord($0, spentSeconds: spentSeconds[$0.trial.trialID] ?? 0) }
            try file.write([String(decoding: BundledRecord.encoder.encode(bundled), as: UTF8.self)], to: "records")
            for record in records {
                let id = record.trial.trialID
                if let metrics = metrics[id] { try metrics.write(into: file, under: "trials/\(id)/") }
                if let rows = epochs[id] {
                    try file.write(
                        rows.map { Int64($0.epoch) }, dimensions: [rows.count], to: "trials/\(id)/log/epochs")
                    try file.write(
                        rows.flatMap(\.values), dimensions: [rows.count, EpochRow.columnNames.count - 1],
                        to: "trials/\(id)/log/values")
                }
            }
            for (digest, images) in validation.sorted(by: { $0.key < $1.key }) {
                try images.write(into: file, under: "validation/\(digest)/")
            }
            for (name, text) in tables.sorted(by: { $0.key < $1.key }) { try file.write([text], to: "tables/\(name)") }
        }
    }

    /// Whether a file is a bundle, so that a word of the command line can be told from a sweep's name.
    public static func isBundle(_ url: URL) -> Bool {
        (try? HDF5File.read(url) { try $0.attribute("format")?.string == format }) ?? false
    }

    /// Reads a bundle. Throws `StoreError` where it is missing, damaged, of a newer schema or contradicts itself.
    public init(readingBundle url: URL) throws(StoreError) {
        do {
            self = try HDF5File.read(url) { try Self.read($0) }
        } catch {
            throw StoreError(
                path: url.path, attempt: "read the bundle", cause: StoreError.cause(error),
                advice: "`ablate export SWEEP --bundle FILE` writes it again where the results are.")
        }
    }

    private static func read(_ file: borrowing HDF5File) throws -> SweepResults {
        guard try file.attribute("format")?.string == format else {
            throw FileContradiction(sentence: "it is an HDF5 file, but no bundle")
        }
        let found = try file.attribute("schema")?.int ?? 0
        guard found == schema else {
            throw FileContradiction(sentence: "it has schema \(found), this program reads \(schema)")
        }
        let plan = try StoredPlan(decoding: Data(text("plan", in: file).utf8))
        let bundled = try BundledRecord.decoder.decode(
            [BundledRecord].self, from: Data(text("records", in: file).utf8))
        guard bundled.map(\.trialID) == plan.trials.map(\.trialID) else {
            throw FileContradiction(sentence: "its records are not those of its plan")
        }
        var results = SweepResults(plan: plan, records: zip(plan.trials, bundled).map { $1.record(of: $0) })
        results.codeVersion = try file.attribute("code_version")?.string
        results.problems = try file.readStrings(from: "problems")
        for record in bundled {
            let id = record.trialID
            results.spentSeconds[id] = record.spentSeconds
            if try file.exists("trials/\(id)/metrics") {
                results.metrics[id] = try TrialMetrics(reading: file, under: "trials/\(id)/")
            }
            if try file.exists("trials/\(id)/log") { results.epochs[id] = try rows("trials/\(id)/log", in: file) }
        }
        if try file.exists("validation") {
            for digest in try file.children(of: "validation") {
                results.validation[digest] = try ValidationImages(reading: file, under: "validation/\(digest)/")
            }
        }
        return results
    }

    private static func text(_ name: String, in file: borrowing HDF5File) throws -> String {
        let strings = try file.readStrings(from: name)
        guard let text = strings.first, strings.count == 1 else {
            throw FileContradiction(sentence: "\(name): \(strings.count) texts, expected one")
        }
        return text
    }

    private static func rows(_ group: String, in file: borrowing HDF5File) throws -> [EpochRow] {
        let epochs = try file.read(Int64.self, from: "\(group)/epochs").values
        let values = try file.read(Double.self, from: "\(group)/values")
        guard values.dimensions == [epochs.count, EpochRow.columnNames.count - 1] else {
            throw FileContradiction(sentence: "\(group): values have dimensions \(values.dimensions)")
        }
        return zip(epochs, values.rows).compactMap { EpochRow(epoch: Int($0), values: $1) }
    }
}

/// A trial's record without its folder.
private struct BundledRecord: Codable {
    var trialID: String
    var state: TrialState
    var attempts: Int
    var record: DoneRecord?
    var environment: TrialEnvironment?
    var spentSeconds: Double

    init(_ record: TrialRecord, spentSeconds: Double) {
        trialID = record.trial.trialID
        state = record.state
        attempts = record.attempts
        self.record = record.record
        environment = record.environment
        for name in TrialEnvironment.localDetails { environment?.details[name] = nil }
        self.spentSeconds = spentSeconds
    }

    func record(of trial: StoredTrial) -> TrialRecord {
        TrialRecord(
            trial: trial, directory: nil, state: state, attempts: attempts, record: record, environment: environment)
    }

    static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return encoder
    }

    static var decoder: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return decoder
    }
}

extension SweepResults.ValidationImages {
    fileprivate func write(into file: borrowing HDF5File, under group: String) throws {
        let boxes = groundTruth.boxes
        try file.write(groundTruth.categories.map(\.name), to: group + "classes")
        try file.write(
            groundTruth.images.map(Int64.init), dimensions: [groundTruth.images.count], to: group + "images")
        let numbers: [Int64] = boxes.flatMap { [Int64($0.imageID), Int64($0.categoryID), $0.isCrowd ? 1 : 0] }
        try file.write(numbers, dimensions: [boxes.count, 3], to: group + "boxes/image_class_crowd", compression: 4)
        try file.write(
            boxes.flatMap { [$0.box.x, $0.box.y, $0.box.width, $0.box.height, $0.area] },
            dimensions: [boxes.count, 5], to: group + "boxes/x_y_width_height_area", compression: 4)
        for picture in pictures {
            let place = group + "pictures/\(picture.image)"
            try file.write(picture.png, dimensions: [picture.png.count], to: place)
            try file.setAttribute("name", .string(picture.name), of: place)
            try file.setAttribute("width", .int(picture.width), of: place)
            try file.setAttribute("height", .int(picture.height), of: place)
        }
    }

    fileprivate init(reading file: borrowing HDF5File, under group: String) throws {
        let classes = try file.readStrings(from: group + "classes")
        let images = try file.read(Int64.self, from: group + "images").values
        let numbers = try file.read(Int64.self, from: group + "boxes/image_class_crowd")
        let places = try file.read(Double.self, from: group + "boxes/x_y_width_height_area")
        guard numbers.dimensions.count == 2, numbers.dimensions[1] == 3,
            places.dimensions == [numbers.dimensions[0], 5]
        else { throw FileContradiction(sentence: "\(group)boxes: columns of different length") }
        let boxes = zip(numbers.rows, places.rows).enumerated().map { index, columns in
            let (number, place) = columns
            return GroundTruthBox(
                id: index + 1, imageID: Int(number[0]), categoryID: Int(number[1]),
                box: BoundingBox(x: place[0], y: place[1], width: place[2], height: place[3]), area: place[4],
                isCrowd: number[2] != 0)
        }
        var pictures: [SweepResults.Picture] = []
        if try file.exists(group + "pictures") {
            for name in try file.children(of: group + "pictures") {
                let place = group + "pictures/\(name)"
                guard let image = Int(name), let title = try file.attribute("name", of: place)?.string,
                    let width = try file.attribute("width", of: place)?.int,
                    let height = try file.attribute("height", of: place)?.int
                else { throw FileContradiction(sentence: "\(place): no name or size") }
                pictures.append(
                    SweepResults.Picture(
                        image: image, name: title, width: width, height: height,
                        png: try file.read(UInt8.self, from: place).values))
            }
        }
        self.init(
            groundTruth: GroundTruth(
                images: images.map(Int.init),
                categories: classes.enumerated().map { GroundTruth.Category(id: $0, name: $1) }, boxes: boxes),
            pictures: pictures.sorted { $0.image < $1.image })
    }
}
