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

    /// By hue: where it lies after the change in its sixth of the circle, and which channel then has which level.
    struct Angle {
        /// From 0 at the sixth's beginning up to 1.
        var fraction: Double
        var rest: Double
        /// Where red, green and blue stand among the packed levels v, t, p, q, in bits; one byte each.
        var places: UInt32
    }

    /// By saturation: the one after the change, from 0 to 1.
    struct Chroma {
        var share: Double
        var rest: Float
    }

    /// By value: the one after the change, from 0 to 1, and as a level.
    struct Brightness {
        var share: Float
        var level: UInt32
    }

    private let angles: [Angle]
    private let chromas: [Chroma]
    private let brightnesses: [Brightness]

    init(hue: Double, saturation: Double, value: Double) {
        angles = (0..<256).map { level in
            let turned = (Double(level) * hue).truncatingRemainder(dividingBy: 180)
            let sixths = Float((turned < 0 ? turned + 180 : turned).rounded(.down)) * (6 / 180)
            let sector = min(Int(sixths), 5)
            let fraction = sixths - Float(sector)
            return Angle(fraction: Double(fraction), rest: Double(1 - fraction), places: Self.places[sector])
        }
        chromas = (0..<256).map {
            let share = Self.scaled($0, saturation)
            return Chroma(share: Double(share), rest: 1 - share)
        }
        brightnesses = (0..<256).map {
            let share = Self.scaled($0, value)
            return Brightness(share: share, level: Self.level(share))
        }
    }

    /// In each sixth of the circle: v t p, q v p, p v t, p q v, t p v, v p q.
    private static let places: [UInt32] = [0x10_08_00, 0x10_00_18, 0x08_00_10, 0x00_18_10, 0x00_10_08, 0x18_10_00]

    private static func scaled(_ level: Int, _ gain: Double) -> Float {
        Float(min(max(Double(level) * gain, 0), 255).rounded(.down)) * (1 / 255)
    }

    /// 0…1 as 0…255, rounded down as OpenCV does (except in the last few pixels of a row).
    @inline(__always)
    private static func level(_ share: Float) -> UInt32 {
        let scaled = share * 255
        // From 2²³ on a Float has whole numbers only, the nearest in its lowest bits; a conversion would check its range.
        let nearest = scaled + 0x1p23
        return (nearest.bitPattern &- (nearest - 0x1p23 > scaled ? 1 : 0)) & 255
    }

    struct Pointers {
        let hueDivisors: UnsafePointer<Int32>
        let saturationDivisors: UnsafePointer<Int32>
        let angles: UnsafePointer<Angle>
        let chromas: UnsafePointer<Chroma>
        let brightnesses: UnsafePointer<Brightness>

        /// Changes one pixel.
        @inline(__always)
        func adjust(_ pixel: UnsafeMutablePointer<UInt8>) {
            // Without branches: which channel is the largest changes from pixel to pixel.
            let (r, g, b) = (Int32(pixel[0]), Int32(pixel[1]), Int32(pixel[2]))
            let most = max(r, g, b)
            let range = most &- min(r, g, b)
            let chroma = chromas[Int((range &* saturationDivisors[Int(most)] &+ 2048) &>> 12)]
            let isRed: Int32 = most == r ? -1 : 0
            let isGreen: Int32 = most == g ? -1 : 0
            let fromGreen = isGreen & (b &- r &+ 2 &* range) | ~isGreen & (r &- g &+ 4 &* range)
            let sixth = isRed & (g &- b) | ~isRed & fromGreen
            let hue = (sixth &* hueDivisors[Int(range)] &+ 2048) &>> 12
            let angle = angles[Int(hue &+ (hue &>> 31) & 180)]
            let brightness = brightnesses[Int(most)]
            let v = brightness.share
            // OpenCV fuses these products with their sums; in Double the product of two Floats is exact.
            let p = HSVTables.level(v * chroma.rest)
            let q = HSVTables.level(v * Float(1 - chroma.share * angle.fraction))
            let t = HSVTables.level(v * Float(1 - chroma.share * angle.rest))
            let levels = brightness.level | t &<< 8 | p &<< 16 | q &<< 24
            pixel[0] = UInt8(truncatingIfNeeded: levels &>> (angle.places & 31))
            pixel[1] = UInt8(truncatingIfNeeded: levels &>> (angle.places &>> 8 & 31))
            pixel[2] = UInt8(truncatingIfNeeded: levels &>> (angle.places &>> 16 & 31))
        }
    }

    func withPointers(_ body: (Pointers) -> Void) {
        Self.hueDivisors.withUnsafeBufferPointer { hueDivisors in
            Self.saturationDivisors.withUnsafeBufferPointer { saturationDivisors in
                angles.withUnsafeBufferPointer { angles in
                    chromas.withUnsafeBufferPointer { chromas in
                        brightnesses.withUnsafeBufferPointer { brightnesses in
                            guard let hueDivisors = hueDivisors.baseAddress,
                                let saturationDivisors = saturationDivisors.baseAddress,
                                let angles = angles.baseAddress, let chromas = chromas.baseAddress,
                                let brightnesses = brightnesses.baseAddress
                            else { return }
                            body(
                                Pointers(
                                    hueDivisors: hueDivisors, saturationDivisors: saturationDivisors, angles: angles,
                                    chromas: chromas, brightnesses: brightnesses))
                        }
                    }
                }
            }
        }
    }
}
