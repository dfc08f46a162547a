import ArgumentParser
import Datasets
import Engine
import Foundation
import Metrics
import Models
import Training

/// `ablate val`: measures a trained detector on a data set.
struct ValCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "val",
        abstract: "Validates a trained detector: COCO's and Ultralytics' metrics, by class, and a confusion matrix.",
        discussion: """
            Images run in rectangles of like shape, as Ultralytics 8.3.0 validates, with conf 0.001, iou 0.7 and at most \
            300 detections an image. P and R are Ultralytics', at IoU .5 and the score of the best mean F1; columns with \
            (U) are its mAP, AP and AP50 are COCO's.

            --save-json writes the detections as COCO results, --save-labels the labels with the same numbers of images \
            and classes: `ablate coco-eval labels.json coco.json` and pycocotools read both. Data in COCO's format keep their \
            numbers. Of other data, an image whose file name is a number has that number, if all have; else images are \
            counted from 1. Classes are counted from 1.

            EXAMPLES:
              ablate val --weights results/ghost/v2-n-s0-0123456789 --data path/to/data.yaml
              ablate val --weights yolo11n.h5 --data coco.yaml --imgsz 640 --batch 32 --format json
              ablate val --weights best.h5 --data data.yaml --save-json coco.json --save-labels labels.json
            """)

    /// How the numbers are printed.
    enum Format: String, CaseIterable, ExpressibleByArgument {
        case text, json
    }

    /// Which images are validated on.
    enum Split: String, CaseIterable, ExpressibleByArgument {
        case train, val, test
    }

    @OptionGroup var saved: WeightsArguments

    @Option(help: "The data set: the path of its data.yaml, or a built-in one (shapes).")
    var data: String

    @Option(help: "The split: train, val or test.")
    var split: Split = .val

    @Option(help: "Images of a pass; it decides which images share a frame, and so moves the last digits.")
    var batch = 16

    @Option(help: "Lowest score of a detection.")
    var conf = 0.001

    @Option(help: "Overlap above which the weaker of two boxes is dropped.")
    var iou = 0.7

    @Option(name: .customLong("max-det"), help: "Detections of an image at most.")
    var maximumDetections = 300

    @Flag(help: "Run all images in squares of --imgsz instead of rectangles.")
    var square = false

    @Option(help: "How to print: text or json.")
    var format: Format = .text

    @Option(help: ArgumentHelp("Write the detections as COCO results.", valueName: "file"))
    var saveJson: String?

    @Option(help: ArgumentHelp("Write the labels as COCO annotations that belong to --save-json.", valueName: "file"))
    var saveLabels: String?

    func validate() throws {
        if batch < 1 { throw ValidationError("--batch is \(batch), expected at least 1") }
        if !(0...1).contains(conf) { throw ValidationError("--conf is \(conf), expected 0 to 1") }
        if !(0...1).contains(iou) { throw ValidationError("--iou is \(iou), expected 0 to 1") }
        if maximumDetections < 1 { throw ValidationError("--max-det is \(maximumDetections), expected at least 1") }
    }

    func run() throws {
        let data = try Datasets.open(spec: data, relativeTo: nil)
        for warning in data.warnings { standardError("warning: \(warning)") }
        let source = try source(of: data)
        let detector = try saved.detector(classCount: data.classNames.count)
        try check(detector, against: data)
        let evaluation = try evaluate(detector, source)
        let report = ValidationReport(
            evaluation, network: detector.network.name, weights: saved.weights, data: self.data,
            split: split.rawValue, imageSize: imageSize(detector),
            diagnosis: saved.diagnosis() ?? LearningDiagnosis(validation: evaluation, source: source).paragraph)
        let file = COCODetections(evaluation, of: source)
        if let saveJson { try write(file.results, to: saveJson) }
        if let saveLabels { try write(file.annotations, to: saveLabels) }
        print(format == .json ? try report.json : report.text)
    }

    private func imageSize(_ detector: SavedDetector) -> Int {
        saved.model.imgsz?.height ?? detector.header.imageSize ?? 640
    }

    private func source(of data: DetectionData) throws -> any DetectionSource {
        switch split {
        case .train: return data.train
        case .val: return data.val
        case .test:
            guard let test = data.test else { throw InputError("--split test: \(self.data) has no test images") }
            return test
        }
    }

    /// Weights and data must know the same classes.
    private func check(_ detector: SavedDetector, against data: DetectionData) throws {
        let count = detector.network.classCount
        guard count == data.classNames.count else {
            throw InputError(
                "the weights know \(count) classes (\(detector.classNames.prefix(5).joined(separator: ", "))"
                    + "\(count > 5 ? ", …" : "")), \(self.data) has \(data.classNames.count)")
        }
        let names = detector.header.classNames
        if names.count == count, names != data.classNames {
            let (mine, theirs) = zip(names, data.classNames).first { $0 != $1 } ?? ("", "")
            standardError(
                "warning: the weights were trained for other class names than the data has (\(mine), not \(theirs)); "
                    + "classes are compared by their position")
        }
    }

    private func evaluate(_ detector: SavedDetector, _ source: any DetectionSource) throws -> Evaluation {
        var settings = TrainingConfiguration()
        settings.imageSize = imageSize(detector)
        settings.confidence = conf
        settings.iou = iou
        settings.maxDetections = maximumDetections
        settings.validatesInRectangles = !square
        let evaluator = try Evaluator(
            detector.network, configuration: settings, batch: batch, source: source, parameters: detector.parameters,
            pool: ThreadPool(threads: saved.threads))
        return try evaluator.evaluate()
    }
}

/// Writes a file of results, whole or not at all; says where it cannot.
func write(_ data: Data, to path: String) throws {
    do {
        try data.write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
        standardError("error: cannot write \(path): \(error.localizedDescription)")
        throw ExitCode.failure
    }
}
