/// A document before it has a format: paragraphs, lists and tables of typed cells.
///
/// ```
/// plan + records ──► SweepSummary ──► Report ──► Renderer ──► Markdown, CSV, JSON
/// ```
public struct Report: Hashable, Sendable {
    public var title: String
    /// Facts about the whole, by name, for renderers that programs read: `coverage.ok` → 58.
    public var facts: [Fact]
    public var sections: [Section]

    public init(title: String, facts: [Fact] = [], sections: [Section]) {
        self.title = title
        self.facts = facts
        self.sections = sections
    }

    /// A named value.
    public struct Fact: Hashable, Sendable {
        public var name: String
        public var value: Cell

        public init(_ name: String, _ value: Cell) {
            self.name = name
            self.value = value
        }
    }

    /// Blocks under a heading; the first section needs none.
    public struct Section: Hashable, Sendable {
        public var title: String?
        public var blocks: [Block]

        public init(_ title: String? = nil, _ blocks: [Block]) {
            self.title = title
            self.blocks = blocks
        }
    }

    /// A part of a section.
    public enum Block: Hashable, Sendable {
        case paragraph(String)
        /// A paragraph that must not be overlooked.
        case warning(String)
        case list([String])
        case table(Table)
    }

    /// All tables, in order.
    public var tables: [Table] {
        sections.flatMap(\.blocks).compactMap { block in
            if case .table(let table) = block { table } else { nil }
        }
    }
}

/// Rows of typed cells under columns.
public struct Table: Hashable, Sendable {
    /// For scripts: `results`.
    public var name: String
    public var columns: [Heading]
    public var rows: [[Cell]]

    public init(name: String, columns: [Heading], rows: [[Cell]]) {
        precondition(rows.allSatisfy { $0.count == columns.count }, "A row has a cell in each column.")
        self.name = name
        self.columns = columns
        self.rows = rows
    }

    /// A column's name and looks.
    public struct Heading: Hashable, Sendable {
        /// For scripts.
        public var name: String
        /// For people.
        public var title: String
        public var isNumeric: Bool
        /// Names of the parts that a cell of the column has besides its value: `sd`, `n`.
        public var parts: [String]

        public init(name: String, title: String, isNumeric: Bool, parts: [String] = []) {
            self.name = name
            self.title = title
            self.isNumeric = isNumeric
            self.parts = parts
        }
    }
}
