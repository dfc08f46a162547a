import Foundation
import FoundationXML

/// The content of one annotation file of Pascal VOC: the image's size and its objects; parts of objects are passed over.
struct VOCAnnotation {
    struct Object {
        var file: String
        /// The line of `<object>`.
        var line: Int
        var name: String
        /// As written: whole pixels counted from 1, the last one included.
        var left: Double
        var top: Double
        var right: Double
        var bottom: Double
        /// Whether finding it shall not count.
        var isDifficult: Bool
    }

    /// Nil where the file does not tell, or says 0.
    private(set) var size: ImageSize?
    private(set) var sizeLine: Int?
    private(set) var objects: [Object] = []

    /// Reads a file; what is wrong with it goes to `problems`, and nil is returned if that is the whole file.
    init?(_ url: URL, problems: inout ProblemList) {
        guard let data = FileManager.default.contents(atPath: url.path) else {
            problems.add(file: url.path, "cannot read the annotation file")
            return nil
        }
        if let line = Self.lineOfInvalidText(data) {
            problems.add(
                file: url.path, line: line, "not valid XML: bytes that are not UTF-8, and no other encoding declared")
            return nil
        }
        let reader = Reader()
        let parser = XMLParser(data: data)
        parser.delegate = reader
        let isParsed = parser.parse() && reader.isComplete
        if !isParsed || reader.root != "annotation" {
            let isOther = isParsed || reader.root.map { $0 != "annotation" } ?? false
            problems.add(
                file: url.path, line: max(1, parser.lineNumber),
                isOther
                    ? "expected <annotation> as the outermost element, found <\(reader.root ?? "")>"
                    : "not valid XML\(data.isEmpty ? ": the file is empty" : "")")
            return nil
        }
        let (width, height) = (reader.size["width"].flatMap { Int($0) }, reader.size["height"].flatMap { Int($0) })
        if let width, let height, width > 0, height > 0 {
            size = ImageSize(height: height, width: width)
            sizeLine = reader.sizeLine
        }
        for element in reader.objects {
            if let object = Self.object(element, file: url.path, problems: &problems) { objects.append(object) }
        }
    }

    /// The line of the first bytes that are not UTF-8 in a file that declares no other encoding; nil where there are none.
    ///
    /// Foundation's parser ends the process for a name that is not UTF-8, so it must not see one.
    private static func lineOfInvalidText(_ data: Data) -> Int? {
        if String(validating: data, as: UTF8.self) != nil { return nil }
        // Two-byte encodings begin with a mark, or with a zero beside the first letter.
        if data.prefix(2).contains(where: { $0 == 0 || $0 >= 0xfe }) { return nil }
        let declaration = String(decoding: data.prefix(200).prefix { $0 != UInt8(ascii: ">") }, as: UTF8.self)
            .lowercased()
        let isOther =
            declaration.hasPrefix("<?xml") && declaration.contains("encoding") && !declaration.contains("utf-8")
        if isOther { return nil }
        var line = 1
        for row in data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            if String(validating: row, as: UTF8.self) == nil { return line }
            line += 1
        }
        return line
    }

    private static func object(
        _ element: Reader.Element, file: String, problems: inout ProblemList
    ) -> Object? {
        let before = problems.count
        let name = element.values["name"] ?? ""
        if name.isEmpty { problems.add(file: file, line: element.line, "an <object> without a <name>") }
        let corners = ["xmin", "ymin", "xmax", "ymax"].map { key -> Double in
            guard let text = element.values[key] else {
                let misspelt = Spelling.nearest(to: key, in: element.values.keys.sorted())
                problems.add(
                    file: file, line: element.line, "'\(name)' has no <\(key)> in its <bndbox>",
                    suggestion: misspelt.flatMap { ["xmin", "ymin", "xmax", "ymax"].contains($0) ? nil : $0 }
                        .map { "did you mean <\($0)> to be it?" })
                return 0
            }
            guard let number = Double(text), number.isFinite else {
                problems.add(
                    file: file, line: element.line, "'\(name)': <\(key)> is '\(text)', expected a number of pixels")
                return 0
            }
            return number
        }
        let difficult = element.values["difficult"] ?? "0"
        if !["0", "1", "true", "false", ""].contains(difficult.lowercased()) {
            problems.add(file: file, line: element.line, "'\(name)': <difficult> is '\(difficult)', expected 0 or 1")
        }
        if problems.count == before, corners[2] < corners[0] || corners[3] < corners[1] {
            problems.add(
                file: file, line: element.line,
                "'\(name)': the box ends before it begins: x from \(corners[0]) to \(corners[2]), y from \(corners[1]) to "
                    + "\(corners[3])", suggestion: "xmin and ymin are the upper left corner")
        }
        if problems.count > before { return nil }
        return Object(
            file: file, line: element.line, name: name, left: corners[0], top: corners[1], right: corners[2],
            bottom: corners[3], isDifficult: ["1", "true"].contains(difficult.lowercased()))
    }
}

/// Collects the elements that matter while the file is parsed.
private final class Reader: NSObject, XMLParserDelegate {
    struct Element {
        var line: Int
        /// Texts by element name.
        var values: [String: String] = [:]
    }

    private(set) var root: String?
    private(set) var size: [String: String] = [:]
    private(set) var sizeLine: Int?
    private(set) var objects: [Element] = []
    /// Whether the outermost element has ended and nothing was wrong before.
    var isComplete: Bool { root != nil && path.isEmpty && !hasFailed }
    private var hasFailed = false
    private var path: [String] = []
    private var text = ""

    func parser(_ parser: XMLParser, parseErrorOccurred parseError: any Error) {
        hasFailed = true
    }

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String]
    ) {
        if path.isEmpty { root = name }
        path.append(name)
        text = ""
        if path == ["annotation", "object"] { objects.append(Element(line: parser.lineNumber)) }
        if path == ["annotation", "size"] { sizeLine = parser.lineNumber }
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) {
        text += string
    }

    func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
        let value = text.trimmingCharacters(in: .whitespacesAndNewlines)
        text = ""
        let isDirect = path.count == 3 || (path.count == 4 && path[2] == "bndbox")
        if path.first == "annotation", path.count > 2, isDirect {
            if path[1] == "size" { size[name] = value }
            if path[1] == "object", !objects.isEmpty { objects[objects.count - 1].values[name] = value }
        }
        path.removeLast()
    }
}
