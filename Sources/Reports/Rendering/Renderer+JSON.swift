import Foundation

extension Renderer {
    /// Everything, with all digits, for programs: `docs/report.schema.json` says what is where.
    public static let json = Renderer(
        name: "json", summary: "All tables and facts as JSON, with all digits and the trials behind each number.",
        fileExtension: "json"
    ) { report in
        text(
            .object([
                "format": .scalar(.string("ablate report")),
                "schema": .scalar(.int(2)),
                "title": .scalar(.string(report.title)),
                "facts": facts(report),
                "text": notes(report),
                "tables": tables(report),
                "figures": .array(
                    report.figures.map { figure in
                        .object([
                            "name": .scalar(.string(figure.name)), "caption": .scalar(.string(figure.caption)),
                            "summary": .scalar(.string(figure.summary)),
                        ])
                    }),
            ]))
    }

    private static func facts(_ report: Report) -> JSONValue {
        .object(
            Dictionary(
                report.facts.map { ($0.name, .scalar($0.value.values[0])) }, uniquingKeysWith: { first, _ in first }))
    }

    private static func notes(_ report: Report) -> JSONValue {
        var notes: [JSONValue] = []
        for block in report.sections.flatMap(\.blocks) {
            switch block {
            case .paragraph(let text), .warning(let text): notes.append(.scalar(.string(text)))
            case .list(let items): notes += items.map { .scalar(.string($0.text)) }
            case .table, .figure: continue
            }
        }
        return .array(notes)
    }

    private static func tables(_ report: Report) -> JSONValue {
        .object(
            Dictionary(
                report.tables.map { table in (table.name, JSONValue.array(table.rows.map { row(table, $0) })) },
                uniquingKeysWith: { first, _ in first }))
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

    /// A row as an object: column → value, and column and part → the parts. `trials` says which trials the value of a
    /// column is from, `best` which values are the best of their column and no tie.
    static func row(_ table: Table, _ entries: [Table.Entry]) -> JSONValue {
        var object: [String: JSONValue] = [:]
        var trials: [String: JSONValue] = [:]
        var best: [JSONValue] = []
        for (column, entry) in zip(table.columns, entries) {
            for (name, value) in zip([column.name] + column.parts.map { "\(column.name) \($0)" }, entry.cell.values) {
                object[name] = .scalar(value)
            }
            if !entry.trials.isEmpty { trials[column.name] = .array(entry.trials.map { .scalar(.string($0)) }) }
            if entry.isBest { best.append(.scalar(.string(column.name))) }
        }
        if !trials.isEmpty { object["trials"] = .object(trials) }
        if !best.isEmpty { object["best"] = .array(best) }
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
