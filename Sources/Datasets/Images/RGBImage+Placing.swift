extension RGBImage {
    /// The image mirrored left to right.
    public func flippedLeftRight() -> RGBImage {
        RGBImage(height: height, width: width) { output in
            pixels.withUnsafeBufferPointer { input in
                var position = 0
                for row in 0..<height {
                    var source = (row * width + width - 1) * 3
                    for _ in 0..<width {
                        output[position] = input[source]
                        output[position + 1] = input[source + 1]
                        output[position + 2] = input[source + 2]
                        position += 3
                        source -= 3
                    }
                }
            }
        }
    }

    /// The image mirrored top to bottom.
    public func flippedUpDown() -> RGBImage {
        RGBImage(height: height, width: width) { output in
            pixels.withUnsafeBufferPointer { input in
                let length = width * 3
                for row in 0..<height {
                    let source = UnsafeMutableBufferPointer(rebasing: output[(row * length)..<((row + 1) * length)])
                    let start = (height - 1 - row) * length
                    _ = source.update(fromContentsOf: input[start..<(start + length)])
                }
            }
        }
    }

    /// Copies another image onto this one with its top left corner at (`left`, `top`); what sticks out is cut off.
    public mutating func place(_ other: RGBImage, left: Int, top: Int) {
        let columns = max(0, left)..<max(max(0, left), min(width, left + other.width))
        let rows = max(0, top)..<max(max(0, top), min(height, top + other.height))
        if columns.isEmpty || rows.isEmpty { return }
        let count = columns.count * 3
        let width = width
        pixels.withUnsafeMutableBufferPointer { output in
            other.pixels.withUnsafeBufferPointer { input in
                for row in rows {
                    let start = (row * width + columns.lowerBound) * 3
                    let source = ((row - top) * other.width + columns.lowerBound - left) * 3
                    let line = UnsafeMutableBufferPointer(rebasing: output[start..<(start + count)])
                    _ = line.update(fromContentsOf: input[source..<(source + count)])
                }
            }
        }
    }
}
