/// A document before it has a format: paragraphs, lists, tables of typed cells, figures, and the trials behind them.
///
/// ```
/// SweepResults ──► SweepSummary ──► Report ──► Renderer ──► Markdown, LaTeX, CSV, JSON, …
/// ```
public struct Report: Hashable, Sendable {
    public var title: String
    /// Facts about the whole, by name, for renderers that programs read: `coverage.ok` → 58.
    public var facts: [Fact]
    public var sections: [Section]
    /// Every planned trial, grouped by cell in the plan's order: what numbers lead to.
    public var trials: [ReportedTrial]

    public init(title: String, facts: [Fact] = [], sections: [Section], trials: [ReportedTrial] = []) {
        self.title = title
        self.facts = facts
        self.sections = sections
        self.trials = trials
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
        case list([Item])
        case table(Table)
        case figure(Figure)
    }

    /// An entry of a list, and the trials that it is about.
    public struct Item: Hashable, Sendable, ExpressibleByStringLiteral {
        public var text: String
        /// Full IDs; empty where it is about no trial in particular.
        public var trials: [String]

        public init(_ text: String, trials: [String] = []) {
            self.text = text
            self.trials = trials
        }

        public init(stringLiteral text: String) { self.init(text) }
    }

    /// All tables, in order.
    public var tables: [Table] {
        sections.flatMap(\.blocks).compactMap { block in
            if case .table(let table) = block { table } else { nil }
        }
    }

    /// All figures, in order.
    public var figures: [Figure] {
        sections.flatMap(\.blocks).compactMap { block in
            if case .figure(let figure) = block { figure } else { nil }
        }
    }
}

/// A picture in a report.
public struct Figure: Hashable, Sendable {
    /// For file names and anchors: `accuracy-gflops`.
    public var name: String
    /// What stands under it.
    public var caption: String
    /// What is to be seen in it, in words, for those who cannot see it.
    public var summary: String
    /// A whole SVG document that needs no other file.
    public var svg: String
    /// Where it lies as a file, as the document beside calls it: `figures/accuracy-gflops.svg`; `nil` where it was not written.
    public var path: String?

    public init(name: String, caption: String, summary: String, svg: String) {
        self.name = name
        self.caption = caption
        self.summary = summary
        self.svg = svg
    }
}
