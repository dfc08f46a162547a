/// The content of one label file: a row `class cx cy w h` an object, or `class x1 y1 x2 y2 x3 y3 …` an outline.
///
/// If any row has more than six fields, all rows of the file are outlines, and boxes are their extremes. A row that
/// repeats an earlier one is dropped.
struct LabelFile {
    private(set) var labels: [Label] = []

    /// How many rows repeated an earlier one.
    private(set) var duplicateCount = 0

    /// What separates fields; a carriage return stands before the line's end in files from Windows.
    private static let blanks = Array(" \t\r".utf8)

    /// Reads a file's bytes; what is wrong with a row goes to `problems` under the name `file`.
    init(_ bytes: UnsafeRawBufferPointer, file: String, classNames: [String], problems: inout ProblemList) {
        var rows: [(line: Int, fields: [Substring])] = []
        var text = String(decoding: bytes, as: UTF8.self)
        // Some editors begin a file with a byte order mark.
        if text.utf8.starts(with: [0xef, 0xbb, 0xbf]) { text.unicodeScalars.removeFirst() }
        let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (position, line) in lines.enumerated() {
            let fields = line.split { Self.blanks.contains($0) }.map { Substring($0) }
            if !fields.isEmpty { rows.append((position + 1, fields)) }
        }
        let hasOutlines = rows.contains { $0.fields.count > 6 }
        var seen: Set<Label> = []
        for (line, fields) in rows {
            do throws(RowError) {
                let label = try Self.label(fields, isOutline: hasOutlines, classNames: classNames)
                // Two outlines with one box are one object.
                var box = label
                box.outline = []
                if seen.insert(box).inserted { labels.append(label) } else { duplicateCount += 1 }
            } catch {
                problems.add(file: file, line: line, error.message, suggestion: error.suggestion)
            }
        }
    }

    private struct RowError: Error {
        var message: String
        var suggestion: String?
    }

    private static func label(
        _ fields: [Substring], isOutline: Bool, classNames: [String]
    ) throws(RowError) -> Label {
        if isOutline {
            if fields.count == 5 {
                throw RowError(
                    message: "a box of 4 numbers in a file whose other rows are outlines",
                    suggestion: "write all rows of a file as boxes or all as outlines")
            }
            if fields.count < 7 || fields.count.isMultiple(of: 2) {
                throw RowError(
                    message: "an outline needs a class and at least 3 points of two numbers, found \(fields.count - 1) "
                        + "numbers after the class")
            }
        } else if fields.count != 5 {
            throw RowError(
                message: "expected 5 fields (class cx cy w h), found \(fields.count)",
                suggestion: hint(fields))
        }
        let classIndex = try self.classIndex(fields[0], classNames: classNames)
        var numbers: [Float] = []
        numbers.reserveCapacity(fields.count - 1)
        for (position, field) in fields.dropFirst().enumerated() {
            let name = isOutline ? (position % 2 == 0 ? "x" : "y") : ["cx", "cy", "w", "h"][position]
            numbers.append(try coordinate(field, name: name))
        }
        if isOutline {
            let label = extremes(of: numbers, classIndex: classIndex)
            if label.width == 0 || label.height == 0 {
                throw RowError(message: "the outline has no area", suggestion: "delete the row")
            }
            return label
        }
        if numbers[2] == 0 || numbers[3] == 0 {
            throw RowError(
                message: "the box has no area: w is \(fields[3]), h is \(fields[4])", suggestion: "delete the row")
        }
        return Label(
            classIndex: classIndex, centerX: numbers[0], centerY: numbers[1], width: numbers[2], height: numbers[3])
    }

    /// What may have been meant by a row that has not five fields.
    private static func hint(_ fields: [Substring]) -> String? {
        if fields.contains(where: { $0.contains(",") || $0.contains(";") }) { return "separate the fields by blanks" }
        return fields.count == 6 ? "a sixth field, such as a score, has no place in a label file" : nil
    }

    private static func classIndex(_ field: Substring, classNames: [String]) throws(RowError) -> Int {
        // Some tools write the class as `0.0`.
        guard let number = Double(field), number.isFinite, number == number.rounded() else {
            let hint = classNames.firstIndex(of: String(field)).map { "'\(field)' is class \($0)" }
            throw RowError(message: "the class '\(field)' is not a whole number", suggestion: hint)
        }
        guard number >= 0, number < Double(classNames.count) else {
            let range = classNames.count == 1 ? "only class 0" : "classes 0 to \(classNames.count - 1)"
            throw RowError(
                message: "class \(field) is out of range: the data set has \(range)",
                suggestion: number == Double(classNames.count) ? "classes are counted from 0" : nil)
        }
        return Int(number)
    }

    private static func coordinate(_ field: Substring, name: String) throws(RowError) -> Float {
        guard let number = Float(field), number.isFinite else {
            throw RowError(message: "\(name) '\(field)' is not a number")
        }
        if number < 0 { throw RowError(message: "\(name) \(field) is negative: coordinates go from 0 to 1") }
        if number > 1 {
            throw RowError(
                message: "\(name) \(field) is above 1: coordinates go from 0 to 1",
                suggestion: number > 2 ? "divide pixels by the image's width or height" : nil)
        }
        return number
    }

    private static func extremes(of points: [Float], classIndex: Int) -> Label {
        var (left, top, right, bottom): (Float, Float, Float, Float) = (1, 1, 0, 0)
        for point in stride(from: 0, to: points.count, by: 2) {
            left = min(left, points[point])
            right = max(right, points[point])
            top = min(top, points[point + 1])
            bottom = max(bottom, points[point + 1])
        }
        var label = Label(
            classIndex: classIndex, centerX: (left + right) / 2, centerY: (top + bottom) / 2, width: right - left,
            height: bottom - top)
        label.outline = stride(from: 0, to: points.count, by: 2).map { [points[$0], points[$0 + 1]] }
        return label
    }
}
