import Engine
import Foundation
import HDF5
import Models
import Testing
import Training

/// The Python of `ABLATE_PYTHON`, where it has what the converter and its test need.
private let python: String? = {
    guard let path = ProcessInfo.processInfo.environment["ABLATE_PYTHON"],
        (try? run(path, ["-c", "import torch, h5py, timm, ultralytics, safetensors"]))?.status == 0
    else { return nil }
    return path
}()

private func run(_ program: String, _ arguments: [String]) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: data, as: UTF8.self))
}

extension Tag {
    /// Takes longer than some seconds.
    @Tag static var slow: Self
}

/// PyTorch's networks through `tools/convert-weights.py`: the same answers here, the same bits there again.
@Suite(
    .serialized, .tags(.slow),
    .enabled(if: python != nil, "ABLATE_PYTHON has no torch, timm, ultralytics, h5py and safetensors"))
struct ConversionTests {
    @Test func thereAndBack() throws {
        let python = try #require(python)
        let tests = URL(filePath: #filePath).deletingLastPathComponent()
        let converter = tests.deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "tools/convert-weights.py").path
        let script = tests.appending(path: "Golden/conversion.py").path
        let folder = try TrialRun.newFolder("conversion")
        defer { try? FileManager.default.removeItem(at: folder) }
        func file(_ name: String) -> URL { folder.appending(path: name) }
        func call(_ arguments: [String]) throws -> String {
            let result = try run(python, arguments)
            try #require(result.status == 0, "\(arguments): \(result.output)")
            return result.output
        }
        _ = try call([script, "make", folder.path])
        for (from, to) in [("yolo.pt", "yolo.h5"), ("ghost.pth", "ghost.h5")] {
            _ = try call([converter, file(from).path, file(to).path])
        }

        // Detector: the file says everything.
        let yolo = try SavedDetector(reading: file("yolo.h5"))
        #expect(yolo.network.name == "yolo11n" && yolo.classNames == ["a", "b", "c"] && yolo.header.imageSize == 128)
        let (images, answers) = try self.answers(file("yolo-answers.h5"))
        let network = try yolo.network.resized(height: images.dimensions[1], width: images.dimensions[2])
        let detector = InferenceDetector(
            network, parameters: yolo.parameters, capacity: 2, pool: ThreadPool(threads: 1))
        detector.input.base.update(from: images.values, count: images.values.count)
        detector.forward(images: 2)
        expect((0..<2).flatMap { detector.predictions(image: $0) }, equal: answers.values)

        // Classifier.
        let header = try WeightFile.Header(reading: file("ghost.h5"))
        let (pictures, logits) = try self.answers(file("ghost-answers.h5"))
        let ghost = try #require(
            try header.network(height: pictures.dimensions[1], width: pictures.dimensions[2]))
        #expect(ghost.dfcPlacement == .expanded && ghost.parameterCount == 6_156_908)
        let store = ParameterStore(ghost.graph.parameters)
        try WeightFile.read(file("ghost.h5"), into: store)
        let executor = Executor(
            ghost.graph, mode: .inference, capacity: 2, parameters: store, pool: ThreadPool(threads: 1))
        executor.input(0).base.update(from: pictures.values, count: pictures.values.count)
        executor.forward(images: 2)
        expect((0..<2).flatMap { executor.output(0).copyImage($0) }, equal: logits.values)

        // Back, from files of our own.
        try WeightFile.write(yolo.parameters, to: file("yolo-again.h5"), header: yolo.header)
        try WeightFile.write(store, to: file("ghost-again.h5"), header: header)
        for (from, to) in [
            ("yolo-again.h5", "yolo-back.pt"), ("ghost-again.h5", "ghost-back.pth"),
            ("ghost-again.h5", "ghost-back.safetensors"),
        ] {
            _ = try call([converter, file(from).path, file(to).path])
        }
        #expect(try call([script, "compare", folder.path]).contains("same"))

        // What cannot be converted is said in a sentence.
        try Data("nonsense".utf8).write(to: file("a.txt"))
        for (from, to, message) in [
            ("nothing.pt", "a.h5", "there is no such file"), ("a.txt", "a.h5", "expected .pt, .pth"),
            ("ghost.h5", "a.pt", "only YOLO11 has a checkpoint"), ("ghost.h5", "a.doc", "expected .h5, .pth"),
        ] {
            let result = try run(python, [converter, file(from).path, file(to).path])
            #expect(result.status == 1 && result.output.hasPrefix("error: ") && result.output.contains(message))
        }
    }

    private func answers(_ url: URL) throws -> (images: HDF5Array<Float>, answers: HDF5Array<Float>) {
        try HDF5File.read(url) {
            (try $0.read(Float.self, from: "images"), try $0.read(Float.self, from: "answers"))
        }
    }

    /// Within 1e-3 of PyTorch's answers, relative to the largest of them where that is more than 1.
    private func expect(_ found: [Float], equal answers: [Float], sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(found.count == answers.count && Set(answers).count > 100, sourceLocation: sourceLocation)
        let size = max(1, answers.reduce(0) { max($0, abs($1)) })
        let difference = zip(found, answers).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
        #expect(difference <= 1e-3 * size, "\(difference) of \(size)", sourceLocation: sourceLocation)
    }
}
