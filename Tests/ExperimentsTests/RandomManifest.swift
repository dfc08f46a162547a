/// A manifest drawn at random that has nothing wrong with it, and that can be written in many ways.
struct RandomManifest {
    /// A value as TOML, and other ways to write the same.
    struct Value {
        var texts: [String]
        init(_ texts: String...) { self.texts = texts }
    }

    typealias Entry = (keys: [String], value: [Value], isList: Bool)

    /// One table of a section: keys (with their aliases) and values, or tables inside it.
    struct Table {
        var entries: [Entry] = []
        var inline: [(key: String, table: Table)] = []
    }

    var mode: String
    /// Section, whether it is an array of tables, and its tables.
    var sections: [(name: String, isArray: Bool, tables: [Table])] = []

    private static let backbones = [
        Value("\"baseline\"", "\"yolo11\""), Value("\"v1\"", "\"ghostnetv1\"", "\"GhostNetV1\""),
        Value("\"v2\"", "\"ghostnetv2\"", "'V2'"),
    ]
    private static let placements = [
        Value("\"expanded\"", "\"expressiveness\""), Value("\"output\"", "\"capacity\""), Value("\"both\""),
    ]
    private static let rates = [Value("0.01", "1e-2", "0.010"), Value("0.02", "2e-2"), Value("0.005", "5.0e-3")]
    private static let scales = ["n", "s", "m", "l"].map { Value("\"\($0)\"", "'\($0)'") }
    private static let batches = [Value("16", "16.0", "0x10"), Value("8", "8.0", "0o10"), Value("4"), Value("2")]

    init(_ random: inout Shuffler) {
        func one(_ keys: [String], _ value: Value) -> Entry { (keys, [value], false) }
        func list(_ keys: [String], _ values: [Value]) -> Entry { (keys, values, true) }
        mode = ["grid", "one-at-a-time", "leave-one-out"].randomElement(using: &random) ?? "grid"
        var base = Table()
        base.entries.append(one(["epochs"], Value("3", "3.0")))
        base.entries.append(one(["imgsz", "image_size", "img_size"], Value("64", "64.0", "6_4")))
        if Bool.random(using: &random) { base.entries.append(one(["momentum"], Value("0.9", "9e-1"))) }
        if Bool.random(using: &random) { base.entries.append(one(["mosaic"], Value("0", "0.0"))) }
        if Bool.random(using: &random) {
            base.entries.append(one(["freeze"], Value("3", "[0, 1, 2]", "[2, 1, 0]", "\"0-2\"", "\"0+1+2\"")))
        }
        if Bool.random(using: &random) {
            base.entries.append(one(["classes"], Value("[0, 2]", "[2, 0]", "\"0+2\"", "[0, \"class2\"]", "'class0+2'")))
        }
        if Bool.random(using: &random) { base.entries.append(one(["fraction"], Value("0.5", "5e-1", "0.50"))) }
        if Bool.random(using: &random) { base.entries.append(one(["single_cls"], Value("true"))) }
        if Bool.random(using: &random) {
            base.entries.append(one(["weights", "pretrained"], Value("\"/weights/a.h5\"", "'/weights/./a.h5'")))
        }
        sections.append(("base", false, [base]))

        var matrix = Table()
        matrix.entries.append(list(["backbone"], Self.backbones))
        if Bool.random(using: &random) { matrix.entries.append(list(["lr0"], Self.rates)) }
        if Bool.random(using: &random) { matrix.entries.append(list(["cos_lr"], [Value("false"), Value("true")])) }
        sections.append(("matrix", false, [matrix]))

        var when = Table()
        when.inline = [
            ("if", Table(entries: [one(["backbone"], Self.backbones[2])])),
            ("matrix", Table(entries: [list(["dfc"], Self.placements)])),
        ]
        sections.append(("when", true, [when]))
        let count = Int.random(in: 2...4, using: &random)
        let zip = Table(entries: [
            list(["scale", "model_scale"], Array(Self.scales.prefix(count))),
            list(["batch", "batch_size"], Array(Self.batches.prefix(count))),
        ])
        sections.append(("zip", true, [zip]))
        if Bool.random(using: &random) {
            let exclude = Table(entries: [
                one(["backbone"], Self.backbones[0]), list(["scale"], Array(Self.scales.prefix(2))),
            ])
            sections.append(("exclude", true, [exclude]))
        }
        if Bool.random(using: &random) {
            let include = Table(entries: [
                one(["backbone"], Self.backbones[2]), one(["dfc"], Self.placements[0]), one(["imgsz"], Value("160")),
            ])
            sections.append(("include", true, [include]))
        }
        if Bool.random(using: &random) {
            var override = Table()
            override.inline = [
                ("where", Table(entries: [one(["scale"], Self.scales[1])])),
                ("set", Table(entries: [one(["epochs"], Value("2", "2.0"))])),
            ]
            sections.append(("override", true, [override]))
        }
        sections.append(("seeds", false, [Table(entries: [list(["values"], [Value("0"), Value("1"), Value("7")])])]))
        var compare = Table(entries: [
            list(["within"], [Value("\"scale\"")]), one(["primary"], Value("\"mAP50-95\"")),
            one(["margin"], Value("0.005", "5e-3")),
        ])
        compare.inline = [("baseline", Table(entries: [one(["backbone"], Self.backbones[1])]))]
        sections.append(("compare", false, [compare]))
    }

    /// The manifest as somebody might write it; without a generator in one plain way.
    func text(_ random: inout Shuffler, isPlain: Bool = false) -> String {
        var head = ["schema = 1", "name = \"random\"", "mode = \"\(mode)\""]
        var tables: [String] = []
        for section in isPlain ? sections : sections.shuffled(using: &random) {
            let isInline = !isPlain && Int.random(in: 0..<4, using: &random) == 0
            if isInline {
                let texts = section.tables.map { inline($0, &random, isPlain) }
                head.append(
                    "\(section.name) = " + (section.isArray ? "[ \(texts.joined(separator: ", ")) ]" : texts[0]))
            } else {
                for table in section.tables {
                    let title = section.isArray ? "[[\(section.name)]]" : "[\(section.name)]"
                    let lines = members(table, &random, isPlain)
                    tables.append(([title] + lines).joined(separator: "\n"))
                }
            }
        }
        if !isPlain { head.shuffle(using: &random) }
        let text = (head + tables).joined(separator: "\n")
        return (isPlain ? text : decorated(text, &random)) + "\n"
    }

    private func members(_ table: Table, _ random: inout Shuffler, _ isPlain: Bool) -> [String] {
        var lines = table.entries.map { entry in
            let key = isPlain ? entry.keys[0] : entry.keys.randomElement(using: &random) ?? entry.keys[0]
            return "\(key) = \(value(entry, &random, isPlain))"
        }
        for (key, table) in table.inline {
            if !isPlain, table.entries.count == 1, Bool.random(using: &random) {
                // Dotted keys are another way to write a table.
                lines += members(table, &random, isPlain).map { "\(key).\($0)" }
            } else {
                lines.append("\(key) = \(inline(table, &random, isPlain))")
            }
        }
        return isPlain ? lines : lines.shuffled(using: &random)
    }

    private func inline(_ table: Table, _ random: inout Shuffler, _ isPlain: Bool) -> String {
        "{ \(members(table, &random, isPlain).joined(separator: ", ")) }"
    }

    private func value(_ entry: Entry, _ random: inout Shuffler, _ isPlain: Bool) -> String {
        let texts = entry.value.map { value in
            isPlain ? value.texts[0] : value.texts.randomElement(using: &random) ?? value.texts[0]
        }
        guard entry.isList else { return texts[0] }
        return "[\(texts.joined(separator: isPlain || Bool.random(using: &random) ? ", " : "  ,"))]"
    }

    private func decorated(_ text: String, _ random: inout Shuffler) -> String {
        text.split(separator: "\n").map { line in
            switch Int.random(in: 0..<6, using: &random) {
            case 0: "\(line)   # a comment, with = and [brackets]"
            case 1: "\n\t\(line)"
            case 2: "# epochs = 99\n\(line)"
            case 3: "\(line)  "
            default: String(line)
            }
        }.joined(separator: "\n")
    }
}
