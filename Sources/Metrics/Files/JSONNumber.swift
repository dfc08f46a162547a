import Foundation

/// A number of a JSON document.
struct JSONNumber {
    /// Rounded to nearest, as by `strtod`; infinite if too large.
    let value: Double
    /// The number itself if it is whole and known exactly.
    let integer: Int?

    /// Powers of ten that a `Double` holds exactly.
    private static let powersOfTen: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ]

    /// Parses the number that starts at an offset; nil if none does.
    ///
    /// - Returns: the number and the offset past it.
    static func parse(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> (JSONNumber, end: Int)? {
        var index = start
        func digit() -> UInt8? {
            guard index < bytes.count else { return nil }
            let value = bytes[index] &- UInt8(ascii: "0")
            return value < 10 ? value : nil
        }
        let isNegative = index < bytes.count && bytes[index] == UInt8(ascii: "-")
        if isNegative { index += 1 }

        // Up to 18 significant digits fit into the mantissa; a number with more goes the slow way.
        var mantissa: UInt64 = 0
        var significant = 0
        func append(_ digit: UInt8) {
            if significant > 0 || digit > 0 { significant += 1 }
            if significant <= 18 { mantissa = mantissa * 10 + UInt64(digit) }
        }
        guard let leading = digit() else { return nil }
        append(leading)
        index += 1
        if leading > 0 {
            while let next = digit() {
                append(next)
                index += 1
            }
        }
        var exponent = 0
        var isWhole = true
        if index < bytes.count, bytes[index] == UInt8(ascii: ".") {
            isWhole = false
            index += 1
            guard digit() != nil else { return nil }
            while let next = digit() {
                append(next)
                exponent -= 1
                index += 1
            }
        }
        if index < bytes.count, bytes[index] | 0x20 == UInt8(ascii: "e") {
            isWhole = false
            index += 1
            var isNegativeExponent = false
            if index < bytes.count, bytes[index] == UInt8(ascii: "-") || bytes[index] == UInt8(ascii: "+") {
                isNegativeExponent = bytes[index] == UInt8(ascii: "-")
                index += 1
            }
            guard digit() != nil else { return nil }
            var written = 0
            while let next = digit() {
                written = min(written * 10 + Int(next), 100_000)
                index += 1
            }
            exponent += isNegativeExponent ? -written : written
        }

        let value: Double
        if significant <= 18, mantissa <= 1 << 53, abs(exponent) <= 22 {
            // Mantissa and power are exact, so one operation rounds once.
            let magnitude = Double(mantissa)
            let scaled = exponent < 0 ? magnitude / powersOfTen[-exponent] : magnitude * powersOfTen[exponent]
            value = isNegative ? -scaled : scaled
        } else {
            value = slowValue(bytes[start..<index])
        }
        let integer: Int?
        if isWhole, significant <= 18 {
            integer = isNegative ? -Int(mantissa) : Int(mantissa)
        } else if value.rounded() == value, value.magnitude < 0x1p53 {
            integer = Int(value)
        } else {
            integer = nil
        }
        return (JSONNumber(value: value, integer: integer), index)
    }

    private static func slowValue(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> Double {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: text.count + 1) { buffer in
            for (index, byte) in text.enumerated() { buffer[index] = CChar(bitPattern: byte) }
            buffer[text.count] = 0
            guard let start = buffer.baseAddress else { return .nan }
            return strtod(start, nil)
        }
    }
}
