extension ConfigurationKey {
    /// The values that a key accepts.
    public enum Domain: Hashable, Sendable {
        case boolean
        /// Whole numbers of a range that leave `remainder` when divided by `divisor`.
        case integers(ClosedRange<Int>, divisor: Int, remainder: Int)
        /// Real numbers of a range, without its lower end if `isOpenBelow`.
        case numbers(ClosedRange<Double>, isOpenBelow: Bool)
        /// One of some words; `aliases` are replaced by the word they stand for.
        case words([String], aliases: [String: String])
        /// One of some words, or the path of a YAML file.
        case wordsOrFile([String], aliases: [String: String])
        /// Any text that is not empty; what it names is checked where it is opened.
        case text(expected: String)
        /// Indices of blocks: a list, one index, `"2-15"`, `"3+4+8"`, or one of the words `all` and `default`.
        case blocks(ClosedRange<Int>, standard: [Int])
        /// One odd number, or a list of one for each stride: `5`, `[9, 7, 5, 5]`, `"9+7+5+5"`.
        case oddSizes(ClosedRange<Int>, perStride: [Int])
        /// Classes of a dataset: a list of indices and names, one of them, or `"0+2"`; whether there are such classes is
        /// checked where the data is opened.
        case classes

        /// The path of a file, or nothing; `insteadOf` are formats that have to be converted first.
        case file(extensions: [String], insteadOf: [String])
        /// Rows of a network: a number n for the first n, or a list of indices, also as `"0-4"` or `"0+3"`.
        case rows

        static func integers(_ range: ClosedRange<Int>) -> Domain { .integers(range, divisor: 1, remainder: 0) }
        static func numbers(_ range: ClosedRange<Double>) -> Domain { .numbers(range, isOpenBelow: false) }
        static func words(_ words: [String]) -> Domain { .words(words, aliases: [:]) }

        /// Other spellings of words, and what they stand for.
        public var aliases: [String: String] {
            switch self {
            case .words(_, let aliases), .wordsOrFile(_, let aliases): aliases
            default: [:]
            }
        }

        /// What is accepted, as the end of the sentence "expected …".
        public var expected: String {
            switch self {
            case .boolean: "true or false"
            case .integers(let range, 1, _): "a whole number from \(Self.text(range))"
            case .integers(let range, 2, 1): "an odd whole number from \(Self.text(range))"
            case .integers(let range, let divisor, _): "a multiple of \(divisor) from \(Self.text(range))"
            case .numbers(let range, let isOpenBelow):
                if range.upperBound == .infinity {
                    "a number \(isOpenBelow ? "above" : "not below") \(Self.text(range.lowerBound))"
                } else {
                    "a number from \(Self.text(range.lowerBound)) to \(Self.text(range.upperBound))"
                        + (isOpenBelow ? ", \(Self.text(range.lowerBound)) excluded" : "")
                }
            case .words(let words, _): "one of " + words.joined(separator: ", ")
            case .wordsOrFile(let words, _): "one of " + words.joined(separator: ", ") + ", or the path of a YAML file"
            case .text(let expected): expected
            case .file(let extensions, let foreign):
                "the path of a file .\(extensions.joined(separator: " or ."))"
                    + (foreign.isEmpty
                        ? "" : " (tools/convert-weights.py makes one of .\(foreign.joined(separator: ", .")))")
            case .rows: "how many rows from the first, or a list of row indices such as [0, 3]"
            case .blocks(let range, _):
                "a list of block indices from \(Self.text(range)), a range such as \"4-15\", \"all\" or \"default\""
            case .oddSizes(let range, let strides):
                "an odd whole number from \(Self.text(range)), or a list of \(strides.count) of them for strides "
                    + strides.map(String.init).joined(separator: ", ")
            case .classes: "a list of class indices from 0 up and class names, such as [0, 2]"
            }
        }

        /// The canonical form of a value: numbers in range, aliases replaced, blocks as an ascending list.
        /// - Throws: `ConfigurationMismatch` when the value is none of the domain's.
        public func resolve(_ value: ConfigurationValue) throws(ConfigurationMismatch) -> ConfigurationValue {
            switch (self, value) {
            case (.boolean, .boolean):
                return value
            case (.integers(let range, let divisor, let remainder), .integer(let number))
            where range.contains(number) && number % divisor == remainder:
                return value
            case (.integers, .number(let number)) where number == number.rounded() && abs(number) < 1e15:
                return try resolve(.integer(Int(number)))
            case (.numbers(let range, let isOpenBelow), .number(let number))
            where number.isFinite && range.contains(number) && !(isOpenBelow && number == range.lowerBound):
                return value
            case (.numbers, .integer(let number)):
                return try resolve(.number(Double(number)))
            case (.words(let words, let aliases), .word(let word)):
                if let resolved = Self.word(word, among: words, aliases: aliases) { return .word(resolved) }
                throw mismatch(near: word, among: words + aliases.keys.sorted())
            case (.wordsOrFile(let words, let aliases), .word(let word)):
                if let resolved = Self.word(word, among: words, aliases: aliases) { return .word(resolved) }
                if Self.isPath(word) { return value }
                throw mismatch(near: word, among: words + aliases.keys.sorted())
            case (.text, .word(let word)) where !word.isEmpty:
                return value
            case (.file(_, let foreign), .word(let path)):
                let suffix = path.split(separator: ".").last.map { $0.lowercased() } ?? ""
                if foreign.contains(suffix) { throw ConfigurationMismatch(expected: expected) }
                return value
            case (.rows, _):
                guard let rows = Self.rows(value) else { throw ConfigurationMismatch(expected: expected) }
                return .list(rows.map(ConfigurationValue.integer))
            case (.blocks(let range, let standard), _):
                guard let blocks = Self.blocks(value, in: range, standard: standard) else {
                    if case .word(let word) = value { throw mismatch(near: word, among: ["all", "default"]) }
                    throw ConfigurationMismatch(expected: expected)
                }
                return .list(blocks.map(ConfigurationValue.integer))
            case (.oddSizes(let range, let strides), _):
                guard let sizes = Self.oddSizes(value, in: range, count: strides.count) else {
                    throw ConfigurationMismatch(expected: expected)
                }
                // Equal sizes are one size, so that both spellings have one identity.
                return Set(sizes).count == 1 ? .integer(sizes[0]) : .list(sizes.map(ConfigurationValue.integer))
            case (.classes, _):
                guard let classes = Self.classes(value) else { throw ConfigurationMismatch(expected: expected) }
                return .list(classes)
            case (.boolean, .word(let word)):
                throw mismatch(near: word.lowercased(), among: ["true", "false"])
            case (.integers(let range, let divisor, let remainder), .integer(let number)):
                throw ConfigurationMismatch(
                    expected: expected,
                    suggestion: Self.nearest(number, range, divisor, remainder).map(String.init))
            default:
                throw ConfigurationMismatch(expected: expected)
            }
        }

        /// The value that a word of a command line stands for, not yet checked: `0.01` is a number, `true` a truth
        /// value, `3+4` a list, where the domain has such values.
        public func value(of text: String) -> ConfigurationValue {
            switch self {
            case .boolean:
                if text == "true" { return .boolean(true) }
                if text == "false" { return .boolean(false) }
            case .integers, .numbers:
                if let integer = Int(text) { return .integer(integer) }
                if let number = Double(text), number.isFinite { return .number(number) }
            case .rows:
                if let integer = Int(text) { return .integer(integer) }
            case .words, .wordsOrFile, .text, .blocks, .oddSizes, .file, .classes:
                break
            }
            return .word(text)
        }

        /// Whether a word is a path rather than a misspelt word.
        public static func isPath(_ word: String) -> Bool {
            word.contains("/") || word.hasSuffix(".yaml") || word.hasSuffix(".yml")
        }

        private static func word(_ word: String, among words: [String], aliases: [String: String]) -> String? {
            words.contains(word) ? word : aliases[word]
        }

        private func mismatch(near word: String, among words: [String]) -> ConfigurationMismatch {
            ConfigurationMismatch(expected: expected, suggestion: Spelling.nearest(to: word, among: words))
        }

        private static func nearest(_ number: Int, _ range: ClosedRange<Int>, _ divisor: Int, _ remainder: Int) -> Int?
        {
            guard divisor > 1, range.contains(number) else { return nil }
            let lower = number - ((number - remainder) % divisor)
            return [lower + divisor, lower].first(where: range.contains)
        }

        private static func blocks(
            _ value: ConfigurationValue, in range: ClosedRange<Int>, standard: [Int]
        ) -> [Int]? {
            switch value {
            case .integer(let index):
                return range.contains(index) ? [index] : nil
            case .list(let values):
                var blocks = Set<Int>()
                for value in values {
                    guard let part = Self.blocks(value, in: range, standard: standard) else { return nil }
                    blocks.formUnion(part)
                }
                return blocks.isEmpty ? nil : blocks.sorted()
            case .word("all"):
                return Array(range)
            case .word("default"):
                return standard
            case .word(let word):
                var blocks = Set<Int>()
                for part in word.split(whereSeparator: { $0 == "+" || $0 == "," }) {
                    let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
                    guard ends.count <= 2, let first = ends.first, let last = ends.last, let first, let last,
                        first <= last, range.contains(first), range.contains(last)
                    else { return nil }
                    blocks.formUnion(first...last)
                }
                return blocks.isEmpty ? nil : blocks.sorted()
            case .boolean, .number:
                return nil
            }
        }

        private static func oddSizes(_ value: ConfigurationValue, in range: ClosedRange<Int>, count: Int) -> [Int]? {
            let sizes: [Int?]
            switch value {
            case .integer(let size): sizes = [size]
            case .number(let number): sizes = [Int(exactly: number)]
            case .list(let values):
                sizes = values.map { if case .integer(let size) = $0 { size } else { nil } }
                if sizes.count != count { return nil }
            case .word(let word):
                sizes = word.split(omittingEmptySubsequences: false) { $0 == "+" || $0 == "," }.map { Int($0) }
            case .boolean: return nil
            }
            let known = sizes.compactMap(\.self).filter { range.contains($0) && $0 % 2 == 1 }
            return known.count == sizes.count && (known.count == 1 || known.count == count) ? known : nil
        }

        /// Indices ascending; a lone number is how many.
        private static func rows(_ value: ConfigurationValue) -> [Int]? {
            let limit = 0...999
            if case .integer(let count) = value { return limit.contains(count) ? Array(0..<count) : nil }
            if case .list(let values) = value, values.isEmpty { return [] }
            return blocks(value, in: limit, standard: [])
        }

        /// Indices ascending, then names in alphabetical order, each once.
        private static func classes(_ value: ConfigurationValue) -> [ConfigurationValue]? {
            let parts: [ConfigurationValue]
            switch value {
            case .list(let values): parts = values
            case .word("all"): parts = []
            case .word(let word):
                parts = word.split(whereSeparator: { $0 == "+" || $0 == "," }).map { .word(String($0)) }
                if parts.isEmpty { return nil }
            default: parts = [value]
            }
            var indices: Set<Int> = []
            var names: Set<String> = []
            for part in parts {
                switch part {
                case .integer(let index) where index >= 0: indices.insert(index)
                case .number(let number) where number >= 0 && number == number.rounded() && number < 1e9:
                    indices.insert(Int(number))
                case .word(let word):
                    if let index = Int(word) {
                        if index < 0 { return nil }
                        indices.insert(index)
                    } else if !word.isEmpty {
                        names.insert(word)
                    }
                default: return nil
                }
            }
            return indices.sorted().map(ConfigurationValue.integer) + names.sorted().map(ConfigurationValue.word)
        }

        private static func text(_ range: ClosedRange<Int>) -> String { "\(range.lowerBound) to \(range.upperBound)" }
        private static func text(_ number: Double) -> String { ConfigurationValue.number(number).canonicalJSON }
    }
}
