/// What a reader may choose about the table of results.
public struct ReportOptions: Hashable, Sendable {
    /// Names of its columns; `nil` for those that vary or are standard.
    public var columns: [String]?
    /// By which columns its rows are ordered, the first deciding; empty for the plan's order.
    public var sort: [SortKey]
    /// Columns by whose values it is cut into several tables.
    public var groups: [String]
    /// How many times images are drawn again to see how much AP owes to them; `nil` for not at all.
    public var imageResamples: Int?

    public init(
        columns: [String]? = nil, sort: [SortKey] = [], groups: [String] = [], imageResamples: Int? = nil
    ) {
        self.columns = columns
        self.sort = sort
        self.groups = groups
        self.imageResamples = imageResamples
    }

    /// A column to order rows by.
    public struct SortKey: Hashable, Sendable {
        public enum Order: String, CaseIterable, Sendable {
            case ascending = "asc"
            case descending = "desc"
        }

        public var column: String
        /// `nil`: the best first, or ascending where nothing is better.
        public var order: Order?

        public init(_ column: String, _ order: Order? = nil) {
            self.column = column
            self.order = order
        }

        /// `mAP50-95`, `parameters:asc`, `label:desc`; `nil` where what follows the colon is neither.
        public init?(text: String) {
            guard let colon = text.lastIndex(of: ":") else {
                self.init(text)
                return
            }
            guard let order = Order(rawValue: String(text[text.index(after: colon)...])) else { return nil }
            self.init(String(text[..<colon]), order)
        }
    }
}
