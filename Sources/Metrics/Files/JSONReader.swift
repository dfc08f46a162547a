/// Bytes that are not JSON.
struct JSONSyntaxError: Error {
    let offset: Int
    let message: String
}

/// The name of an object's member, still in the document's bytes unless it contains escapes.
struct JSONKey {
    let bytes: UnsafeBufferPointer<UInt8>
    let unescaped: String?

    static func ~= (name: StaticString, key: JSONKey) -> Bool {
        if let unescaped = key.unescaped { return unescaped == name.description }
        guard key.bytes.count == name.utf8CodeUnitCount else { return false }
        for index in 0..<key.bytes.count where key.bytes[index] != name.utf8Start[index] { return false }
        return true
    }
}

/// Reads a JSON document (RFC 8259) from front to back, value by value, building nothing that is not asked for.
///
/// ```
/// try reader.beginObject()
/// var isFirst = true
/// while let key = try reader.nextKey(&isFirst) {
///     switch key {
///     case "score": score = try reader.number().value
///     default: try reader.skipValue()
///     }
/// }
/// ```
/// The bytes must outlive the reader.
struct JSONReader {
    /// What stands at the reader's position.
    enum Kind: String {
        case object = "an object"
        case array = "an array"
        case string = "a string"
        case number = "a number"
        case bool = "a boolean"
        case null = "null"
        case nonFinite = "NaN or infinity"
        case end = "the end of the file"
        case other = "something that is not JSON"
    }

    let bytes: UnsafeBufferPointer<UInt8>
    private(set) var position = 0

    private static let maximumDepth = 256

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
        if bytes.count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF { position = 3 }  // byte order mark
    }

    /// The byte at a position; 0, which no JSON token contains, past the end.
    @inline(__always) private func byte(at index: Int) -> UInt8 { index < bytes.count ? bytes[index] : 0 }

    @inline(__always) private mutating func skipWhitespace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }

    /// What kind of value comes next; moves to its first byte.
    mutating func peek() -> Kind {
        skipWhitespace()
        guard position < bytes.count else { return .end }
        switch bytes[position] {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        case UInt8(ascii: "-"): return byte(at: position + 1) == UInt8(ascii: "I") ? .nonFinite : .number
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
        case UInt8(ascii: "n"): return .null
        case UInt8(ascii: "N"), UInt8(ascii: "I"): return .nonFinite
        default: return .other
        }
    }

    // MARK: Objects and arrays

    mutating func beginObject() throws(JSONSyntaxError) { try expect(UInt8(ascii: "{"), "an object") }

    mutating func beginArray() throws(JSONSyntaxError) { try expect(UInt8(ascii: "["), "an array") }

    /// Moves to the value of the object's next member; nil past the last one.
    mutating func nextKey(_ isFirst: inout Bool) throws(JSONSyntaxError) -> JSONKey? {
        guard try next(UInt8(ascii: "}"), &isFirst) else { return nil }
        guard byte(at: position) == UInt8(ascii: "\"") else { throw unexpected("a member's name in quotes") }
        let (contents, hasEscapes) = try stringBytes()
        let key = JSONKey(bytes: contents, unescaped: hasEscapes ? try unescape(contents) : nil)
        try expect(UInt8(ascii: ":"), "':' after a member's name")
        return key
    }

    /// Moves to the array's next element; false past the last one.
    mutating func nextElement(_ isFirst: inout Bool) throws(JSONSyntaxError) -> Bool {
        try next(UInt8(ascii: "]"), &isFirst)
    }

    /// Past the last value nothing but white space may follow.
    mutating func finish() throws(JSONSyntaxError) {
        if peek() != .end { throw unexpected("the end of the file") }
    }

    @inline(__always)
    private mutating func next(_ closing: UInt8, _ isFirst: inout Bool) throws(JSONSyntaxError) -> Bool {
        skipWhitespace()
        let current = byte(at: position)
        if current == closing {
            position += 1
            return false
        }
        if isFirst {
            isFirst = false
        } else {
            guard current == UInt8(ascii: ",") else {
                throw unexpected("',' or '\(Character(UnicodeScalar(closing)))'")
            }
            position += 1
            skipWhitespace()
        }
        return true
    }

    @inline(__always)
    private mutating func expect(_ expected: UInt8, _ what: StaticString) throws(JSONSyntaxError) {
        skipWhitespace()
        guard byte(at: position) == expected else { throw unexpected(what.description) }
        position += 1
    }

    // MARK: Plain values

    /// Reads a number. `integer` is set if it is written without fraction and exponent, or is a whole number below 2⁵³.
    mutating func number() throws(JSONSyntaxError) -> JSONNumber {
        skipWhitespace()
        guard let (number, end) = JSONNumber.parse(bytes, from: position) else {
            if peek() == .number { throw JSONSyntaxError(offset: position, message: "a number that breaks off") }
            throw unexpected("a number")
        }
        position = end
        return number
    }

    mutating func bool() throws(JSONSyntaxError) -> Bool {
        if literal("true") { return true }
        if literal("false") { return false }
        throw unexpected("true or false")
    }

    mutating func string() throws(JSONSyntaxError) -> String {
        guard peek() == .string else { throw unexpected("a string") }
        let (contents, hasEscapes) = try stringBytes()
        return hasEscapes ? try unescape(contents) : String(decoding: contents, as: UTF8.self)
    }

    /// Passes over one value of any kind; `NaN` and `Infinity`, which Python writes, are let pass here.
    mutating func skipValue() throws(JSONSyntaxError) { try skipValue(depth: 0) }

    private mutating func skipValue(depth: Int) throws(JSONSyntaxError) {
        guard depth < Self.maximumDepth else {
            throw JSONSyntaxError(offset: position, message: "nested deeper than \(Self.maximumDepth) levels")
        }
        var isFirst = true
        switch peek() {
        case .object:
            position += 1
            while try nextKey(&isFirst) != nil { try skipValue(depth: depth + 1) }
        case .array:
            position += 1
            while try nextElement(&isFirst) { try skipValue(depth: depth + 1) }
        case .string: _ = try stringBytes()
        case .number: _ = try number()
        case .bool: _ = try bool()
        case .null: guard literal("null") else { throw unexpected("null") }
        case .nonFinite:
            guard literal("NaN") || literal("Infinity") || literal("-Infinity") else { throw unexpected("a value") }
        case .end, .other: throw unexpected("a value")
        }
    }

    private mutating func literal(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard position + count <= bytes.count else { return false }
        for index in 0..<count where bytes[position + index] != text.utf8Start[index] { return false }
        position += count
        return true
    }

    // MARK: Strings

    /// The bytes between the quotes, and whether any is a backslash. Stands on the opening quote; ends past the other.
    private mutating func stringBytes() throws(JSONSyntaxError) -> (UnsafeBufferPointer<UInt8>, hasEscapes: Bool) {
        let start = position + 1
        var index = start
        var hasEscapes = false
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\""):
                position = index + 1
                return (UnsafeBufferPointer(rebasing: bytes[start..<index]), hasEscapes)
            case UInt8(ascii: "\\"):
                hasEscapes = true
                index += 2
            case 0..<0x20:
                throw JSONSyntaxError(offset: index, message: "a string with a line break or another control character")
            default: index += 1
            }
        }
        throw JSONSyntaxError(offset: position, message: "a string without an end")
    }

    /// Resolves the escapes of a string's contents, which lie in `bytes`.
    private func unescape(_ contents: UnsafeBufferPointer<UInt8>) throws(JSONSyntaxError) -> String {
        let start = (contents.baseAddress ?? bytes.baseAddress).flatMap { bytes.baseAddress?.distance(to: $0) } ?? 0
        var units: [UInt16] = []
        var plain: [UInt8] = []
        func flush() {
            units += String(decoding: plain, as: UTF8.self).utf16
            plain.removeAll(keepingCapacity: true)
        }
        var index = 0
        while index < contents.count {
            guard contents[index] == UInt8(ascii: "\\"), index + 1 < contents.count else {
                plain.append(contents[index])
                index += 1
                continue
            }
            switch contents[index + 1] {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): plain.append(contents[index + 1])
            case UInt8(ascii: "b"): plain.append(0x08)
            case UInt8(ascii: "f"): plain.append(0x0C)
            case UInt8(ascii: "n"): plain.append(0x0A)
            case UInt8(ascii: "r"): plain.append(0x0D)
            case UInt8(ascii: "t"): plain.append(0x09)
            case UInt8(ascii: "u"):
                let digits = contents.dropFirst(index + 2).prefix(4)
                guard digits.count == 4, digits.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }),
                    let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
                else { throw JSONSyntaxError(offset: start + index, message: "\\u without four hexadecimal digits") }
                flush()
                units.append(unit)
                index += 4
            default:
                throw JSONSyntaxError(offset: start + index, message: "a string with an unknown escape")
            }
            index += 2
        }
        flush()
        return String(decoding: units, as: UTF16.self)
    }

    private mutating func unexpected(_ expected: String) -> JSONSyntaxError {
        let found =
            switch peek() {
            case .other: "'\(String(decoding: bytes[position...].prefix(4), as: UTF8.self).prefix(1))'"
            case let kind: kind.rawValue
            }
        return JSONSyntaxError(offset: position, message: "expected \(expected), found \(found)")
    }
}
