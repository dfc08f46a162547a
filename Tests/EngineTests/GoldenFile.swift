import Foundation
import Testing

/// Reference values that a script under `tools/golden` made with PyTorch; the format is described in
/// `tools/golden/goldenfile.py`, what the tensors of an operation's case are in `tools/golden/operations.py`.
struct GoldenFile: Sendable {
    /// One case: what was computed, and its tensors.
    struct Case: Decodable, Sendable, CustomTestStringConvertible {
        /// Shape of a tensor and where its numbers come from.
        fileprivate struct Tensor: Decodable, Sendable {
            var shape: [Int]
            var offset: Int?
            var stream: String?
            var scale: Float?
            var shift: Float?
        }

        /// Name of the case, different for every case of a file.
        var name: String
        /// What was computed, such as `convolution`.
        var operation: String
        /// Sizes and factors by name.
        var attributes: [String: Double]
        /// Kind of a pooling (`max`, `average`) or resizing (`nearest`, `bilinear`, `bilinearAlignCorners`).
        var mode: String?
        /// Name of the activation, as in `Activation`.
        var activation: String?
        /// Whether a batch norm takes its statistics from the batch; nil without a batch norm.
        var training: Bool?
        fileprivate var tensors: [String: Tensor]

        var testDescription: String { name }
    }

    private struct Index: Decodable {
        var format: Int
        var cases: [Case]
    }

    /// A question that the file has no answer to.
    struct Missing: Error, CustomStringConvertible {
        var description: String
    }

    /// All cases in the order of the script.
    let cases: [Case]
    private let data: Data

    /// The file `Golden/<name>.json` and its numbers.
    init(_ name: String) throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
        let index = try JSONDecoder().decode(
            Index.self, from: Data(contentsOf: folder.appending(path: name + ".json")))
        guard index.format == 1 else { throw Missing(description: "\(name).json has format \(index.format), not 1") }
        cases = index.cases
        data = try Data(contentsOf: folder.appending(path: name + ".bin"))
    }

    /// Reference values of every operation of the engine; read once.
    static let operations = Result { try GoldenFile("operations") }

    /// The cases of some operations, for a parametrised test; none if the file cannot be read, which
    /// `GoldenFileTests` reports.
    static func cases(of operations: String...) -> [Case] {
        ((try? Self.operations.get().cases) ?? []).filter { operations.contains($0.operation) }
    }

    /// Whether a case has a tensor.
    func has(_ tensor: String, in golden: Case) -> Bool { golden.tensors[tensor] != nil }

    /// Names of a case's tensors.
    func tensorNames(of golden: Case) -> [String] { golden.tensors.keys.sorted() }

    /// Shape of a tensor: feature maps [images, height, width, channels], parameters as PyTorch has them.
    func shape(_ tensor: String, in golden: Case) throws -> [Int] { try entry(tensor, in: golden).shape }

    /// Numbers of a tensor, row-major.
    func numbers(_ tensor: String, in golden: Case) throws -> [Float] {
        let entry = try entry(tensor, in: golden)
        let count = entry.shape.reduce(1, *)
        if let stream = entry.stream {
            let generator = CounterStream(stream)
            let scale = entry.scale ?? 1
            let shift = entry.shift ?? 0
            return (0..<count).map { shift + scale * generator[$0] }
        }
        guard let offset = entry.offset, 4 * (offset + count) <= data.count else {
            throw Missing(description: "the numbers of \(tensor) of “\(golden.name)” lie outside the file")
        }
        return data.withUnsafeBytes { bytes in
            (offset..<offset + count).map {
                Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)))
            }
        }
    }

    private func entry(_ tensor: String, in golden: Case) throws -> Case.Tensor {
        guard let entry = golden.tensors[tensor] else {
            throw Missing(
                description: "“\(golden.name)” has no tensor \(tensor), only \(tensorNames(of: golden))")
        }
        return entry
    }
}

/// The scripts' number generator: element i of the stream `name`, a float in [-1, 1).
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
