/// One row `[from, repeats, module, arguments]` of a network file.
public struct Row: Hashable, Sendable {
    /// Layer indices that it reads; negative ones count back from this row.
    public var from: [Int]
    /// Before scaling by the depth multiple.
    public var repeats: Int
    /// As written; `Module.named` finds it.
    public var module: String
    /// Positional; a mapping among them is in `options`.
    public var arguments: [RowArgument]
    /// What a mapping among the arguments sets.
    public var options: BackboneOptions
    /// Where the row begins.
    public var place: SourcePlace

    /// All parts as they are.
    public init(
        from: [Int], repeats: Int, module: String, arguments: [RowArgument], options: BackboneOptions,
        place: SourcePlace
    ) {
        self.from = from
        self.repeats = repeats
        self.module = module
        self.arguments = arguments
        self.options = options
        self.place = place
    }

    /// The row without comments and places: equal for rows that mean the same.
    public var canonicalText: String {
        let settings = options.entries.map { "\($0.name): \($0.value)" }.joined(separator: ", ")
        let list = arguments.map(\.value.description) + (settings.isEmpty ? [] : ["{\(settings)}"])
        let name = Module.named(module)?.name ?? module
        return "[\(from), \(repeats), \(name), [\(list.joined(separator: ", "))]]"
    }
}

/// One argument of a row and where it stands.
public struct RowArgument: Hashable, Sendable {
    /// What it says.
    public var value: Value
    /// Where it begins.
    public var place: SourcePlace

    /// A value and where it stands.
    public init(_ value: Value, at place: SourcePlace) {
        self.value = value
        self.place = place
    }

    /// What an argument can be.
    public enum Value: Hashable, Sendable, CustomStringConvertible {
        /// `None`: the default.
        case none
        case flag(Bool)
        case integer(Int)
        case number(Double)
        /// The word `nc`.
        case classCount
        case word(String)
        case list([Value])

        /// Reads a scalar: `None`, `True`, `False` and `nc` are words of their own, quoted or not.
        init(scalar text: String) {
            switch text {
            case "None", "null", "~", "": self = .none
            case "True", "true": self = .flag(true)
            case "False", "false": self = .flag(false)
            case "nc": self = .classCount
            default:
                if let integer = Int(text) {
                    self = .integer(integer)
                } else if let number = Double(text), number.isFinite {
                    self = .number(number)
                } else {
                    self = .word(text)
                }
            }
        }

        /// As a network file spells it.
        public var description: String {
            switch self {
            case .none: "None"
            case .flag(let flag): flag ? "True" : "False"
            case .integer(let integer): "\(integer)"
            case .number(let number): "\(number)"
            case .classCount: "nc"
            case .word(let word): word
            case .list(let list): "[\(list.map(\.description).joined(separator: ", "))]"
            }
        }
    }
}
