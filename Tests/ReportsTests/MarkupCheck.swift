import Foundation
import FoundationXML

/// What a test wants to know of a document of tags: read by libxml2, which accepts nothing that is not well-formed.
final class MarkupCheck: NSObject, XMLParserDelegate {
    struct Element {
        let name: String
        let attributes: [String: String]
        /// Of the element itself, without its children's.
        var text = ""
    }

    /// In the order in which they begin.
    private(set) var elements: [Element] = []
    private(set) var error: String?
    private var open: [Int] = []

    init(_ text: String) {
        super.init()
        let parser = XMLParser(data: Data(text.utf8))
        parser.delegate = self
        if !parser.parse() {
            error = "line \(parser.lineNumber): \(parser.parserError.map { "\($0)" } ?? "not well-formed")"
        }
    }

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String]
    ) {
        open.append(elements.count)
        elements.append(Element(name: name, attributes: attributes))
    }

    func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
        open.removeLast()
    }

    func parser(_ parser: XMLParser, foundCharacters text: String) {
        if let index = open.last { elements[index].text += text }
    }

    func all(_ name: String) -> [Element] { elements.filter { $0.name == name } }

    var ids: [String] { elements.compactMap { $0.attributes["id"] } }

    var repeatedIDs: [String] {
        Dictionary(grouping: ids, by: { $0 }).filter { $1.count > 1 }.keys.sorted()
    }

    /// Places that a link or a reference names, and that are not there.
    var danglingReferences: [String] {
        let known = Set(ids)
        var wanted: [String] = []
        for element in elements {
            for (name, value) in element.attributes {
                if name == "href", value.hasPrefix("#") { wanted.append(String(value.dropFirst())) }
                if name == "data-place" { wanted.append(value) }
                if value.hasPrefix("url(#") { wanted.append(String(value.dropFirst(5).dropLast())) }
            }
        }
        return Set(wanted).subtracting(known).sorted()
    }

    /// Whatever a viewer would have to fetch from elsewhere.
    var externalReferences: [String] {
        elements.flatMap { element in
            element.attributes.filter { name, value in
                let isLink = ["href", "src", "xlink:href", "action", "data", "poster", "srcset"].contains(name)
                let isOutside = isLink && !value.hasPrefix("#") && !value.hasPrefix("data:image/png;base64,")
                return isOutside || (value.contains("url(") && !value.contains("url(#"))
            }.map { "\(element.name) \($0)=\($1.prefix(60))" }
        }
    }
}
