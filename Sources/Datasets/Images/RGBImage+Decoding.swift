public import struct Foundation.Data
public import struct Foundation.URL

extension RGBImage {
    /// Reads a JPEG or PNG file; the EXIF orientation of a JPEG is applied.
    ///
    /// Throws `DatasetError` naming the file and what is wrong with it.
    public init(contentsOf url: URL) throws {
        let data: Data
        do {
            data = try Data(contentsOf: url, options: .mappedIfSafe)
        } catch {
            throw DatasetError(file: url.path, message: "cannot read the image: \(error.localizedDescription)")
        }
        try self.init(decoding: data, name: url.path)
    }

    /// Decodes a JPEG or PNG file held in memory; `name` is what errors call it.
    ///
    /// Grey and palette images become RGB, an alpha channel is dropped, 16-bit samples become 8-bit ones.
    public init(decoding data: Data, name: String) throws {
        self = try data.withUnsafeBytes { bytes in
            let header = try ImageHeader(bytes, name: name)
            do {
                switch header.format {
                case .jpeg: return try decodeJPEG(bytes, header: header).oriented(by: header.orientation)
                case .png: return try decodePNG(bytes)
                }
            } catch let failure as CodecFailure {
                throw DatasetError(file: name, message: failure.message)
            }
        }
    }

    /// The image turned and mirrored as the EXIF orientation 1…8 demands.
    func oriented(by orientation: Int) -> RGBImage {
        if orientation == 1 { return self }
        let isTransposed = orientation >= 5
        let target = isTransposed ? ImageSize(height: width, width: height) : size
        return RGBImage(height: target.height, width: target.width) { output in
            pixels.withUnsafeBufferPointer { input in
                var position = 0
                for row in 0..<target.height {
                    for column in 0..<target.width {
                        let (sourceRow, sourceColumn) =
                            switch orientation {
                            case 2: (row, width - 1 - column)
                            case 3: (height - 1 - row, width - 1 - column)
                            case 4: (height - 1 - row, column)
                            case 5: (column, row)
                            case 6: (height - 1 - column, row)
                            case 7: (height - 1 - column, width - 1 - row)
                            default: (column, width - 1 - row)
                            }
                        let source = (sourceRow * width + sourceColumn) * 3
                        output[position] = input[source]
                        output[position + 1] = input[source + 1]
                        output[position + 2] = input[source + 2]
                        position += 3
                    }
                }
            }
        }
    }
}

extension ImageHeader {
    /// Reads the header of a whole file held in memory; `name` is what errors call it.
    init(_ bytes: UnsafeRawBufferPointer, name: String) throws {
        do throws(Failure) {
            try self.init(bytes)
        } catch {
            switch error {
            case .incomplete: throw DatasetError(file: name, message: "the image ends inside its header (truncated?)")
            case .invalid(let message): throw DatasetError(file: name, message: message)
            }
        }
    }
}

/// What a codec library said when it failed.
struct CodecFailure: Error {
    var message: String
}
