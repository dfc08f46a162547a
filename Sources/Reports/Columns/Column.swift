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
    /// Whether only programs are shown it.
    public let isDetail: Bool
    /// Whether it explains in words what other columns say.
    public let isProse: Bool
    /// Names of the parts that its cells have besides their value.
    public let parts: [String]
    public let value: @Sendable (Row) -> Cell
    /// IDs of the trials that the value is from.
    public let trials: @Sendable (Row) -> [String]
    /// Whether the value is the best of its column, and the statistics say so.
    public let isBest: @Sendable (Row) -> Bool

    public init(
        _ name: String, title: String, summary: String, direction: Metric.Direction? = nil, isNumeric: Bool = true,
        isStandard: Bool = true, isDetail: Bool = false, isProse: Bool = false, parts: [String] = [],
        trials: @escaping @Sendable (Row) -> [String] = { _ in [] },
        isBest: @escaping @Sendable (Row) -> Bool = { _ in false }, value: @escaping @Sendable (Row) -> Cell
    ) {
        self.name = name
        self.title = title
        self.summary = summary
        self.direction = direction
        self.isNumeric = isNumeric
        self.isStandard = isStandard
        self.isDetail = isDetail
        self.isProse = isProse
        self.parts = parts
        self.trials = trials
        self.isBest = isBest
        self.value = value
    }

    var heading: Table.Heading {
        let arrow = direction.map { $0 == .higherIsBetter ? " ↑" : " ↓" } ?? ""
        return Table.Heading(
            name: name, title: title + arrow, summary: summary, isNumeric: isNumeric, isDetail: isDetail,
            isProse: isProse, parts: parts)
    }

    /// The column's cell in a row.
    func entry(_ row: Row) -> Table.Entry {
        let cell = value(row)
        return Table.Entry(cell, trials: cell == .empty ? [] : trials(row), isBest: isBest(row))
    }

    /// A table with a row for each of the rows.
    static func table(
        _ name: String, caption: String = "", _ columns: [Column], _ rows: [Row], anchors: [[String]] = []
    ) -> Table {
        Table(
            name: name, caption: caption, columns: columns.map(\.heading),
            entries: rows.map { row in columns.map { $0.entry(row) } }, anchors: anchors)
    }
}

extension Column where Row == CellSummary {
    /// The columns of the table of results, in its order; the axes of the sweep come before them.
    public static var all: [Column] {
        [.label, .seeds, .backboneParameters, .parameters, .gflops, .gflops640, .gflopsU, .gflopsAll, .mAP50, .mAP5095]
            + otherMetrics + [.difference, .time, .memory]
    }
}
