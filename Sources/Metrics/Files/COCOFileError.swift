/// A COCO file that cannot be read or does not say what it must: every problem with its place, at most twenty spelt out.
public struct COCOFileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One thing wrong in the file.
    public struct Problem: Hashable, Sendable {
        /// Counted from 1; nil when the file as a whole is meant.
        public let line: Int?
        /// In characters, counted from 1; nil when the file as a whole is meant.
        public let column: Int?
        /// What is wrong, and what was expected.
        public let message: String
    }

    /// The file, as it was named.
    public let path: String
    /// In the order of the file.
    public let problems: [Problem]
    /// How many more problems there are than are spelt out.
    public let omitted: Int

    /// A file that could not be read at all.
    init(path: String, message: String) {
        self.path = path
        problems = [Problem(line: nil, column: nil, message: message)]
        omitted = 0
    }

    /// Problems at byte offsets of the file's contents, put into the file's order.
    init(
        path: String, bytes: UnsafeBufferPointer<UInt8>, problems: [(offset: Int, message: String)], omitted: Int
    ) {
        self.path = path
        self.omitted = omitted
        var line = 1
        var column = 1
        var offset = 0
        self.problems = problems.enumerated().sorted { ($0.element.offset, $0.offset) < ($1.element.offset, $1.offset) }
            .map { _, problem in
                while offset < min(problem.offset, bytes.count) {
                    if bytes[offset] == UInt8(ascii: "\n") {
                        line += 1
                        column = 1
                    } else if bytes[offset] & 0xC0 != 0x80 {  // not the continuation of a character
                        column += 1
                    }
                    offset += 1
                }
                return Problem(line: line, column: column, message: problem.message)
            }
    }

    /// One line `path:line:column: message` for each problem.
    public var description: String {
        var lines = problems.map { problem in
            if let line = problem.line, let column = problem.column {
                "\(path):\(line):\(column): \(problem.message)"
            } else {
                "\(path): \(problem.message)"
            }
        }
        if omitted > 0 { lines.append("\(path): and \(omitted) more") }
        return lines.joined(separator: "\n")
    }
}
