/// An image of 8-bit red, green and blue samples: height × width × 3, rows from the top, channels innermost.
public struct RGBImage: Hashable, Sendable {
    /// Rows of pixels.
    public let height: Int
    /// Columns of pixels.
    public let width: Int

    /// `height · width · 3` samples.
    public package(set) var pixels: [UInt8]

    /// An image of given samples, of which there must be `height · width · 3`.
    public init(height: Int, width: Int, pixels: [UInt8]) {
        precondition(height > 0 && width > 0, "an image has at least one pixel")
        precondition(pixels.count == height * width * 3, "an image needs height · width · 3 samples")
        self.height = height
        self.width = width
        self.pixels = pixels
    }

    /// An image of one grey.
    public init(height: Int, width: Int, grey: UInt8) {
        self.init(height: height, width: width, pixels: [UInt8](repeating: grey, count: height * width * 3))
    }

    /// An image whose samples `initialize` writes, every one of them.
    init(
        height: Int, width: Int, initializingWith initialize: (UnsafeMutableBufferPointer<UInt8>) throws -> Void
    ) rethrows {
        let count = height * width * 3
        let pixels = try [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            try initialize(UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
            initialized = count
        }
        self.init(height: height, width: width, pixels: pixels)
    }

    /// Height and width.
    public var size: ImageSize { ImageSize(height: height, width: width) }

    /// Red, green and blue of one pixel.
    public subscript(row row: Int, column column: Int) -> SIMD3<UInt8> {
        get {
            let offset = (row * width + column) * 3
            return [pixels[offset], pixels[offset + 1], pixels[offset + 2]]
        }
        set {
            let offset = (row * width + column) * 3
            pixels[offset] = newValue[0]
            pixels[offset + 1] = newValue[1]
            pixels[offset + 2] = newValue[2]
        }
    }
}

/// Height and width of an image in pixels.
public struct ImageSize: Hashable, Sendable, CustomStringConvertible {
    /// Rows of pixels.
    public var height: Int
    /// Columns of pixels.
    public var width: Int

    public init(height: Int, width: Int) {
        self.height = height
        self.width = width
    }

    /// Width × height, as cameras give it.
    public var description: String { "\(width)×\(height)" }
}
