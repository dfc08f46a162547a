import Digests
import Experiments
import Foundation
import Models
import Testing
import Training

/// A network inspector that derives its answers from the configuration alone.
struct StubNetworks: NetworkInspector {
    /// Digests of network files by path.
    var files: [String: String] = [:]
    /// Graph digests that replace the derived ones, by backbone.
    var graphs: [String: String] = [:]

    /// Parameters of DFC attention; nil derives them.
    var attentionParameters: Int?
    /// Counts the questions that were asked.
    var asked: (@Sendable () -> Void)?

    /// Digests of weights by path; a file that is not here is its own digest.
    var weights: [String: String] = [:]
    /// How much of a network its weights fill, by backbone; all of it where nothing is said.
    var shares: [String: Double] = [:]

    func inspect(_ configuration: TrainingConfiguration, data: DataSummary) throws -> NetworkSummary {
        asked?()
        let names = ["backbone", "scale", "width", "dfc", "dfc_blocks", "dfc_kernel", "tail", "imgsz"]
        let values = configuration.entries.filter { names.contains($0.key.name) }.map { "\($0.key.name)=\($0.value)" }
        var file: String?
        if case .file(let path) = configuration.backbone {
            guard let digest = files[path] else { throw StubError(description: "no such file") }
            file = digest
        }
        return NetworkSummary(
            parameters: 1_000_000, backboneParameters: 500_000, gflops: 1, gflops640: 6.5, gflopsU: 6.6, gflopsAll: 1.1,
            graphDigest: graphs[configuration.backbone.name] ?? values.joined(separator: " "), descriptionDigest: file,
            start: configuration.weights.isEmpty
                ? nil
                : NetworkSummary.Start(
                    digest: weights[configuration.weights] ?? configuration.weights,
                    share: shares[configuration.backbone.name] ?? 1),
            peakMemoryBytes: 100_000_000 * configuration.batch,
            attentionParameters: configuration.backbone == .ghostNetV2 && configuration.dfc != .none
                ? attentionParameters ?? 1000 : nil)
    }
}

/// A data inspector that knows `shapes` and some paths.
struct StubData: DataInspector {
    var digests = ["shapes": "d1"]
    /// Of 100 validation images.
    var sharedImages = 0

    func inspect(_ spec: String) throws -> DataSummary {
        guard let digest = digests[spec] else { throw StubError(description: "no such dataset") }
        return DataSummary(
            digest: ContentDigest.hexadecimal(of: digest), classCount: 3, trainImages: 1000, valImages: 100,
            sharedImages: Array(0..<sharedImages))
    }
}

struct StubError: Error, CustomStringConvertible {
    var description: String
}

/// Plans a manifest's text with stub inspectors.
func plan(
    _ text: String, words: [String] = [], networks: StubNetworks = StubNetworks(), data: StubData = StubData()
) throws -> Plan {
    let manifest = try Manifest(
        text: text, path: "sweeps/test.toml", directory: "/manifests", words: words, workingDirectory: "/working")
    return try Plan(manifest, network: networks, data: data, createdAt: Date(timeIntervalSince1970: 0))
}

/// What planning complains about, one diagnostic a line; empty if nothing.
func complaints(
    _ text: String, words: [String] = [], networks: StubNetworks = StubNetworks(), data: StubData = StubData()
) -> [String] {
    do {
        _ = try plan(text, words: words, networks: networks, data: data)
        return []
    } catch let error as Diagnostics {
        return error.all.map(\.description)
    } catch {
        return ["\(error)"]
    }
}

/// The manifest of the specification, without its `imgsz = 160` cell.
let ghost = """
    schema = 1
    name = "ghost"

    [base]
    data = "shapes"
    epochs = 20
    imgsz = 128
    batch = 16
    optimizer = "SGD"
    lr0 = 0.01
    mosaic = 0
    select = "last"

    [matrix]
    backbone = ["baseline", "v1", "v2"]

    [[when]]
    if = { backbone = "v2" }
    matrix = { dfc = ["expanded", "output", "both"] }

    [[zip]]
    scale = ["n", "s", "m", "l", "x"]
    batch = [16, 16, 8, 8, 4]

    [seeds]
    values = [0, 1, 2]

    [compare]
    baseline = { backbone = "v1" }
    within = ["scale"]
    primary = "mAP50-95"
    margin = 0.005
    correction = "holm"

    [[compare.contrast]]
    name = "expanded vs output"
    arm = { dfc = "expanded" }
    against = { dfc = "output" }
    """
