import ArgumentParser
import Foundation
import Models
import Results
import Training

/// A trained detector: a weight file, or a trial that has one; shared by `val` and `predict`.
struct WeightsArguments: ParsableArguments {
    @Option(
        help: """
            A weight file (.h5), or the folder of a trial or an attempt: then the weights that its result is of.
            """,
        completion: .file(extensions: ["h5"]))
    var weights: String

    @OptionGroup(title: "The network, where the file does not say it") var model: ModelArguments

    @Option(help: "Threads; results do not depend on it.")
    var threads = 1

    func validate() throws {
        if threads < 1 { throw ValidationError("--threads is \(threads), expected at least 1") }
        if let size = model.imgsz, size.height != size.width {
            throw ValidationError("--imgsz is one side here: images keep their shape")
        }
        guard model.model == nil else { return }
        let given = [("--scale", model.scale != nil), ("--nc", model.nc != nil)].filter(\.1).map(\.0)
        let options = try model.backbone.options().entries.map { "--\($0.name)" }
        if let first = (given + options).first {
            throw ValidationError("\(first) says something about a network: name it with --model as well")
        }
    }

    /// Reads the detector; prints what is wrong with the words and exits with 2.
    /// - Parameter classCount: stands in for a file that does not say how many classes it knows.
    func detector(classCount: Int? = nil) throws -> SavedDetector {
        let url = try file()
        var network: Network?
        if model.model != nil {
            var model = model
            let header = try WeightFile.Header(reading: url)
            model.nc = model.nc ?? header.classCount ?? classCount
            if model.imgsz == nil, let side = header.imageSize { model.imgsz = ImageSize(side: side) }
            network = try model.network()
        }
        return try SavedDetector(
            reading: url, network: network, imageSize: model.imgsz?.height, classCount: classCount)
    }

    /// What the trial says about its training, where the weights are a trial's and it says something.
    func diagnosis() -> String? {
        guard let attempt = try? self.attempt(), let record = try? attempt.done() else { return nil }
        return record.diagnosis
    }

    /// The weight file that the words mean.
    private func file() throws -> URL {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: weights, isDirectory: &isFolder) else {
            throw InputError("--weights \(weights): there is no such file or folder")
        }
        guard isFolder.boolValue else { return URL(fileURLWithPath: weights) }
        guard let attempt = try attempt() else {
            throw InputError("--weights \(weights): the folder is neither a trial's nor an attempt's")
        }
        let isBest = try attempt.done().map { $0.checkpoint == "best" } ?? false
        let url = isBest ? attempt.bestWeightsURL : attempt.lastWeightsURL
        guard FileManager.default.fileExists(atPath: url.path) else {
            throw InputError("--weights \(weights): the trial has no weights yet (\(url.path))")
        }
        return url
    }

    /// The attempt that a folder means: the one that finished, or the last.
    private func attempt() throws -> AttemptDirectory? {
        let url = URL(fileURLWithPath: weights, isDirectory: true).standardizedFileURL
        for folder in [url, url.deletingLastPathComponent()] {
            guard FileManager.default.fileExists(atPath: folder.appendingPathComponent("trial.json").path) else {
                continue
            }
            let trial = try TrialDirectory(opening: folder)
            let attempts = try trial.attempts()
            if folder != url { return attempts.first { $0.url.lastPathComponent == url.lastPathComponent } }
            return try trial.finished()?.attempt ?? attempts.last
        }
        return nil
    }
}
