public import Metrics

/// A column of a table: a name, a title, and what it takes from a row.
///
/// To add one to the table of results, write it in a file of this folder and name it in `Column.all`.
public struct Column<Row>: Sendable {
    /// For scripts and `--columns`: stable.
    public let name: String
    /// For people.
    public let title: String
    /// What it says, in one sentence.
    public let summary: String
    /// Whether more or less of it is better; `nil` where neither is.
    public let direction: Metric.Direction?
    public let isNumeric: Bool
    /// Whether the table shows it unasked.
    public let isStandard: Bool
    /// Names of the parts that its cells have besides their value.
    public let parts: [String]
    public let value: @Sendable (Row) -> Cell

    public init(
        _ name: String, title: String, summary: String, direction: Metric.Direction? = nil, isNumeric: Bool = true,
        isStandard: Bool = true, parts: [String] = [], value: @escaping @Sendable (Row) -> Cell
    ) {
        self.name = name
        self.title = title
        self.summary = summary
        self.direction = direction
        self.isNumeric = isNumeric
        self.isStandard = isStandard
        self.parts = parts
        self.value = value
    }

    var heading: Table.Heading {
        let arrow = direction.map { $0 == .higherIsBetter ? " ↑" : " ↓" } ?? ""
        return Table.Heading(name: name, title: title + arrow, isNumeric: isNumeric, parts: parts)
    }

    /// A table with a row for each of the rows.
    static func table(_ name: String, _ columns: [Column], _ rows: [Row]) -> Table {
        Table(
            name: name, columns: columns.map(\.heading), rows: rows.map { row in columns.map { $0.value(row) } })
    }
}

extension Column where Row == CellSummary {
    /// The columns of the table of results, in its order; the axes of the sweep come before them.
    public static var all: [Column] {
        [.label, .seeds, .backboneParameters, .parameters, .gflops, .gflops640, .gflopsU, .gflopsAll, .mAP50, .mAP5095]
            + otherMetrics + [.difference, .time, .memory]
    }
}
