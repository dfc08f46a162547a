import Digests
import Foundation

/// The rendered images and boxes of a data set `shapes` in one flat file, which is mapped into memory.
///
///     magic ┊ version, size, train, val, boxes ┊ digest ┊ pixels (train, then val) ┊ first box of each image ┊ boxes
///      8 B  ┊            5 × 4 B               ┊  64 B  ┊   images · size² · 3     ┊   (images + 1) · 4 B    ┊ 20 B each
///
/// Integers and floats are little-endian; a box is its class and its corners in pixels. Box `firstBox[i] ..<
/// firstBox[i + 1]` belong to image i.
struct ShapesCache: Sendable {
    private static let magic = "ABLSHP1\n"
    private static let headerSize = 8 + 5 * 4 + 64

    let options: ShapesOptions

    /// SHA-256 over classes, pixels and boxes.
    let digest: String

    private let content: Data
    private let imageCount: Int

    /// Maps the file of `options`, after rendering it if it is missing or not whole. Throws `DatasetError`.
    init(_ options: ShapesOptions, folder: URL) throws {
        let file = folder.appendingPathComponent(options.fileName)
        if let cache = Self(options, mapping: file) {
            self = cache
            return
        }
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try Self.write(options, to: file)
        } catch {
            throw DatasetError(
                file: file.path, message: "cannot write the rendered data set: \(error.localizedDescription)",
                suggestion: "set ABLATE_CACHE to a folder with room for it")
        }
        guard let cache = Self(options, mapping: file) else {
            throw DatasetError(file: file.path, message: "the data set just rendered there cannot be read back")
        }
        self = cache
    }

    /// The folder `$ABLATE_CACHE`, or `~/.cache/ablate`.
    static var standardFolder: URL {
        if let path = ProcessInfo.processInfo.environment["ABLATE_CACHE"], !path.isEmpty {
            return URL(fileURLWithPath: path)
        }
        return FileManager.default.homeDirectoryForCurrentUser.appendingPathComponent(".cache/ablate")
    }

    private init?(_ options: ShapesOptions, mapping file: URL) {
        guard let content = try? Data(contentsOf: file, options: .alwaysMapped), content.count >= Self.headerSize,
            content.starts(with: Array(Self.magic.utf8))
        else { return nil }
        self.options = options
        self.content = content
        imageCount = options.train + options.val
        let numbers = (0..<5).map { Self.integer(content, at: 8 + 4 * $0) }
        guard numbers[..<4] == [ShapesScene.version, options.size, options.train, options.val] else { return nil }
        digest = String(decoding: content[28..<92], as: UTF8.self)
        guard content.count == Self.length(options, boxes: numbers[4]), digest.utf8.count == 64 else { return nil }
    }

    private static func imageLength(_ options: ShapesOptions) -> Int { options.size * options.size * 3 }

    private static func indexOffset(_ options: ShapesOptions) -> Int {
        headerSize + (options.train + options.val) * imageLength(options)
    }

    private static func boxesOffset(_ options: ShapesOptions) -> Int {
        indexOffset(options) + (options.train + options.val + 1) * 4
    }

    private static func length(_ options: ShapesOptions, boxes: Int) -> Int { boxesOffset(options) + boxes * 20 }

    private static func integer(_ content: Data, at offset: Int) -> Int {
        content.withUnsafeBytes {
            Int(UInt32(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
        }
    }

    /// A copy of an image.
    func image(at index: Int) -> RGBImage {
        let length = Self.imageLength(options)
        let start = Self.headerSize + index * length
        return RGBImage(height: options.size, width: options.size) { pixels in
            _ = content.withUnsafeBytes { $0[start..<(start + length)].copyBytes(to: pixels) }
        }
    }

    /// An image's boxes.
    func boxes(at index: Int) -> [PixelBox] {
        let place = Self.indexOffset(options) + index * 4
        let range = Self.integer(content, at: place)..<Self.integer(content, at: place + 4)
        return range.map { box in
            let offset = Self.boxesOffset(options) + box * 20
            let corners = (1...4).map { Float(bitPattern: UInt32(Self.integer(content, at: offset + 4 * $0))) }
            return PixelBox(
                classIndex: Self.integer(content, at: offset), left: corners[0], top: corners[1], right: corners[2],
                bottom: corners[3])
        }
    }

    // MARK: - Writing

    /// Renders into a temporary file and renames it: whoever opens `file` finds it whole, and two processes that render
    /// at once write the same bytes.
    private static func write(_ options: ShapesOptions, to file: URL) throws {
        let temporary = file.deletingLastPathComponent().appendingPathComponent(".\(file.lastPathComponent).\(UUID())")
        guard FileManager.default.createFile(atPath: temporary.path, contents: nil) else {
            throw CocoaError(.fileWriteNoPermission)
        }
        do {
            try render(options, into: FileHandle(forWritingTo: temporary))
            if rename(temporary.path, file.path) != 0 {
                throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
            }
        } catch {
            try? FileManager.default.removeItem(at: temporary)
            throw error
        }
    }

    private static func render(_ options: ShapesOptions, into handle: FileHandle) throws {
        defer { try? handle.close() }
        try handle.write(contentsOf: Data(count: headerSize))
        var digest = ContentDigest()
        for name in ShapesScene.classNames { digest.update(name + "\n") }
        var firstBoxes: [UInt32] = [0]
        var boxes = Data()
        for (split, count) in [options.train, options.val].enumerated() {
            digest.update(count)
            for index in 0..<count {
                let sample = ShapesScene.render(options, split: split, index: index)
                digest.update(sample.image.pixels)
                try handle.write(contentsOf: Data(sample.image.pixels))
                for box in sample.boxes {
                    append(UInt32(box.classIndex), to: &boxes)
                    for corner in [box.left, box.top, box.right, box.bottom] { append(corner.bitPattern, to: &boxes) }
                }
                firstBoxes.append(UInt32(boxes.count / 20))
            }
        }
        var index = Data()
        for first in firstBoxes { append(first, to: &index) }
        digest.update(index)
        digest.update(boxes)
        try handle.write(contentsOf: index)
        try handle.write(contentsOf: boxes)

        var header = Data(magic.utf8)
        for number in [ShapesScene.version, options.size, options.train, options.val, boxes.count / 20] {
            append(UInt32(number), to: &header)
        }
        header.append(contentsOf: digest.finalized().utf8)
        try handle.seek(toOffset: 0)
        try handle.write(contentsOf: header)
        try handle.synchronize()
    }

    private static func append(_ value: UInt32, to data: inout Data) {
        withUnsafeBytes(of: value.littleEndian) { data.append(contentsOf: $0) }
    }
}
