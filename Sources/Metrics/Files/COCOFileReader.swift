/// Reads the lists of a COCO file and collects what is wrong with their entries.
///
/// A value of a wrong kind is noted and passed over, so that one reading finds all problems; only bytes that are not
/// JSON end it.
struct COCOFileReader {
    /// One entry of a list, as messages name it.
    struct Entry {
        let list: StaticString
        let index: Int
        let offset: Int
        /// Whether a value of this entry was noted as wrong: it then is not also missing.
        var hasProblem = false

        var name: String { "\(list)[\(index)]" }
    }

    var json: JSONReader
    private(set) var problems: [(offset: Int, message: String)] = []
    private(set) var omitted = 0

    private init(_ json: JSONReader) { self.json = json }

    /// Reads a whole file's bytes, and throws every problem found.
    static func read<Result>(
        _ bytes: [UInt8], path: String, _ body: (inout COCOFileReader) throws(JSONSyntaxError) -> Result
    ) throws(COCOFileError) -> Result {
        try bytes.withUnsafeBufferPointer { (buffer) throws(COCOFileError) -> Result in
            var reader = COCOFileReader(JSONReader(buffer))
            var result: Result?
            do throws(JSONSyntaxError) {
                result = try body(&reader)
                try reader.json.finish()
            } catch {
                reader.note(error.message, at: error.offset)
            }
            guard let result, reader.problems.isEmpty else {
                throw COCOFileError(path: path, bytes: buffer, problems: reader.problems, omitted: reader.omitted)
            }
            return result
        }
    }

    mutating func note(_ message: @autoclosure () -> String, at offset: Int) {
        if problems.count < EvaluationError.limit { problems.append((offset, message())) } else { omitted += 1 }
    }

    // MARK: Structure

    /// Visits the entries of an array of objects. The body reads the object's members.
    mutating func entries(
        _ list: StaticString, _ body: (inout COCOFileReader, inout Entry) throws(JSONSyntaxError) -> Void
    ) throws(JSONSyntaxError) {
        guard try expect(.array, list.description) else { return }
        try json.beginArray()
        var isFirst = true
        var index = 0
        while try json.nextElement(&isFirst) {
            let kind = json.peek()
            var entry = Entry(list: list, index: index, offset: json.position)
            if kind == .object {
                try json.beginObject()
                try body(&self, &entry)
            } else {
                try skip(noting: "expected \(entry.name) to be an object, found \(kind.rawValue)")
            }
            index += 1
        }
    }

    /// Whether the next value is of a kind; if not, notes it and passes over the value.
    mutating func expect(_ kind: JSONReader.Kind, _ what: @autoclosure () -> String) throws(JSONSyntaxError) -> Bool {
        let found = json.peek()
        if found == kind { return true }
        try skip(noting: "expected \(what()) to be \(kind.rawValue), found \(found.rawValue)")
        return false
    }

    /// Passes over a value of a wrong kind. Where there is no value at all, only that is told.
    private mutating func skip(noting message: String) throws(JSONSyntaxError) {
        let offset = json.position
        try json.skipValue()
        note(message, at: offset)
    }

    /// Notes the members that an entry should have and has not.
    mutating func noteMissing(_ entry: Entry, _ members: [(name: StaticString, isPresent: Bool)]) {
        guard !entry.hasProblem else { return }
        for member in members where !member.isPresent {
            note("\(entry.name): missing key \"\(member.name)\"", at: entry.offset)
        }
    }

    // MARK: Members

    mutating func number(
        _ key: StaticString, _ entry: inout Entry, expected: StaticString = "a number"
    ) throws(JSONSyntaxError) -> Double? {
        guard json.peek() == .number else { return try wrong(key, &entry, expected) }
        let offset = json.position
        let value = try json.number().value
        guard value.isFinite else {
            note("\(entry.name): \"\(key)\" is too large", at: offset)
            entry.hasProblem = true
            return nil
        }
        return value
    }

    mutating func integer(_ key: StaticString, _ entry: inout Entry) throws(JSONSyntaxError) -> Int? {
        guard json.peek() == .number else { return try wrong(key, &entry, "a whole number") }
        let offset = json.position
        let number = try json.number()
        if number.integer == nil {
            note("\(entry.name): expected \"\(key)\" to be a whole number, found \(number.value)", at: offset)
            entry.hasProblem = true
        }
        return number.integer
    }

    /// Reads `0`, `1`, `false` or `true`.
    mutating func flag(_ key: StaticString, _ entry: inout Entry) throws(JSONSyntaxError) -> Bool? {
        if json.peek() == .bool { return try json.bool() }
        let offset = json.position
        guard let number = try integer(key, &entry) else { return nil }
        guard number == 0 || number == 1 else {
            note("\(entry.name): expected \"\(key)\" to be 0 or 1, found \(number)", at: offset)
            entry.hasProblem = true
            return nil
        }
        return number == 1
    }

    mutating func string(_ key: StaticString, _ entry: inout Entry) throws(JSONSyntaxError) -> String? {
        guard json.peek() == .string else { return try wrong(key, &entry, "a string") }
        return try json.string()
    }

    /// Reads `[x, y, width, height]`.
    mutating func box(_ key: StaticString, _ entry: inout Entry) throws(JSONSyntaxError) -> BoundingBox? {
        guard json.peek() == .array else { return try wrong(key, &entry, "an array [x, y, width, height]") }
        let offset = json.position
        try json.beginArray()
        var isFirst = true
        var count = 0
        var box = BoundingBox(x: 0, y: 0, width: 0, height: 0)
        while try json.nextElement(&isFirst) {
            let value = try number(key, &entry, expected: "4 numbers") ?? 0
            switch count {
            case 0: box.x = value
            case 1: box.y = value
            case 2: box.width = value
            case 3: box.height = value
            default: break
            }
            count += 1
        }
        if count != 4 {
            note("\(entry.name): expected \"\(key)\" to have 4 numbers, found \(count)", at: offset)
            entry.hasProblem = true
        } else if box.width < 0 || box.height < 0 {
            note("\(entry.name): \"\(key)\" has a negative side, \(box.width)×\(box.height)", at: offset)
            entry.hasProblem = true
        }
        return box
    }

    private mutating func wrong<Value>(
        _ key: StaticString, _ entry: inout Entry, _ expected: StaticString
    ) throws(JSONSyntaxError) -> Value? {
        entry.hasProblem = true
        try skip(noting: "\(entry.name): expected \"\(key)\" to be \(expected), found \(json.peek().rawValue)")
        return nil
    }
}
