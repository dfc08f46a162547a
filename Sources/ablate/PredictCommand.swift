import ArgumentParser
import Datasets
import Foundation
import Models
import Training

/// `ablate predict`: what a trained detector sees in pictures.
struct PredictCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "predict",
        abstract: "Finds objects in pictures; prints them and draws them.",
        discussion: """
            Pictures are JPEG or PNG files, or folders of them, which are searched with all their folders. Each is scaled \
            until its longer side has --imgsz and runs in the smallest frame of multiples of 32 that holds it; an anchor \
            answers with its best class, as Ultralytics 8.3.0 predicts. Boxes are in pixels of the picture: x1 y1 x2 y2.

            With -o every picture is written again with its boxes drawn, under its own name; --save-format png or jpg \
            makes all of them PNG or JPEG.

            EXAMPLES:
              ablate predict photo.jpg --weights results/ghost/v2-n-s0-0123456789 -o drawn
              ablate predict images/val --weights yolo11n.h5 --conf .4 --format json > found.json
            """)

    /// How detections are printed.
    enum Format: String, CaseIterable, ExpressibleByArgument {
        case text, json
    }

    /// What drawn pictures are written as.
    enum PictureFormat: String, CaseIterable, ExpressibleByArgument {
        case png, jpg
    }

    @Argument(help: "Pictures, and folders of them.", completion: .file(extensions: ["jpg", "jpeg", "png"]))
    var images: [String]

    @OptionGroup var saved: WeightsArguments

    @Option(help: "Lowest score of a detection.")
    var conf = 0.25

    @Option(help: "Overlap above which the weaker of two boxes of a class is dropped.")
    var iou = 0.7

    @Option(name: .customLong("max-det"), help: "Detections of a picture at most.")
    var maximumDetections = 300

    @Option(name: .shortAndLong, help: ArgumentHelp("Draw the boxes and write the pictures here.", valueName: "dir"))
    var output: String?

    @Option(help: "Write drawn pictures as png or jpg; without it as the originals.")
    var saveFormat: PictureFormat?

    @Option(help: "How to print: text or json.")
    var format: Format = .text

    func validate() throws {
        if !(0...1).contains(conf) { throw ValidationError("--conf is \(conf), expected 0 to 1") }
        if !(0...1).contains(iou) { throw ValidationError("--iou is \(iou), expected 0 to 1") }
        if maximumDetections < 1 { throw ValidationError("--max-det is \(maximumDetections), expected at least 1") }
        if saveFormat != nil, output == nil {
            throw ValidationError("--save-format says how pictures are written: say where with -o")
        }
    }

    /// One object.
    private struct Object: Encodable {
        var classIndex: Int
        var name: String
        var score: Float
        /// x1, y1, x2, y2 in pixels of the picture.
        var box: [Float]

        private enum CodingKeys: String, CodingKey {
            case classIndex = "class"
            case name, score, box
        }
    }

    private struct Picture: Encodable {
        var file: String
        var height: Int
        var width: Int
        var objects: [Object]
        /// Where the picture with its boxes is.
        var drawn: String?
    }

    func run() throws {
        let files = try PictureFiles(images)
        let detector = try saved.detector()
        let side = saved.model.imgsz?.height ?? detector.header.imageSize ?? 640
        let predictor = try Predictor(
            detector, imageSize: side,
            suppression: NonMaximumSuppression(
                confidence: Float(conf), overlap: iou, maximumDetections: maximumDetections, isMultiLabel: false),
            threads: saved.threads)
        let targets = try output.map { try files.targets(in: $0, format: saveFormat?.rawValue) }
        var pictures: [Picture] = []
        for (index, url) in files.urls.enumerated() {
            let image = try RGBImage(contentsOf: url)
            let objects = try predictor.detections(in: image).map { found in
                Object(
                    classIndex: found.classIndex, name: detector.classNames[found.classIndex], score: found.score,
                    box: [found.x1, found.y1, found.x2, found.y2])
            }
            var picture = Picture(
                file: files.shown[index], height: image.height, width: image.width, objects: objects)
            if let target = targets?[index] {
                try Self.draw(objects, on: image, to: target)
                picture.drawn = target.path
            }
            if format == .text { print(Self.text(picture)) }
            pictures.append(picture)
        }
        switch format {
        case .text: print("\(pictures.count) pictures, \(pictures.reduce(0) { $0 + $1.objects.count }) objects")
        case .json:
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            print(String(decoding: try encoder.encode(pictures), as: UTF8.self))
        }
    }

    /// The surest objects are drawn last, over the others.
    private static func draw(_ objects: [Object], on image: RGBImage, to url: URL) throws {
        var image = image
        for object in objects.reversed() {
            let box = PixelBox(
                classIndex: object.classIndex, left: object.box[0], top: object.box[1], right: object.box[2],
                bottom: object.box[3])
            image.draw(
                box, label: "\(object.name) \(String(format: "%.2f", object.score))",
                color: ClassColor.color(of: object.classIndex))
        }
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try image.write(to: url)
    }

    private static func text(_ picture: Picture) -> String {
        var lines = ["\(picture.file): \(picture.width)x\(picture.height), \(picture.objects.count) objects"]
        for object in picture.objects {
            let box = object.box.map { String(format: "%.1f", $0) }.joined(separator: " ")
            lines.append("  \(object.name) \(String(format: "%.3f", object.score))  \(box)")
        }
        return lines.joined(separator: "\n")
    }
}

/// The pictures that some words mean, in order, each once.
struct PictureFiles {
    private(set) var urls: [URL] = []
    /// As messages call them.
    private(set) var shown: [String] = []
    /// Where each is written to, below an output folder.
    private var places: [String] = []
    private static let extensions: Set<String> = ["jpg", "jpeg", "png"]

    /// - Throws: `DatasetError` with every word that means no picture.
    init(_ words: [String]) throws {
        var problems: [DatasetError.Problem] = []
        var seen: Set<String> = []
        for word in words {
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: word, isDirectory: &isFolder) else {
                problems.append(DatasetError.Problem(file: word, message: "there is no such file or folder"))
                continue
            }
            var names = [""]
            if isFolder.boolValue {
                names = (FileManager.default.enumerator(atPath: word)?.compactMap { $0 as? String } ?? []).filter {
                    Self.extensions.contains(($0 as NSString).pathExtension.lowercased())
                }.sorted()
                if names.isEmpty {
                    problems.append(
                        DatasetError.Problem(file: word, message: "the folder holds no .jpg, .jpeg or .png"))
                }
            } else if !Self.extensions.contains((word as NSString).pathExtension.lowercased()) {
                problems.append(
                    DatasetError.Problem(
                        file: word, message: "pictures are read as JPEG or PNG", suggestion: "convert it"))
                continue
            }
            for name in names {
                let path = name.isEmpty ? word : (word as NSString).appendingPathComponent(name)
                let url = URL(fileURLWithPath: path).standardizedFileURL
                guard seen.insert(url.path).inserted else { continue }
                urls.append(url)
                shown.append(path)
                places.append(name.isEmpty ? url.lastPathComponent : name)
            }
        }
        if !problems.isEmpty { throw DatasetError(problems: problems) }
    }

    /// Where the drawn pictures go; a name that is taken gets a number.
    /// - Throws: `DatasetError` where a picture would be written over its original.
    func targets(in folder: String, format: String?) throws -> [URL] {
        let root = URL(fileURLWithPath: folder, isDirectory: true).standardizedFileURL
        let originals = Set(urls.map(\.path))
        var taken: Set<String> = []
        return try places.map { place in
            let stem = (place as NSString).deletingPathExtension
            let suffix = format ?? (place as NSString).pathExtension.lowercased()
            var name = "\(stem).\(suffix)"
            var number = 2
            while !taken.insert(name).inserted {
                name = "\(stem)-\(number).\(suffix)"
                number += 1
            }
            let url = root.appendingPathComponent(name)
            if originals.contains(url.path) {
                throw DatasetError(
                    file: url.path, message: "the picture would be written over its original",
                    suggestion: "choose another folder with -o")
            }
            return url
        }
    }
}
