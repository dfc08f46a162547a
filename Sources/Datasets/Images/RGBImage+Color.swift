extension RGBImage {
    /// The image with hue, saturation and value multiplied, in 8-bit HSV (hue in 0…179 for a full circle).
    ///
    /// H → ⌊(H·hue) mod 180⌋, S → ⌊min(255, S·saturation)⌋, V → ⌊min(255, V·value)⌋; conversions as in OpenCV.
    public func adjusted(hue: Double, saturation: Double, value: Double) -> RGBImage {
        let tables = HSVTables(hue: hue, saturation: saturation, value: value)
        var result = self
        result.pixels.withUnsafeMutableBufferPointer { samples in
            guard var pixel = samples.baseAddress else { return }
            tables.withPointers { tables in
                for _ in 0..<(height * width) {
                    tables.adjust(pixel)
                    pixel += 3
                }
            }
        }
        return result
    }
}

/// Look-up tables of one colour change.
private struct HSVTables {
    /// Numerators of hue and saturation: 180·2¹²/6 and 255·2¹² over a difference or value.
    private static let hueDivisors = (0..<256).map { divisor($0, 180.0 * 4096 / 6) }
    private static let saturationDivisors = (0..<256).map { divisor($0, 255.0 * 4096) }

    private static func divisor(_ value: Int, _ numerator: Double) -> Int32 {
        value == 0 ? 0 : Int32((numerator / Double(value)).rounded(.toNearestOrEven))
    }

    /// Hue after the change, times 6/180: 0 up to 6.
    private let hue: [Float]
    /// Saturation and value after the change, divided by 255.
    private let saturation: [Float]
    private let value: [Float]

    init(hue: Double, saturation: Double, value: Double) {
        self.hue = (0..<256).map { level in
            let turned = (Double(level) * hue).truncatingRemainder(dividingBy: 180)
            return Float((turned < 0 ? turned + 180 : turned).rounded(.down)) * (6 / 180)
        }
        self.saturation = (0..<256).map { Self.scaled($0, saturation) }
        self.value = (0..<256).map { Self.scaled($0, value) }
    }

    private static func scaled(_ level: Int, _ gain: Double) -> Float {
        Float(min(max(Double(level) * gain, 0), 255).rounded(.down)) * (1 / 255)
    }

    struct Pointers {
        let hueDivisors: UnsafePointer<Int32>
        let saturationDivisors: UnsafePointer<Int32>
        let hue: UnsafePointer<Float>
        let saturation: UnsafePointer<Float>
        let value: UnsafePointer<Float>

        /// Changes one pixel.
        @inline(__always)
        func adjust(_ pixel: UnsafeMutablePointer<UInt8>) {
            let (r, g, b) = (Int32(pixel[0]), Int32(pixel[1]), Int32(pixel[2]))
            let most = max(r, g, b)
            let range = most &- min(r, g, b)
            let chroma = (range &* saturationDivisors[Int(most)] &+ 2048) &>> 12
            let sixth: Int32
            if most == r {
                sixth = g &- b
            } else if most == g {
                sixth = b &- r &+ 2 &* range
            } else {
                sixth = r &- g &+ 4 &* range
            }
            var angle = (sixth &* hueDivisors[Int(range)] &+ 2048) &>> 12
            if angle < 0 { angle &+= 180 }

            let (h, s, v) = (hue[Int(angle)], saturation[Int(chroma)], value[Int(most)])
            let sector = Int(h)
            let fraction = h - Float(sector)
            // OpenCV fuses these products with their sums; in Double the product of two Floats is exact.
            let p = v * (1 - s)
            let q = v * Float(1 - Double(s) * Double(fraction))
            let t = v * Float(1 - Double(s) * Double(1 - fraction))
            let (red, green, blue) =
                switch sector {
                case 0: (v, t, p)
                case 1: (q, v, p)
                case 2: (p, v, t)
                case 3: (p, q, v)
                case 4: (t, p, v)
                default: (v, p, q)
                }
            pixel[0] = level(red)
            pixel[1] = level(green)
            pixel[2] = level(blue)
        }

        /// 0…1 as 0…255, rounded down as OpenCV does (except in the last few pixels of a row).
        @inline(__always)
        private func level(_ value: Float) -> UInt8 {
            UInt8(truncatingIfNeeded: Int32(value * 255))
        }
    }

    func withPointers(_ body: (Pointers) -> Void) {
        Self.hueDivisors.withUnsafeBufferPointer { hueDivisors in
            Self.saturationDivisors.withUnsafeBufferPointer { saturationDivisors in
                hue.withUnsafeBufferPointer { hue in
                    saturation.withUnsafeBufferPointer { saturation in
                        value.withUnsafeBufferPointer { value in
                            guard let hueDivisors = hueDivisors.baseAddress,
                                let saturationDivisors = saturationDivisors.baseAddress, let hue = hue.baseAddress,
                                let saturation = saturation.baseAddress, let value = value.baseAddress
                            else { return }
                            body(
                                Pointers(
                                    hueDivisors: hueDivisors, saturationDivisors: saturationDivisors, hue: hue,
                                    saturation: saturation, value: value))
                        }
                    }
                }
            }
        }
    }
}
