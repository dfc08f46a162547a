import Foundation
import Testing

/// PyTorch's five training steps of one arm at scale n; what is in the files is described in `tools/golden/step.py`.
struct StepGolden: Sendable {
    /// A state tensor of the network: parameter or running statistic, in PyTorch's name and layout.
    struct Tensor: Decodable, Sendable {
        var name: String
        var shape: [Int]

        init(from decoder: any Decoder) throws {
            var list = try decoder.unkeyedContainer()
            name = try list.decode(String.self)
            shape = try list.decode([Int].self)
        }

        var isRunningStatistic: Bool { name.hasSuffix(".running_mean") || name.hasSuffix(".running_var") }

        /// The values it starts from, row-major.
        var initialValues: [Float] {
            let stream = CounterStream(name)
            let count = shape.reduce(1, *)
            if shape.count == 4 {
                let scale = 1 / Float(count / shape[0]).squareRoot()
                return (0..<count).map { stream[$0] * scale }
            }
            if name.hasSuffix(".running_mean") { return (0..<count).map { 0.1 * stream[$0] } }
            if name.hasSuffix(".running_var") || name.hasSuffix(".weight") {
                return (0..<count).map { 1 + 0.2 * stream[$0] }
            }
            let isBoxBias = name.firstMatch(of: /\.cv2\.\d\.2\.bias$/) != nil
            return (0..<count).map { 0.1 * stream[$0] - (isBoxBias ? 0.25 * Float($0 % 16) : 0) }
        }
    }

    /// One input size, and where its numbers lie.
    struct Case: Decodable, Sendable, CustomTestStringConvertible {
        fileprivate struct Numbers: Decodable, Sendable {
            var shape: [Int]
            var offset: Int
        }

        /// Height × width.
        var name: String
        var images: Int
        var height: Int
        var width: Int
        var classes: Int
        /// Of SGD with Nesterov momentum, without decay and clipping.
        var learningRate: Double
        var momentum: Double
        fileprivate var tensors: [String: Numbers]

        var testDescription: String { name }

        /// The images, NHWC, the same in every step.
        var image: [Float] {
            let stream = CounterStream("image/2")
            return (0..<images * height * width * 3).map { 0.5 + 0.5 * stream[$0] }
        }
    }

    /// Ten numbers that stand for a tensor.
    struct Digest: Sendable {
        /// L2 norm.
        var norm: Double
        /// Products with eight random tensors.
        var projections: [Double]
        /// PyTorch's own rounding error, relative to the norm.
        var noise: Double

        fileprivate init(_ row: ArraySlice<Float>) {
            let numbers = row.map { Double($0) }
            norm = numbers[0]
            projections = Array(numbers[1...8])
            noise = numbers[9]
        }

        /// The digest of a tensor's values; its noise is 0.
        init(of values: [Float], name: String) {
            norm = values.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
            projections = (0..<8).map { StepGolden.projection($0, of: values, name: name) }
            noise = 0
        }

        /// Estimate of the L2 norm of the difference of two tensors, relative to this one's norm.
        func distance(to other: Digest) -> Double {
            let squares = zip(projections, other.projections).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
            let difference = max((3 * squares / Double(projections.count)).squareRoot(), abs(norm - other.norm))
            return difference == 0 ? 0 : difference / norm
        }
    }

    private struct Index: Decodable {
        var format: Int
        var backbone: String
        var dfc: String
        var scale: String
        var parameters: [Tensor]
        var cases: [Case]
    }

    /// A file that is not what this reader expects.
    struct Mismatch: Error, CustomStringConvertible {
        var description: String
    }

    /// Every arm that has a file.
    static let arms = ["baseline", "ghostnetv1", "ghostnetv2", "ghostnetv2-output", "ghostnetv2-both"]

    /// `baseline`, `ghostnetv1` or `ghostnetv2`.
    let backbone: String
    /// Placement of DFC attention: `none`, `expanded`, `output`, `both`; empty for the baseline.
    let dfc: String
    /// Every state tensor, in PyTorch's order.
    let tensors: [Tensor]
    /// The input sizes.
    let cases: [Case]
    private let data: Data

    /// The file `Golden/step-<arm>.json` and its numbers.
    init(arm: String) throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
        let index = try JSONDecoder().decode(
            Index.self, from: Data(contentsOf: folder.appending(path: "step-\(arm).json")))
        guard index.format == 1, index.scale == "n" else {
            throw Mismatch(
                description: "step-\(arm).json has format \(index.format) and scale \(index.scale), not 1 and n")
        }
        backbone = index.backbone
        dfc = index.dfc
        tensors = index.parameters
        cases = index.cases
        data = try Data(contentsOf: folder.appending(path: "step-\(arm).bin"))
    }

    /// Objects of all images: rows of image, class, cx, cy, w, h.
    func targets(_ golden: Case) throws -> [[Float]] { try rows("targets", golden) }

    /// Predictions in evaluation mode before the first step: [images, 4 + classes, anchors].
    func predictions(_ golden: Case) throws -> [Float] { try numbers("predictions", golden) }

    /// Box, cls and dfl of every step.
    func losses(_ golden: Case) throws -> [[Float]] { try rows("losses", golden) }

    /// PyTorch's own relative rounding error of the losses.
    func lossNoise(_ golden: Case) throws -> [[Float]] { try rows("lossNoise", golden) }

    /// L2 norm and first projection of every tensor's initial values, in the order of `tensors`.
    func initialDigests(_ golden: Case) throws -> [[Float]] { try rows("initial", golden) }

    /// Digests of the first step's gradients by parameter name.
    func gradients(_ golden: Case) throws -> [String: Digest] {
        try digests("gradients", of: tensors.filter { !$0.isRunningStatistic }, golden)
    }

    /// Digests of what five steps added to every state tensor, by name.
    func changes(_ golden: Case) throws -> [String: Digest] { try digests("changes", of: tensors, golden) }

    /// Sum of the products of a tensor's values with stream `projection/<index>/<name>`.
    static func projection(_ index: Int, of values: [Float], name: String) -> Double {
        let stream = CounterStream("projection/\(index)/\(name)")
        var sum = 0.0
        for (i, value) in values.enumerated() { sum += Double(value) * Double(stream[i]) }
        return sum
    }

    private func digests(_ name: String, of tensors: [Tensor], _ golden: Case) throws -> [String: Digest] {
        let numbers = try numbers(name, golden)
        guard numbers.count == 10 * tensors.count else {
            throw Mismatch(
                description: "\(numbers.count) numbers of \(name) are no digests of \(tensors.count) tensors")
        }
        return Dictionary(
            uniqueKeysWithValues: tensors.enumerated().map { ($1.name, Digest(numbers[10 * $0..<10 * $0 + 10])) })
    }

    private func rows(_ name: String, _ golden: Case) throws -> [[Float]] {
        let numbers = try numbers(name, golden)
        let columns = golden.tensors[name]?.shape.last ?? 1
        return stride(from: 0, to: numbers.count, by: columns).map { Array(numbers[$0..<$0 + columns]) }
    }

    private func numbers(_ name: String, _ golden: Case) throws -> [Float] {
        guard let entry = golden.tensors[name] else { throw Mismatch(description: "\(golden.name) has no \(name)") }
        let end = entry.offset + entry.shape.reduce(1, *)
        guard 4 * end <= data.count else { throw Mismatch(description: "\(name) lies outside the file") }
        return data.withUnsafeBytes { bytes in
            (entry.offset..<end).map {
                Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)))
            }
        }
    }
}

/// The scripts' number generator (`tools/golden/goldenfile.py`): element i of the stream `name`, a float in [-1, 1).
struct CounterStream {
    private let key: UInt64

    init(_ name: String) {
        key = name.utf8.reduce(14_695_981_039_346_656_037) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
    }

    subscript(_ index: Int) -> Float {
        var z = key &+ UInt64(index + 1) &* 0x9E37_79B9_7F4A_7C15
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        z ^= z >> 31
        return Float(Int(z >> 40) - (1 << 23)) / Float(1 << 23)
    }
}
