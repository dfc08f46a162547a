import ArgumentParser
import Metrics

/// `ablate coco-eval`: COCO's numbers from two JSON files.
struct CocoEvalCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coco-eval",
        abstract: "Computes COCO's average precision of detections in a JSON file.",
        discussion: """
            Prints the twelve numbers of pycocotools' COCOeval for boxes, and AP and AP50 of every class; -1 where there \
            was nothing to find. With --format json every number has all its digits.

            EXAMPLE:
              ablate coco-eval instances_val2017.json detections.json --format json > metrics.json
            """)

    /// How the numbers are printed.
    enum Format: String, CaseIterable, ExpressibleByArgument {
        case text, json
    }

    @Argument(help: "COCO annotations: images, categories, annotations.", completion: .file(extensions: ["json"]))
    var groundTruth: String

    @Argument(
        help: "COCO results: an array of objects with image_id, category_id, bbox and score.",
        completion: .file(extensions: ["json"]))
    var detections: String

    @Option(help: "How to print: text or json.")
    var format: Format = .text

    func run() throws {
        let groundTruth = try GroundTruth(cocoFile: groundTruth)
        let detections = try Detection.read(cocoFile: detections, for: groundTruth)
        let evaluation = try COCOEvaluation(groundTruth: groundTruth, detections: detections)
        switch format {
        case .text: print(evaluation.text)
        case .json: print(evaluation.json)
        }
    }
}
