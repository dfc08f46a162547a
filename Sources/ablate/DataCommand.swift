import ArgumentParser
import Datasets
import Experiments
import Foundation
import Training

/// `ablate data`: what a data set holds, before anything is trained on it.
struct DataCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data",
        abstract: "Checks a data set, or shows its images with their boxes.",
        discussion: """
            DATA is the path of a data.yaml or of a data set's folder, or the name of a built-in one; \
            `ablate list datasets` tells the layouts.

            EXAMPLES:
              ablate data check path/to/data.yaml
              ablate data preview path/to/data.yaml --augment -o sheet.png
            """,
        subcommands: [DataCheckCommand.self, DataPreviewCommand.self])
}

/// `ablate data check`: everything that is wrong or odd about a data set.
struct DataCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Reads every label and decodes every image of a data set, and tells what is wrong or odd.",
        discussion: """
            Errors keep one from training: wrong labels, images that do not decode. Warnings do not: the same image in \
            train and val (by the bytes of the files), duplicates, boxes that stick out or are narrower than two pixels, \
            classes without boxes, label files without images. Small, medium and large boxes are COCO's: below 32x32 \
            pixels of the image, below 96x96, and above. Exit status: 0, or 1 where there are errors.

            EXAMPLES:
              ablate data check path/to/data.yaml
              ablate data check path/to/VOC2012 --format json > check.json
              ablate data check path/to/dataset --strict
            """)

    enum Format: String, CaseIterable, ExpressibleByArgument { case text, json }

    @Argument(help: "A data.yaml, a data set's folder, or a built-in data set.", completion: .file())
    var data: String

    @Option(help: "text or json; json has every finding.")
    var format: Format = .text

    @Flag(help: "Exit with 1 for warnings too.")
    var strict = false

    @Option(help: "Images that are decoded at a time.")
    var threads = ProcessInfo.processInfo.activeProcessorCount

    func validate() throws {
        if threads < 1 { throw ValidationError("--threads is \(threads), expected at least 1") }
    }

    func run() throws {
        let progress = ProgressLine("reading labels and headers")
        let inspection = DataInspection(spec: data, threads: threads) { done, total in
            progress.show("decoding images: \(done) of \(total)")
        }
        progress.finish()
        let report = DataReport(inspection: inspection)
        switch format {
        case .text: print(report.text, terminator: "")
        case .json: print(try report.json())
        }
        if inspection.hasErrors || (strict && !inspection.findings.isEmpty) { throw ExitCode(1) }
    }
}

/// `ablate data preview`: a picture of labelled images.
struct DataPreviewCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "preview",
        abstract: "Draws images of a data set with their boxes on one sheet, before and after augmentation.",
        discussion: """
            With --augment, the right half of each pair is what a training would see: the loader's own images of its \
            second epoch, in its order, with the settings given as key=value. The same command draws the same bytes. \
            Regions that are not trained on are grey.

            EXAMPLES:
              ablate data preview path/to/data.yaml -n 9 --split val -o val.png
              ablate data preview path/to/data.yaml --augment --seed 3 -o sheet.png
              ablate data preview shapes --augment degrees=20 mosaic=0 imgsz=320 -o sheet.png
            """)

    @Argument(help: "A data.yaml, a data set's folder, or a built-in data set.", completion: .file())
    var data: String

    @Argument(help: "key=value: imgsz, classes, single_cls, fraction, and any key of augmentation.")
    var words: [String] = []

    @Flag(help: "Show each image before and after augmentation.")
    var augment = false

    @Option(name: .customShort("n"), help: "Images.")
    var count = 16

    enum Split: String, CaseIterable, ExpressibleByArgument { case train, val }

    @Option(help: "train or val.")
    var split: Split = .train

    @Option(help: "Seed of the training that is shown.")
    var seed: UInt64 = 0

    @Option(help: "Side of one image on the sheet, in pixels.")
    var tile = 320

    @Option(name: .shortAndLong, help: "The picture: .png or .jpg.", completion: .file(extensions: ["png", "jpg"]))
    var output = "preview.png"

    func validate() throws {
        if count < 1 || count > 400 { throw ValidationError("-n is \(count), expected 1 to 400") }
        if tile < 64 || tile > 1280 { throw ValidationError("--tile is \(tile), expected 64 to 1280") }
        if augment, split != .train { throw ValidationError("--augment shows training: leave out --split val") }
        for word in words {
            let name = String(word.prefix { $0 != "=" })
            if name == "seed" || name == "seeds" { throw ValidationError("\(word): give the seed as --seed") }
            // Unknown keys are reported with the nearest right one when they are read.
            guard let key = ConfigurationKey.named(name) else { continue }
            if key.name == "data" || (key.section != .data && key.section != .augmentation) {
                throw ValidationError("\(word): \(key.name) does not change what is drawn")
            }
        }
    }

    func run() throws {
        let configuration = try reportingDiagnostics { () throws(Diagnostics) in
            try Manifest(words: ["data=\(data)"] + words, name: "preview").configuration()
        }
        let sheet = ContactSheet(
            split: split == .train ? .train : .val, count: count, tile: tile, imageSize: configuration.imageSize,
            seed: seed,
            augmentation: augment ? configuration.augmentation.configuration : nil)
        let progress = ProgressLine("reading labels and headers")
        let selected = try configuration.openData()
        let image = try sheet.draw(selected) { done, total in progress.show("drawing: \(done) of \(total)") }
        progress.finish()
        try image.write(to: URL(fileURLWithPath: output))
        let shown = min(count, selected.source(of: sheet.split).count)
        print("\(output): \(image.size), \(shown) \(shown == 1 ? "image" : "images") of \(split.rawValue)")
    }
}
