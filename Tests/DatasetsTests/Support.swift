import Datasets
import Foundation

/// Files under `Golden/`, made by `tools/golden/datasets.py`.
enum Golden {
    static func url(_ name: String) -> URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Golden/\(name)")
    }

    static func image(_ name: String) throws -> RGBImage { try RGBImage(contentsOf: url(name)) }

    static func cases() throws -> Cases {
        try JSONDecoder().decode(Cases.self, from: Data(contentsOf: url("transforms/cases.json")))
    }

    struct Cases: Decodable {
        struct Resize: Decodable { var file: String, height: Int, width: Int }
        struct Warp: Decodable { var file: String, matrix: [Double], height: Int, width: Int }
        struct HSV: Decodable { var file: String, draws: [Double] }
        struct Letterbox: Decodable {
            var file: String, height: Int, width: Int, scalesUp: Bool, before: [[Float]], after: [[Float]]
        }
        struct Perspective: Decodable {
            var file: String, matrix: [Double], scale: Double, before: [[Float]], classes: [Int], after: [[Float]]
        }
        struct BatchShapes: Decodable {
            var sizes: [[Int]], imageSize: Int, batchSize: Int, order: [Int], frames: [[Int]]
        }
        var resize: [Resize], warp: [Warp], hsv: [HSV], letterbox: [Letterbox], perspective: [Perspective]
        var batchShapes: [BatchShapes]
    }

    static func map(_ matrix: [Double]) -> ProjectiveMap {
        ProjectiveMap(
            SIMD3(matrix[0], matrix[1], matrix[2]), SIMD3(matrix[3], matrix[4], matrix[5]),
            SIMD3(matrix[6], matrix[7], matrix[8]))
    }

    static func boxes(_ corners: [[Float]]) -> [PixelBox] {
        corners.enumerated().map {
            PixelBox(classIndex: $0, left: $1[0], top: $1[1], right: $1[2], bottom: $1[3])
        }
    }
}

extension RGBImage {
    /// Largest difference of a sample, or nil if the sizes differ.
    func largestDifference(from other: RGBImage) -> Int? {
        if size != other.size { return nil }
        return zip(pixels, other.pixels).map { abs(Int($0) - Int($1)) }.max()
    }

    /// Average difference of a sample.
    func meanDifference(from other: RGBImage) -> Double {
        Double(zip(pixels, other.pixels).map { abs(Int($0) - Int($1)) }.reduce(0, +)) / Double(pixels.count)
    }
}

extension PixelBox {
    func largestDifference(from other: PixelBox) -> Float {
        max(abs(left - other.left), abs(top - other.top), abs(right - other.right), abs(bottom - other.bottom))
    }
}

/// A source held in memory: image i is a noisy picture of its own size, with a few boxes.
struct MemorySource: DetectionSource {
    var sizes: [ImageSize]
    var labelList: [[Label]]
    var failing: Set<Int> = []
    let classNames = ["a", "b", "c"]

    init(sizes: [ImageSize]) {
        self.sizes = sizes
        labelList = sizes.indices.map { index in
            var random = CounterRandom(seed: 5, purpose: .test, index: index)
            return (0..<(index % 4)).map { _ in
                Label(
                    classIndex: random.integer(below: 3), centerX: Float(random.uniform(0.3, 0.7)),
                    centerY: Float(random.uniform(0.3, 0.7)), width: Float(random.uniform(0.1, 0.6)),
                    height: Float(random.uniform(0.1, 0.6)))
            }
        }
    }

    init(count: Int, side: Int = 40) {
        self.init(sizes: (0..<count).map { ImageSize(height: side + $0 % 3 * 5, width: side - $0 % 2 * 7) })
    }

    var count: Int { sizes.count }
    func name(at index: Int) -> String { "memory/\(index)" }
    func size(at index: Int) -> ImageSize { sizes[index] }
    func labels(at index: Int) -> [Label] { labelList[index] }

    func image(at index: Int) throws -> RGBImage {
        if failing.contains(index) { throw DatasetError(file: name(at: index), message: "made to fail") }
        var random = CounterRandom(seed: 9, purpose: .test, index: index)
        let size = sizes[index]
        let pixels = (0..<(size.height * size.width * 3)).map { _ in UInt8(truncatingIfNeeded: random.next32()) }
        return RGBImage(height: size.height, width: size.width, pixels: pixels)
    }
}

/// A folder that goes away with the test.
final class TemporaryFolder {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("ablate-test-\(UUID())")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(at: url)
    }

    func write(_ name: String, _ text: String) throws { try write(name, Data(text.utf8)) }

    func write(_ name: String, _ data: Data) throws {
        let file = url.appendingPathComponent(name)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try data.write(to: file)
    }

    /// Writes a small valid image.
    func writeImage(_ name: String, height: Int = 20, width: Int = 30) throws {
        let image = RGBImage(height: height, width: width, grey: UInt8(truncatingIfNeeded: name.utf8.count * 7))
        try write(name, name.hasSuffix("png") ? image.pngData() : image.jpegData())
    }
}

/// What opening a data set says is wrong with it.
func problems(opening spec: String, relativeTo folder: URL? = nil) -> [DatasetError.Problem] {
    do {
        _ = try Datasets.open(spec: spec, relativeTo: folder)
        return []
    } catch let error as DatasetError {
        return error.problems
    } catch {
        return [DatasetError.Problem(message: "an error of another type: \(error)")]
    }
}
