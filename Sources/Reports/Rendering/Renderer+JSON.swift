import Foundation

extension Renderer {
    /// Everything, with all digits, for programs.
    public static let json = Renderer(
        name: "json", summary: "All tables and facts as JSON, with all digits.", fileExtension: "json"
    ) { report in
        var object: [String: JSONValue] = ["title": .scalar(.string(report.title))]
        for fact in report.facts {
            object[fact.name] = .scalar(fact.value.values[0])
        }
        var notes: [JSONValue] = []
        for block in report.sections.flatMap(\.blocks) {
            switch block {
            case .paragraph(let text), .warning(let text): notes.append(.scalar(.string(text)))
            case .list(let items): notes += items.map { .scalar(.string($0)) }
            case .table(let table): object[table.name] = .array(table.rows.map { row(table, $0) })
            }
        }
        object["text"] = .array(notes)
        return text(.object(object))
    }

    /// A value as JSON, with sorted keys.
    static func text(_ value: JSONValue) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(value) else {
            preconditionFailure("Values without infinities can always be written as JSON.")
        }
        return String(decoding: data, as: UTF8.self) + "\n"
    }

    /// A row as an object: column → value, and column and part → the parts.
    static func row(_ table: Table, _ cells: [Cell]) -> JSONValue {
        var object: [String: JSONValue] = [:]
        for (column, cell) in zip(table.columns, cells) {
            for (name, value) in zip([column.name] + column.parts.map { "\(column.name) \($0)" }, cell.values) {
                object[name] = .scalar(value)
            }
        }
        return .object(object)
    }
}

/// A tree of values.
enum JSONValue: Encodable {
    case scalar(RawValue)
    case array([JSONValue])
    case object([String: JSONValue])

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .scalar(.null): try container.encodeNil()
        case .scalar(.bool(let value)): try container.encode(value)
        case .scalar(.int(let value)): try container.encode(value)
        // JSON has no infinities: what is not finite is absent.
        case .scalar(.double(let value)): value.isFinite ? try container.encode(value) : try container.encodeNil()
        case .scalar(.string(let value)): try container.encode(value)
        case .array(let values): try container.encode(values)
        case .object(let values): try container.encode(values)
        }
    }
}
