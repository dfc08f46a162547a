/// Everything that was found wrong with a data set, a data set's name or an image, all at once.
public struct DatasetError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One thing that is wrong, and where.
    public struct Problem: Hashable, Sendable, CustomStringConvertible {
        /// The file concerned, as the user can open it; nil if no file is concerned.
        public var file: String?
        /// Line in `file`, counted from 1.
        public var line: Int?
        /// What is wrong and what was expected.
        public var message: String
        /// What to do about it.
        public var suggestion: String?

        public init(file: String? = nil, line: Int? = nil, message: String, suggestion: String? = nil) {
            self.file = file
            self.line = line
            self.message = message
            self.suggestion = suggestion
        }

        /// `file:line: message (suggestion)`.
        public var description: String {
            var place = ""
            if let file {
                place = line.map { "\(file):\($0): " } ?? "\(file): "
            }
            return place + message + (suggestion.map { " (\($0))" } ?? "")
        }
    }

    /// The problems in the order in which they were found, at most 50 of an opened data set.
    public let problems: [Problem]

    /// How many more there are than `problems` holds.
    public let omittedCount: Int

    public init(problems: [Problem], omittedCount: Int = 0) {
        self.problems = problems
        self.omittedCount = omittedCount
    }

    /// An error about one thing.
    public init(file: String? = nil, line: Int? = nil, message: String, suggestion: String? = nil) {
        self.init(problems: [Problem(file: file, line: line, message: message, suggestion: suggestion)])
    }

    /// One line a problem, and a last one that counts those left out.
    public var description: String {
        var lines = problems.map(\.description)
        if omittedCount > 0 {
            lines.append("… and \(omittedCount) more \(omittedCount == 1 ? "problem" : "problems")")
        }
        return lines.joined(separator: "\n")
    }
}

/// Collects problems while a data set is read, keeps the first few and counts the rest.
struct ProblemList {
    /// How many problems one error shows.
    let limit: Int

    init(limit: Int = 50) {
        self.limit = limit
    }

    private(set) var problems: [DatasetError.Problem] = []
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    mutating func add(_ problem: DatasetError.Problem) {
        count += 1
        if problems.count < limit { problems.append(problem) }
    }

    mutating func add(file: String? = nil, line: Int? = nil, _ message: String, suggestion: String? = nil) {
        add(DatasetError.Problem(file: file, line: line, message: message, suggestion: suggestion))
    }

    mutating func add(_ error: DatasetError) {
        error.problems.forEach { add($0) }
        count += error.omittedCount
    }

    /// Throws everything collected so far, if anything was.
    func throwIfAny() throws {
        if !isEmpty { throw DatasetError(problems: problems, omittedCount: count - problems.count) }
    }
}
