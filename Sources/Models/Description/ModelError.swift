/// A place in a text file, counted from 1 as editors do.
public struct SourcePlace: Hashable, Sendable, CustomStringConvertible {
    /// As messages show it.
    public var file: String
    /// From 1.
    public var line: Int
    /// From 1.
    public var column: Int

    /// A place, counted from 1.
    public init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }

    /// `file:line:column`.
    public var description: String { "\(file):\(line):\(column)" }
}

/// One thing that is wrong with a network's description or options: where, and what was expected.
public struct ModelProblem: Hashable, Sendable, CustomStringConvertible {
    /// `nil` for options, which have no place in a file.
    public var place: SourcePlace?
    /// What is wrong and what was expected instead.
    public var message: String

    /// - Parameter place: `nil` for what stands in no file.
    public init(_ message: String, at place: SourcePlace? = nil) {
        self.place = place
        self.message = message
    }

    /// `file:line:column: message`.
    public var description: String { place.map { "\($0): \(message)" } ?? message }
}

/// A network that cannot be described or built, with every problem that was found.
public struct ModelError: Error, Hashable, Sendable, CustomStringConvertible {
    /// At least one, in the file's order.
    public var problems: [ModelProblem]

    /// - Parameter problems: at least one.
    public init(_ problems: [ModelProblem]) {
        self.problems = problems
    }

    /// A single problem.
    public init(_ message: String, at place: SourcePlace? = nil) {
        self.init([ModelProblem(message, at: place)])
    }

    /// One line for each problem.
    public var description: String { problems.map(\.description).joined(separator: "\n") }
}
