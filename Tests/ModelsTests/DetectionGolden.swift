import Foundation
import Models
import Testing

/// Reference values made by `tools/golden/loss.py`; the format is described in `tools/golden/goldenfile.py`.
struct DetectionGolden {
    /// One case: what it was made from, and its tensors.
    struct Case: Decodable, CustomTestStringConvertible, Sendable {
        struct Tensor: Decodable {
            var offset: Int
            var shape: [Int]
        }

        var name: String
        var kind: String
        var tensors: [String: Tensor]
        var images: Int?
        var height: Int?
        var width: Int?
        var classes: Int?
        var profile: [Float]?
        var anchors: Int?
        var size: Float?
        var floor: Float?
        var confidence: Float?
        var multiLabel: Bool?
        var inputHeight: Int?
        var inputWidth: Int?
        var originalHeight: Int?
        var originalWidth: Int?
        var gain: Float?
        var left: Float?
        var top: Float?

        var testDescription: String { name }

        /// Numbers of a tensor, row-major.
        func numbers(_ tensor: String) throws -> [Float] {
            guard let entry = tensors[tensor] else { throw MissingTensor(name: tensor) }
            let data = try Data(contentsOf: DetectionGolden.folder.appending(path: "detection.bin"))
            let count = entry.shape.reduce(1, *)
            return data.withUnsafeBytes { bytes in
                (entry.offset..<entry.offset + count).map {
                    Float(
                        bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)))
                }
            }
        }

        /// Targets of a loss case.
        func targets() throws -> [DetectionTarget] {
            let rows = try numbers("targets")
            return stride(from: 0, to: rows.count, by: 6).map {
                DetectionTarget(
                    image: Int(rows[$0]), classIndex: Int(rows[$0 + 1]), cx: rows[$0 + 2], cy: rows[$0 + 3],
                    w: rows[$0 + 4], h: rows[$0 + 5])
            }
        }
    }

    /// A tensor that the case does not have.
    struct MissingTensor: Error { var name: String }

    private struct Index: Decodable {
        var format: Int
        var cases: [Case]
    }

    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")

    /// All cases of a kind; empty if the file cannot be read, which a test of its own reports.
    static func cases(_ kind: String) -> [Case] {
        ((try? all()) ?? []).filter { $0.kind == kind }
    }

    static func all() throws -> [Case] {
        try JSONDecoder().decode(Index.self, from: Data(contentsOf: folder.appending(path: "detection.json"))).cases
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

/// Logits of three levels in memory of their own, with room for gradients.
final class DetectionMaps {
    let levels: [LevelMap]
    let imageCount: Int
    let channels: Int
    let pixelStride: Int
    private let logits: [UnsafeMutableBufferPointer<Float>]
    private let gradients: [UnsafeMutableBufferPointer<Float>]

    /// Written to everything that no result belongs in.
    static let sentinel: Float = -12_345

    /// Maps filled by `value(stride, index)`, index counting a dense NHWC array; `gap` unused floats follow each pixel
    /// and, sevenfold, each image.
    init(
        images: Int, height: Int, width: Int, classes: Int, strides: [Int] = [8, 16, 32], gap: Int = 0,
        value: (Int, Int) -> Float
    ) {
        imageCount = images
        channels = 64 + classes
        pixelStride = channels + gap
        var levels: [LevelMap] = []
        var logits: [UnsafeMutableBufferPointer<Float>] = []
        var gradients: [UnsafeMutableBufferPointer<Float>] = []
        for s in strides {
            let cells = height / s * (width / s)
            let imageStride = cells * pixelStride + 7 * gap
            let memory = UnsafeMutableBufferPointer<Float>.allocate(capacity: images * imageStride)
            let gradient = UnsafeMutableBufferPointer<Float>.allocate(capacity: images * imageStride)
            memory.initialize(repeating: Self.sentinel)
            gradient.initialize(repeating: Self.sentinel)
            for i in 0..<images * cells * channels {
                let pixel = i / channels
                memory[pixel / cells * imageStride + pixel % cells * pixelStride + i % channels] = value(s, i)
            }
            logits.append(memory)
            gradients.append(gradient)
            if let start = memory.baseAddress {
                levels.append(
                    LevelMap(
                        pointer: UnsafePointer(start), gradient: gradient.baseAddress, height: height / s,
                        width: width / s, pixelStride: pixelStride, imageStride: imageStride))
            }
        }
        self.levels = levels
        self.logits = logits
        self.gradients = gradients
    }

    /// The maps of a golden case.
    convenience init(_ golden: DetectionGolden.Case, gap: Int = 0) {
        let classes = golden.classes ?? 1
        let channels = 64 + classes
        let profile = golden.profile ?? [0, 0]
        let streams = [8, 16, 32].map { ($0, CounterStream("\(golden.name)/\($0)")) }
        self.init(
            images: golden.images ?? 1, height: golden.height ?? 64, width: golden.width ?? 64, classes: classes,
            gap: gap
        ) { stride, index in
            let u = (streams.first { $0.0 == stride }?.1 ?? CounterStream(""))[index]
            let c = index % channels
            return c < 64 ? profile[0] * u - profile[1] * Float(c % 16) : 4 * u - 2
        }
    }

    deinit {
        for memory in logits + gradients { memory.deallocate() }
    }

    /// Gradient of a level as a dense NHWC array.
    func gradient(level: Int) -> [Float] {
        let map = levels[level]
        var result: [Float] = []
        for image in 0..<imageCount {
            for cell in 0..<map.anchorCount {
                let start = image * map.imageStride + cell * map.pixelStride
                result += gradients[level][start..<start + channels]
            }
        }
        return result
    }

    /// Number of gradient floats that still hold the sentinel.
    func untouched(level: Int) -> Int { gradients[level].count { $0 == Self.sentinel } }

    /// A logit, addressed in the dense NHWC array.
    subscript(level: Int, index: Int) -> Float {
        get { logits[level][address(level, index)] }
        set { logits[level][address(level, index)] = newValue }
    }

    private func address(_ level: Int, _ index: Int) -> Int {
        let map = levels[level]
        let pixel = index / channels
        return pixel / map.anchorCount * map.imageStride + pixel % map.anchorCount * map.pixelStride + index % channels
    }
}
