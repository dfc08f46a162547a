import Engine

/// One positional argument of a module's row.
public struct ModuleParameter: Sendable, CustomStringConvertible {
    /// What an argument must be.
    public enum Kind: Hashable, Sendable {
        /// Output channels: scaled by the network's width.
        case channels
        /// A whole number of at least 1.
        case count
        /// A number above 0.
        case number
        /// A number from 0 to below 1.
        case probability
        case flag
        /// One size or a pair [height, width].
        case extent
        /// One of some words.
        case word([String])
        /// `nc`, the number of classes, or a number in its place.
        case classCount
    }

    /// For messages and listings; rows have positions only.
    public let name: String
    /// What it must be.
    public let kind: Kind
    /// What a missing argument or `None` means; `nil` when the row has to give it.
    public let defaultValue: RowArgument.Value?

    init(_ name: String, _ kind: Kind, default defaultValue: RowArgument.Value? = nil) {
        self.name = name
        self.kind = kind
        self.defaultValue = defaultValue
    }

    /// `name`, with `=default` where it may be left out.
    public var description: String { defaultValue.map { "\(name)=\($0)" } ?? name }

    /// What a value of this kind looks like.
    var expectation: String {
        switch kind {
        case .channels, .count: "a whole number from 1 to \(Self.largest)"
        case .number: "a number above 0, at most \(Self.largest)"
        case .probability: "a number from 0 to below 1"
        case .flag: "True or False"
        case .extent: "a size such as 3 or [3, 5]"
        case .word(let words): "one of \(words.joined(separator: ", "))"
        case .classCount: "nc"
        }
    }

    /// Numbers at most: larger ones are slips of the hand, and no product of a few overflows.
    static let largest = 1 << 20

    func accepts(_ value: RowArgument.Value) -> Bool {
        switch (kind, value) {
        case (_, .none): defaultValue != nil
        case (.channels, .integer(let integer)), (.count, .integer(let integer)): 1...Self.largest ~= integer
        case (.number, .integer(let integer)): 1...Self.largest ~= integer
        case (.number, .number(let number)): number > 0 && number <= Double(Self.largest)
        case (.probability, .integer(let integer)): integer == 0
        case (.probability, .number(let number)): number >= 0 && number < 1
        case (.flag, .flag): true
        case (.extent, .integer(let integer)): 0...Self.largest ~= integer
        case (.extent, .list(let list)): list.count == 2 && list.allSatisfy { Self.isSize($0) }
        case (.word(let words), .word(let word)): words.contains(word)
        case (.classCount, .classCount): true
        default: false
        }
    }

    private static func isSize(_ value: RowArgument.Value) -> Bool {
        guard case .integer(let integer) = value else { return false }
        return 0...largest ~= integer
    }
}

extension Module {
    /// What is wrong with a row of this module, as far as can be said without shapes.
    func problems(
        with arguments: [RowArgument], options: BackboneOptions, repeats: Int, place: SourcePlace
    ) -> [ModelProblem] {
        var problems: [ModelProblem] = []
        if repetition == .never, repeats > 1 {
            problems.append(ModelProblem("\(name) cannot be repeated, expected 1 and not \(repeats)", at: place))
        }
        if arguments.count > parameters.count {
            problems.append(
                ModelProblem(
                    "\(name) takes at most \(parameters.count) arguments \(argumentSummary), not \(arguments.count)",
                    at: arguments[parameters.count].place))
        }
        for (index, parameter) in parameters.enumerated() {
            guard index < arguments.count else {
                if parameter.defaultValue == nil {
                    problems.append(
                        ModelProblem("\(name) lacks the argument \(parameter.name) of \(argumentSummary)", at: place))
                }
                continue
            }
            let argument = arguments[index]
            guard !parameter.accepts(argument.value) else { continue }
            var suggestion = ""
            if case .word(let word) = argument.value, case .word(let words) = parameter.kind {
                suggestion = Spelling.suggestion(for: word, among: words)
            }
            problems.append(
                ModelProblem(
                    "the argument \(parameter.name) of \(name) is \(argument.value), expected "
                        + parameter.expectation + suggestion, at: argument.place))
        }
        for entry in options.entries where !self.options.contains(entry.name) {
            problems.append(ModelProblem("\(name) reads no option \(entry.name)\(hint(self.options))", at: place))
        }
        return problems
    }

    private func hint(_ names: [String]) -> String {
        names.isEmpty ? "" : ", only \(names.joined(separator: ", "))"
    }
}

/// The arguments of one row by name, with defaults filled in and channels scaled.
struct ModuleArguments {
    private let values: [String: RowArgument.Value]

    /// - Parameter arguments: already checked by `Module.problems`.
    init(_ arguments: [RowArgument], of module: Module, scale: Scale, classCount: Int) {
        var values: [String: RowArgument.Value] = [:]
        for (index, parameter) in module.parameters.enumerated() {
            var value = index < arguments.count ? arguments[index].value : .none
            if value == .none { value = parameter.defaultValue ?? .none }
            switch (parameter.kind, value) {
            case (.channels, .integer(let channels)):
                value = .integer(scale.channels(channels, classCount: classCount))
            case (.classCount, _):
                value = .integer(classCount)
            default:
                break
            }
            values[parameter.name] = value
        }
        self.values = values
    }

    func integer(_ name: String) -> Int {
        guard case .integer(let integer) = values[name] else { preconditionFailure("\(name) is no whole number") }
        return integer
    }

    func number(_ name: String) -> Double {
        switch values[name] {
        case .integer(let integer): return Double(integer)
        case .number(let number): return number
        default: preconditionFailure("\(name) is no number")
        }
    }

    func flag(_ name: String) -> Bool {
        guard case .flag(let flag) = values[name] else { preconditionFailure("\(name) is no flag") }
        return flag
    }

    func word(_ name: String) -> String {
        guard case .word(let word) = values[name] else { preconditionFailure("\(name) is no word") }
        return word
    }

    /// `nil` where the row says `None` and the default is `None`.
    func extent(_ name: String) -> Extent? {
        switch values[name] {
        case .integer(let side): return Extent(side)
        case .list(let list):
            guard list.count == 2, case .integer(let height) = list[0], case .integer(let width) = list[1] else {
                preconditionFailure("\(name) is no pair of sizes")
            }
            return Extent(height: height, width: width)
        case nil, .some(.none): return nil
        default: preconditionFailure("\(name) is no size")
        }
    }
}
