/// Rows of typed cells under columns.
public struct Table: Hashable, Sendable {
    /// For scripts: `results`.
    public var name: String
    /// What stands with it where tables float, as in LaTeX; empty where its section says enough.
    public var caption: String
    public var columns: [Heading]
    public var rows: [[Entry]]
    /// Names of places in the document that the rows are, row by row: `trial-0123456789`. Empty where nothing leads here.
    public var anchors: [[String]]

    public init(
        name: String, caption: String = "", columns: [Heading], entries rows: [[Entry]], anchors: [[String]] = []
    ) {
        precondition(rows.allSatisfy { $0.count == columns.count }, "A row has a cell in each column.")
        precondition(anchors.isEmpty || anchors.count == rows.count, "A row has its anchors.")
        self.name = name
        self.caption = caption
        self.columns = columns
        self.rows = rows
        self.anchors = anchors
    }

    /// A table whose cells lead nowhere.
    public init(name: String, columns: [Heading], rows: [[Cell]]) {
        self.init(name: name, columns: columns, entries: rows.map { $0.map { Entry($0) } })
    }

    /// A column's name and looks.
    public struct Heading: Hashable, Sendable {
        /// For scripts.
        public var name: String
        /// For people.
        public var title: String
        /// What it says, in one sentence; may be empty.
        public var summary: String
        public var isNumeric: Bool
        /// Whether only programs are shown the column: people would drown in it.
        public var isDetail: Bool
        /// Whether it explains in words what other columns say: left out where room is dear.
        public var isProse: Bool
        /// Names of the parts that a cell of the column has besides its value: `sd`, `n`.
        public var parts: [String]

        public init(
            name: String, title: String, summary: String = "", isNumeric: Bool, isDetail: Bool = false,
            isProse: Bool = false, parts: [String] = []
        ) {
            self.name = name
            self.title = title
            self.summary = summary
            self.isNumeric = isNumeric
            self.isDetail = isDetail
            self.isProse = isProse
            self.parts = parts
        }
    }

    /// A cell in its place: with the trials that its number is from.
    public struct Entry: Hashable, Sendable {
        public var cell: Cell
        /// Full IDs, in the plan's order; empty where the cell is from no trial, such as a number of parameters.
        public var trials: [String]
        /// Whether it is the best of its column, and the statistics say so.
        public var isBest: Bool

        public init(_ cell: Cell, trials: [String] = [], isBest: Bool = false) {
            self.cell = cell
            self.trials = trials
            self.isBest = isBest
        }
    }

    /// The table without the columns that only programs are shown.
    public var forPeople: Table { keeping { !$0.isDetail } }

    /// The table of the columns that are numbers or names.
    public var withoutProse: Table { keeping { !$0.isProse } }

    private func keeping(_ isKept: (Heading) -> Bool) -> Table {
        let shown = columns.indices.filter { isKept(columns[$0]) }
        return Table(
            name: name, caption: caption, columns: shown.map { columns[$0] },
            entries: rows.map { row in shown.map { row[$0] } }, anchors: anchors)
    }
}
