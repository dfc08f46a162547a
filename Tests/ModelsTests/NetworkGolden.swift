import Foundation
import Models

/// Reference values of `tools/golden/models.py`.
struct NetworkGolden: Decodable {
    /// A network with options, and what PyTorch counts in it.
    struct Counts: Decodable, CustomStringConvertible, Sendable {
        var network: String
        var scale: String?
        var nc: Int
        /// Height and width.
        var size: [Int]
        var options: [String: String]
        var parameters: Int
        /// Convolutions and linear layers, without attention's products.
        var macs: Int
        var gflopsUltralytics: Double?

        private enum CodingKeys: String, CodingKey {
            case network, scale, nc, size, options, parameters, macs
            case gflopsUltralytics = "gflops_u"
        }

        var description: String { "\(network) \(scale ?? "-") nc \(nc) \(size) \(options)" }
    }

    /// A network whose tensors are filled from their names, and its outputs.
    struct Run: Decodable, CustomStringConvertible, Sendable {
        struct Output: Decodable, Sendable {
            /// Height, width, channels.
            var shape: [Int]
            /// Evenly spaced in that order.
            var values: [Float]
            var largest: Float
        }

        var network: String
        var scale: String?
        var nc: Int
        var height: Int
        var width: Int
        var options: [String: String]
        /// Weights are uniform in ±√(gain / fan_in).
        var gain: Double
        /// All tensors' names and shapes, hashed and joined by exclusive or.
        var names: String
        var outputs: [Output]

        var description: String { "\(network) \(scale ?? "-") \(height)x\(width) \(options)" }
    }

    /// A line of `counts.txt`: one of the 25 variants.
    struct Variant: CustomStringConvertible, Sendable {
        var scale: String
        var network: String
        var dfc: String
        var parameters: Int
        var gflops: Double
        var gflopsUltralytics: Double

        var description: String { "\(network) \(scale) \(dfc)" }
    }

    var counts: [Counts]
    var outputs: [Run]

    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")

    static let all: NetworkGolden = {
        do {
            let data = try Data(contentsOf: folder.appending(path: "networks.json"))
            return try JSONDecoder().decode(NetworkGolden.self, from: data)
        } catch {
            preconditionFailure("networks.json: \(error)")
        }
    }()

    static let variants: [Variant] = {
        let text = (try? String(contentsOf: folder.appending(path: "counts.txt"), encoding: .utf8)) ?? ""
        return text.split(separator: "\n").dropFirst().compactMap { line in
            let parts = line.split(separator: " ").map(String.init)
            guard parts.count == 6, let parameters = Int(parts[3]), let gflops = Double(parts[4]),
                let printed = Double(parts[5])
            else { return nil }
            return Variant(
                scale: parts[0], network: parts[1], dfc: parts[2], parameters: parameters, gflops: gflops,
                gflopsUltralytics: printed)
        }
    }()
}

/// Builds a network as the reference values name it.
func network(
    _ word: String, scale: String? = nil, nc: Int? = nil, height: Int = 640, width: Int = 640,
    options: [String: String] = [:]
) throws -> Network {
    var backbone = BackboneOptions()
    for (name, value) in options { try backbone.set(name, to: value) }
    return try Network(
        description: try ModelDescription.load(word),
        options: ModelOptions(
            scale: scale, classCount: nc, imageHeight: height, imageWidth: width, backbone: backbone))
}
