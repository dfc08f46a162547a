import CPNG
public import struct Foundation.Data

/// Decodes a PNG file with libpng's simplified interface, which reports errors without `longjmp`.
func decodePNG(_ bytes: UnsafeRawBufferPointer) throws -> RGBImage {
    var image = ablate_png_image()
    defer { png_image_free(&image) }
    let begun = png_image_begin_read_from_memory(&image, bytes.baseAddress, bytes.count)
    if begun == 0 || ablate_png_failed(&image) != 0 {
        throw CodecFailure(message: "cannot read the PNG's header: \(message(of: image))")
    }
    let hasAlpha = ablate_png_has_alpha(&image) != 0
    ablate_png_request(&image, hasAlpha ? 1 : 0)
    let (height, width) = (Int(image.height), Int(image.width))
    func finish(_ pixels: UnsafeMutablePointer<UInt8>?) throws {
        let finished = png_image_finish_read(&image, nil, pixels, 0, nil)
        if finished == 0 || ablate_png_failed(&image) != 0 {
            throw CodecFailure(message: "cannot decode the PNG: \(message(of: image))")
        }
    }
    if !hasAlpha {
        return try RGBImage(height: height, width: width) { try finish($0.baseAddress) }
    }
    var samples = [UInt8](repeating: 0, count: height * width * 4)
    try samples.withUnsafeMutableBufferPointer { try finish($0.baseAddress) }
    return RGBImage(height: height, width: width) { pixels in
        for pixel in 0..<(height * width) {
            for channel in 0..<3 { pixels[pixel * 3 + channel] = samples[pixel * 4 + channel] }
        }
    }
}

private func message(of image: png_image) -> String {
    var image = image
    return String(cString: ablate_png_message(&image))
}

extension RGBImage {
    /// The image as a PNG file of 8-bit RGB. Throws `DatasetError`.
    public func pngData() throws -> Data {
        var image = ablate_png_image()
        image.width = UInt32(width)
        image.height = UInt32(height)
        ablate_png_request(&image, 0)
        var length = ablate_png_bound(&image)
        var output = [UInt8](repeating: 0, count: length)
        let written = pixels.withUnsafeBufferPointer { pixels in
            output.withUnsafeMutableBytes {
                png_image_write_to_memory(&image, $0.baseAddress, &length, 0, pixels.baseAddress, 0, nil)
            }
        }
        if written == 0 || ablate_png_failed(&image) != 0 {
            throw DatasetError(message: "cannot encode the image as PNG: \(message(of: image))")
        }
        return Data(output[..<length])
    }
}
