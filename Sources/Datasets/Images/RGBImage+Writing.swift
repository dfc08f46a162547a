public import Foundation

extension RGBImage {
    /// Writes the image as PNG or JPEG, by the file name's extension; a file that exists is replaced.
    ///
    /// - Parameter quality: of a JPEG, from 1 to 100.
    /// - Throws: `DatasetError` naming the file.
    public func write(to url: URL, quality: Int = 95) throws {
        let data: Data
        switch url.pathExtension.lowercased() {
        case "png": data = try pngData()
        case "jpg", "jpeg": data = try jpegData(quality: quality)
        default:
            throw DatasetError(
                file: url.path, message: "images are written as .png, .jpg or .jpeg",
                suggestion: "change the file name's extension")
        }
        do {
            try data.write(to: url, options: .atomic)
        } catch {
            throw DatasetError(file: url.path, message: "cannot write the image: \(error.localizedDescription)")
        }
    }
}
