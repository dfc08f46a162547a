/// One value of a configuration as a manifest, a command line or a job file writes it.
public enum ConfigurationValue: Hashable, Sendable {
    case boolean(Bool)
    case integer(Int)
    case number(Double)
    case word(String)
    case list([ConfigurationValue])

    /// The canonical JSON of the value: the same text for equal values, whatever they were read from.
    ///
    /// Numbers that are whole are written without a fraction (`1`, not `1.0`), others with the fewest digits that read
    /// back as the same double.
    public var canonicalJSON: String {
        switch self {
        case .boolean(let value): value ? "true" : "false"
        case .integer(let value): String(value)
        case .number(let value): Self.canonical(value)
        case .word(let value): Self.quoted(value)
        case .list(let values): "[" + values.map(\.canonicalJSON).joined(separator: ",") + "]"
        }
    }

    private static func canonical(_ value: Double) -> String {
        if value == value.rounded(), abs(value) < 9e15 { return String(Int(value)) }
        return value.description
    }

    static func quoted(_ text: String) -> String {
        var json = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": json += "\\\""
            case "\\": json += "\\\\"
            case "\n": json += "\\n"
            case "\r": json += "\\r"
            case "\t": json += "\\t"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                json += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: json.unicodeScalars.append(scalar)
            }
        }
        return json + "\""
    }
}

extension ConfigurationValue: CustomStringConvertible {
    /// The value as a table of a report or a command line shows it: words without quotes, lists joined by `+`.
    public var description: String {
        switch self {
        case .word(let value): value
        case .list(let values): values.map(\.description).joined(separator: "+")
        default: canonicalJSON
        }
    }
}

extension ConfigurationValue: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let value = try? container.decode(Bool.self) {
            self = .boolean(value)
        } else if let value = try? container.decode(Int.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .word(value)
        } else {
            self = .list(try container.decode([ConfigurationValue].self))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .boolean(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .word(let value): try container.encode(value)
        case .list(let values): try container.encode(values)
        }
    }
}
