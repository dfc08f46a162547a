import Foundation

/// The part of JSON Schema that docs/report.schema.json uses: what a document violates, one line each.
struct JSONSchema {
    private let root: [String: Any]

    private static let keywords: Set<String> = [
        "$schema", "$defs", "$ref", "title", "description", "type", "required", "additionalProperties", "properties",
        "items", "const", "enum", "pattern", "minimum",
    ]

    init(contentsOf url: URL) throws {
        let json = try JSONSerialization.jsonObject(with: Data(contentsOf: url))
        root = json as? [String: Any] ?? [:]
    }

    func violations(_ document: Any) -> [String] { check(document, root, "$") }

    private func check(_ value: Any, _ schema: [String: Any], _ place: String) -> [String] {
        // A keyword that is not checked here would be a promise that no test keeps.
        let unknown = Set(schema.keys).subtracting(Self.keywords)
        if !unknown.isEmpty { return ["\(place): keywords \(unknown) are not checked"] }
        if let reference = schema["$ref"] as? String {
            let name = reference.replacing("#/$defs/", with: "")
            guard let found = (root["$defs"] as? [String: Any])?[name] as? [String: Any] else {
                return ["\(place): \(reference) is not defined"]
            }
            return check(value, found, place)
        }
        var found: [String] = []
        let types = (schema["type"] as? [String]) ?? (schema["type"] as? String).map { [$0] } ?? []
        if !types.isEmpty, !types.contains(where: { Self.isOf(value, $0) }) {
            return ["\(place): \(value) is none of \(types)"]
        }
        if let expected = schema["const"], !Self.isEqual(value, expected) { found.append("\(place): not \(expected)") }
        if let allowed = schema["enum"] as? [String], !allowed.contains(value as? String ?? "") {
            found.append("\(place): \(value) is none of \(allowed)")
        }
        if let pattern = schema["pattern"] as? String, let text = value as? String,
            text.range(of: pattern, options: .regularExpression) == nil
        {
            found.append("\(place): \(text) is not \(pattern)")
        }
        if let minimum = schema["minimum"] as? Double, let number = value as? Double, number < minimum {
            found.append("\(place): \(number) is below \(minimum)")
        }
        if let object = value as? [String: Any] { found += check(object, schema, place) }
        if let array = value as? [Any], let items = schema["items"] as? [String: Any] {
            for (index, item) in array.enumerated() { found += check(item, items, "\(place)[\(index)]") }
        }
        return found
    }

    private func check(_ object: [String: Any], _ schema: [String: Any], _ place: String) -> [String] {
        let properties = schema["properties"] as? [String: [String: Any]] ?? [:]
        var found = (schema["required"] as? [String] ?? []).filter { object[$0] == nil }.map {
            "\(place).\($0): missing"
        }
        for (name, value) in object {
            if let property = properties[name] {
                found += check(value, property, "\(place).\(name)")
            } else if let other = schema["additionalProperties"] as? [String: Any] {
                found += check(value, other, "\(place).\(name)")
            } else if schema["additionalProperties"] as? Bool == false {
                found.append("\(place).\(name): not allowed")
            }
        }
        return found
    }

    private static func isOf(_ value: Any, _ type: String) -> Bool {
        let number = value as? NSNumber
        let isTruth = value is Bool && number.map { "\($0)" == "true" || "\($0)" == "false" || $0.isBoolean } ?? true
        return switch type {
        case "object": value is [String: Any]
        case "array": value is [Any]
        case "string": value is String
        case "null": value is NSNull
        case "boolean": isTruth
        case "number": number != nil && !isTruth && !(value is String)
        case "integer": number != nil && !isTruth && (value as? Double).map { $0 == $0.rounded() } ?? false
        default: false
        }
    }

    private static func isEqual(_ value: Any, _ expected: Any) -> Bool {
        (value as? NSObject) == (expected as? NSObject)
    }
}

extension NSNumber {
    /// Whether it was read from `true` or `false`: numbers and truths are the same type here.
    fileprivate var isBoolean: Bool { String(cString: objCType) == "c" }
}
