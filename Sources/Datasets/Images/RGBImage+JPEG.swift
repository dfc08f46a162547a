import CTurboJPEG
public import struct Foundation.Data

/// A TurboJPEG compressor or decompressor.
private struct TurboJPEG: ~Copyable {
    let handle: tjhandle

    init(_ handle: tjhandle?) throws {
        guard let handle else {
            throw CodecFailure(message: "TurboJPEG does not start: \(String(cString: tjGetErrorStr()))")
        }
        self.handle = handle
    }

    deinit {
        tjDestroy(handle)
    }

    /// Throws what TurboJPEG complained about: `status` is −1 for warnings (a truncated file, for one) as for errors.
    func check(_ status: CInt, _ attempt: String) throws {
        if status != 0 {
            throw CodecFailure(message: "\(attempt): \(String(cString: tjGetErrorStr2(handle)))")
        }
    }
}

/// Decodes a JPEG file without applying its orientation.
func decodeJPEG(_ bytes: UnsafeRawBufferPointer, header: ImageHeader) throws -> RGBImage {
    let decoder = try TurboJPEG(tjInitDecompress())
    let input = bytes.assumingMemoryBound(to: UInt8.self).baseAddress
    let length = UInt(bytes.count)
    var (width, height, subsampling, colorspace): (CInt, CInt, CInt, CInt) = (0, 0, 0, 0)
    try decoder.check(
        tjDecompressHeader3(decoder.handle, input, length, &width, &height, &subsampling, &colorspace),
        "cannot read the JPEG's header")
    if colorspace == CInt(TJCS_CMYK.rawValue) || colorspace == CInt(TJCS_YCCK.rawValue) {
        var inks = [UInt8](repeating: 0, count: Int(width) * Int(height) * 4)
        try decoder.check(
            tjDecompress2(decoder.handle, input, length, &inks, width, 0, height, CInt(TJPF_CMYK.rawValue), 0),
            "cannot decode the JPEG")
        return colors(of: inks, height: Int(height), width: Int(width), isInverted: header.hasAdobeMarker)
    }
    return try RGBImage(height: Int(height), width: Int(width)) { pixels in
        try decoder.check(
            tjDecompress2(
                decoder.handle, input, length, pixels.baseAddress, width, 0, height, CInt(TJPF_RGB.rawValue), 0),
            "cannot decode the JPEG")
    }
}

/// RGB of CMYK samples; Adobe's programs store the inks inverted, 255 meaning none.
private func colors(of inks: [UInt8], height: Int, width: Int, isInverted: Bool) -> RGBImage {
    RGBImage(height: height, width: width) { pixels in
        for pixel in 0..<(height * width) {
            let black = isInverted ? Int(inks[pixel * 4 + 3]) : 255 - Int(inks[pixel * 4 + 3])
            for channel in 0..<3 {
                let ink = Int(inks[pixel * 4 + channel])
                pixels[pixel * 3 + channel] = UInt8(((isInverted ? ink : 255 - ink) * black + 127) / 255)
            }
        }
    }
}

extension RGBImage {
    /// The image as a JPEG file with full colour resolution; quality from 1 to 100. Throws `DatasetError`.
    public func jpegData(quality: Int = 95) throws -> Data {
        precondition((1...100).contains(quality), "a JPEG's quality is from 1 to 100")
        do {
            let encoder = try TurboJPEG(tjInitCompress())
            var output: UnsafeMutablePointer<UInt8>?
            var length: UInt = 0
            defer { tjFree(output) }
            try pixels.withUnsafeBufferPointer { pixels in
                try encoder.check(
                    tjCompress2(
                        encoder.handle, pixels.baseAddress, CInt(width), 0, CInt(height), CInt(TJPF_RGB.rawValue),
                        &output, &length, CInt(TJSAMP_444.rawValue), CInt(quality), 0),
                    "cannot encode the image as JPEG")
            }
            guard let output else { throw CodecFailure(message: "TurboJPEG encoded nothing") }
            return Data(bytes: output, count: Int(length))
        } catch let failure as CodecFailure {
            throw DatasetError(message: failure.message)
        }
    }
}
