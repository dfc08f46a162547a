/// A place in a manifest, or a word of the command line.
public struct SourcePlace: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The manifest's path as it was given, or `command line`.
    public var file: String
    /// Both count from 1; nil where only the file is known.
    public var line: Int?
    public var column: Int?

    public init(file: String, line: Int? = nil, column: Int? = nil) {
        self.file = file
        self.line = line
        self.column = column
    }

    /// The place of a word that was typed.
    static let commandLine = SourcePlace(file: "command line")

    /// `file:line:column`.
    public var description: String {
        ([file] + [line, column].compactMap { $0.map(String.init) }).joined(separator: ":")
    }

    /// By line, then column; places without a line come first.
    public static func < (a: SourcePlace, b: SourcePlace) -> Bool {
        (a.line ?? 0, a.column ?? 0) < (b.line ?? 0, b.column ?? 0)
    }
}

/// One thing that is wrong, or odd, in a manifest or on a command line.
public struct Diagnostic: Hashable, Sendable, CustomStringConvertible {
    public var place: SourcePlace
    /// What is wrong and what was expected.
    public var message: String
    /// The nearest right spelling.
    public var suggestion: String?

    public init(_ place: SourcePlace, _ message: String, suggestion: String? = nil) {
        self.place = place
        self.message = message
        self.suggestion = suggestion
    }

    /// `file:line:column: message; did you mean "…"?`
    public var description: String {
        "\(place): \(message)" + (suggestion.map { "; did you mean \"\($0)\"?" } ?? "")
    }
}

/// Everything that is wrong with a manifest and the words beside it, all at once.
public struct Diagnostics: Error, Sendable, CustomStringConvertible {
    /// In the order of the file.
    public let all: [Diagnostic]

    /// One thing a line.
    public var description: String { all.map(\.description).joined(separator: "\n") }

    init(_ all: [Diagnostic]) {
        var seen = Set<Diagnostic>()
        self.all = all.filter { seen.insert($0).inserted }.enumerated()
            .sorted { ($0.element.place, $0.offset) < ($1.element.place, $1.offset) }.map(\.element)
    }

    init(_ one: Diagnostic) { self.init([one]) }
}
