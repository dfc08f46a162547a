/// What the first bytes of an image file say: its format, size and orientation.
struct ImageHeader: Hashable, Sendable {
    enum Format: Sendable {
        case jpeg
        case png
    }

    var format: Format

    /// Size as stored, before the orientation is applied.
    var stored: ImageSize

    /// EXIF orientation 1…8.
    var orientation = 1

    /// Whether an Adobe marker says that CMYK samples are stored inverted.
    var hasAdobeMarker = false

    /// Size as displayed.
    var size: ImageSize {
        orientation >= 5 ? ImageSize(height: stored.width, width: stored.height) : stored
    }

    /// Why a header could not be read.
    enum Failure: Error {
        /// `bytes` end before the size is known; more of the file may help.
        case incomplete
        /// The bytes are not those of a readable image.
        case invalid(String)
    }

    /// Reads the header from a file's first bytes. Throws `Failure`.
    init(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
        if bytes.count < 8 { throw .incomplete }
        if bytes[0] == 0xff, bytes[1] == 0xd8 {
            self = try Self.jpeg(bytes)
        } else if bytes[..<8].elementsEqual([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]) {
            self = try Self.png(bytes)
        } else {
            throw .invalid("neither a JPEG nor a PNG image (\(Self.guess(bytes)))")
        }
        if stored.height <= 0 || stored.width <= 0 { throw .invalid("the image has no pixels") }
    }

    private init(format: Format, stored: ImageSize) {
        self.format = format
        self.stored = stored
    }

    /// What a file that is neither JPEG nor PNG seems to be.
    private static func guess(_ bytes: UnsafeRawBufferPointer) -> String {
        let signatures: [(String, String)] = [
            ("GIF8", "a GIF"), ("BM", "a BMP"), ("RIFF", "a WebP"), ("II*\0", "a TIFF"), ("MM\0*", "a TIFF"),
            ("<", "text or HTML"), ("version https://git-lfs", "a Git LFS pointer: the image itself is not here"),
        ]
        for (signature, name) in signatures where bytes.starts(with: Array(signature.utf8)) {
            return "it looks like \(name)"
        }
        return "it starts with the bytes \(bytes[..<4].map { String($0, radix: 16) }.joined(separator: " "))"
    }

    private static func png(_ bytes: UnsafeRawBufferPointer) throws(Failure) -> ImageHeader {
        if bytes.count < 24 { throw .incomplete }
        if !bytes[12..<16].elementsEqual("IHDR".utf8) { throw .invalid("the PNG has no header chunk") }
        let width = Int(bigEndian32(bytes, 16))
        let height = Int(bigEndian32(bytes, 20))
        return ImageHeader(format: .png, stored: ImageSize(height: height, width: width))
    }

    /// Walks the JPEG's segments up to the frame header.
    private static func jpeg(_ bytes: UnsafeRawBufferPointer) throws(Failure) -> ImageHeader {
        var header = ImageHeader(format: .jpeg, stored: ImageSize(height: 0, width: 0))
        var offset = 2
        while true {
            // A marker may be preceded by any number of fill bytes 0xff.
            while offset < bytes.count, bytes[offset] != 0xff { offset += 1 }
            while offset < bytes.count, bytes[offset] == 0xff { offset += 1 }
            if offset >= bytes.count { throw .incomplete }
            let marker = bytes[offset]
            offset += 1
            // Markers without a length: fill, restart, start and temporary ones.
            if marker == 0 || marker == 1 || (0xd0...0xd8).contains(marker) { continue }
            if marker == 0xd9 || marker == 0xda { throw .invalid("the JPEG has no frame header") }
            if offset + 2 > bytes.count { throw .incomplete }
            let length = Int(bytes[offset]) << 8 | Int(bytes[offset + 1])
            if length < 2 { throw .invalid("the JPEG has a segment of impossible length \(length)") }
            let isFrame = (0xc0...0xcf).contains(marker) && marker != 0xc4 && marker != 0xc8 && marker != 0xcc
            if isFrame {
                if offset + 7 > bytes.count { throw .incomplete }
                header.stored.height = Int(bytes[offset + 3]) << 8 | Int(bytes[offset + 4])
                header.stored.width = Int(bytes[offset + 5]) << 8 | Int(bytes[offset + 6])
                return header
            }
            if offset + length > bytes.count { throw .incomplete }
            let body = UnsafeRawBufferPointer(rebasing: bytes[(offset + 2)..<(offset + length)])
            if marker == 0xe1, let orientation = ExifOrientation.read(body) { header.orientation = orientation }
            if marker == 0xee, body.starts(with: Array("Adobe".utf8)) { header.hasAdobeMarker = true }
            offset += length
        }
    }

    private static func bigEndian32(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt32 {
        UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }
}

/// Finds the orientation in a JPEG's EXIF segment.
enum ExifOrientation {
    /// 1…8, or nil if the segment holds none.
    static func read(_ body: UnsafeRawBufferPointer) -> Int? {
        guard body.count >= 14, body.starts(with: Array("Exif\0\0".utf8)) else { return nil }
        let tiff = UnsafeRawBufferPointer(rebasing: body[6...])
        let isLittle: Bool
        switch (tiff[0], tiff[1]) {
        case (0x49, 0x49): isLittle = true
        case (0x4d, 0x4d): isLittle = false
        default: return nil
        }
        func integer(_ offset: Int, bytes count: Int) -> Int? {
            guard offset >= 0, offset + count <= tiff.count else { return nil }
            let digits = tiff[offset..<(offset + count)]
            return (isLittle ? Array(digits.reversed()) : Array(digits)).reduce(0) { $0 << 8 | Int($1) }
        }
        guard integer(2, bytes: 2) == 42, let directory = integer(4, bytes: 4),
            let entries = integer(directory, bytes: 2)
        else { return nil }
        for entry in 0..<entries {
            let offset = directory + 2 + entry * 12
            guard let tag = integer(offset, bytes: 2) else { return nil }
            if tag == 0x0112, let value = integer(offset + 8, bytes: 2), (1...8).contains(value) { return value }
        }
        return nil
    }
}
