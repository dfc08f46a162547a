import CTomlPlusPlus

/// A TOML text as a tree whose keys and values know their places.
struct TOMLDocument: Sendable {
    /// The document's own table.
    let root: TOMLNode

    /// - Throws: `Diagnostics` with the one place where the syntax breaks.
    init(text: String, file: String) throws(Diagnostics) {
        var text = text
        let result: Result<TOMLNode, Diagnostics> = text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { characters in
                guard let document = ctoml_parse(characters.baseAddress, characters.count) else {
                    return .failure(Diagnostics(Diagnostic(.init(file: file), "no memory to read the file")))
                }
                defer { ctoml_free(document) }
                var place = ctoml_place()
                if let message = ctoml_error(document, &place) {
                    let message = "not TOML: " + String(cString: message)
                    return .failure(Diagnostics(Diagnostic(SourcePlace(file: file, place), message)))
                }
                var count = 0
                let nodes = UnsafeBufferPointer(start: ctoml_nodes(document, &count), count: count)
                return .success(TOMLNode(nodes, file: file))
            }
        }
        root = try result.get()
    }
}

/// One value of a TOML document.
struct TOMLNode: Sendable {
    enum Value: Sendable {
        case table([TOMLEntry])
        case array([TOMLNode])
        case string(String)
        case integer(Int)
        case float(Double)
        case boolean(Bool)
        case date
    }

    var value: Value
    var place: SourcePlace

    /// What the value is, with its article.
    var kind: String {
        switch value {
        case .table: "a table"
        case .array: "a list"
        case .string: "a string"
        case .integer: "a whole number"
        case .float: "a number"
        case .boolean: "a truth value"
        case .date: "a date"
        }
    }
}

/// A key of a table with its value.
struct TOMLEntry: Sendable {
    var key: String
    var place: SourcePlace
    var node: TOMLNode
}

extension TOMLNode {
    /// Rebuilds the tree from nodes in depth-first order.
    fileprivate init(_ nodes: UnsafeBufferPointer<ctoml_node>, file: String) {
        var children = [[Int]](repeating: [], count: nodes.count)
        for (index, node) in nodes.enumerated() where node.parent >= 0 { children[Int(node.parent)].append(index) }
        self = Self.build(0, nodes, children, file)
    }

    private static func build(
        _ index: Int, _ nodes: UnsafeBufferPointer<ctoml_node>, _ children: [[Int]], _ file: String
    ) -> TOMLNode {
        let node = nodes[index]
        let value: Value
        switch node.kind {
        case ctoml_table:
            let entries = children[index].map { child in
                TOMLEntry(
                    key: text(nodes[child].key, nodes[child].key_length),
                    place: SourcePlace(file: file, nodes[child].key_place), node: build(child, nodes, children, file))
            }
            // The library sorts keys by name; places bring the order of the file back.
            value = .table(entries.sorted { $0.place < $1.place })
        case ctoml_array: value = .array(children[index].map { build($0, nodes, children, file) })
        case ctoml_string: value = .string(text(node.text, node.text_length))
        case ctoml_integer: value = .integer(Int(node.integer))
        case ctoml_float: value = .float(node.number)
        case ctoml_boolean: value = .boolean(node.integer != 0)
        default: value = .date
        }
        return TOMLNode(value: value, place: SourcePlace(file: file, node.place))
    }

    private static func text(_ characters: UnsafePointer<CChar>?, _ count: Int) -> String {
        UnsafeBufferPointer(start: characters, count: count).withMemoryRebound(to: UInt8.self) {
            String(decoding: $0, as: UTF8.self)
        }
    }
}

extension SourcePlace {
    fileprivate init(file: String, _ place: ctoml_place) {
        self.init(
            file: file, line: place.line > 0 ? Int(place.line) : nil,
            column: place.column > 0 ? Int(place.column) : nil)
    }
}
