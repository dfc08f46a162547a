/// One option of a backbone: its name, what it does and which values it takes.
public struct BackboneOption: Sendable {
    /// Its word in rows and manifests; the command line takes `_` and `-`.
    public let name: String
    /// What it does, in a phrase.
    public let summary: String
    /// The values that it takes, as text for messages and help.
    public let values: String
    /// The words that it takes, for suggestions.
    public let choices: [String]
    /// The value when nothing is set.
    public let defaultValue: String

    let text: @Sendable (BackboneOptions) -> String?
    let setting: @Sendable (BackboneOptions, String) -> BackboneOptions?

    /// An option that is stored in `path` and read from text by `parse`, which gives `nil` for what does not fit.
    init<Value: Sendable>(
        _ name: String, _ path: any WritableKeyPath<BackboneOptions, Value?> & Sendable, default defaultValue: String,
        values: String, choices: [String] = [], summary: String,
        parse: @escaping @Sendable (String) -> Value?, text: @escaping @Sendable (Value) -> String
    ) {
        self.name = name
        self.summary = summary
        self.values = values
        self.choices = choices
        self.defaultValue = defaultValue
        self.text = { $0[keyPath: path].map(text) }
        self.setting = { options, word in
            guard let value = parse(word) else { return nil }
            var options = options
            options[keyPath: path] = value
            return options
        }
    }

    /// An option whose values are the words of an enumeration.
    init<Value: RawRepresentable<String> & CaseIterable & Sendable>(
        _ name: String, _ path: any WritableKeyPath<BackboneOptions, Value?> & Sendable, default defaultValue: String,
        summary: String
    ) {
        let words = Value.allCases.map(\.rawValue)
        self.init(
            name, path, default: defaultValue, values: "one of \(words.joined(separator: ", "))", choices: words,
            summary: summary, parse: { Value(rawValue: $0) }, text: { $0.rawValue })
    }

    /// Every option, in the order of listings.
    public static let all: [BackboneOption] = [
        BackboneOption(
            "dfc", \.dfc, default: "expanded",
            summary: "which Ghost modules of a block carry DFC attention"),
        BackboneOption(
            "dfc_blocks", \.dfcBlocks, default: "2-15",
            values: "blocks as in 2-15, 3,5-7 or s4,s5 (stages s2 to s5)",
            summary: "blocks that carry DFC attention", parse: { DFCBlocks($0) }, text: { $0.description }),
        BackboneOption(
            "dfc_kernel", \.dfcKernel, default: "5",
            values: "an odd size from 1 to 31, or four of them for inputs at strides 4, 8, 16 and 32, as in 9,7,5,5",
            summary: "length of DFC's two depthwise convolutions", parse: { DFCKernel($0) }, text: { $0.description }),
        BackboneOption("dfc_pool", \.dfcPool, default: "avg", summary: "how DFC halves its input"),
        BackboneOption(
            "dfc_upsample", \.dfcUpsample, default: "nearest", summary: "how DFC's gate is brought back to full size"),
        BackboneOption(
            "dfc_gate", \.dfcGate, default: "sigmoid", summary: "function that turns DFC's result into a gate"),
        BackboneOption(
            "width", \.width, default: "1", values: "a number above 0, at most 8",
            summary: "multiplies the backbone's channels",
            parse: { text in Double(text).flatMap { $0 > 0 && $0 <= 8 ? $0 : nil } }, text: number),
        BackboneOption(
            "tail", \.tail, default: "true", values: "true or false", choices: ["true", "false"],
            summary: "whether the backbone ends with its 1×1 convolution to 960 channels",
            parse: { ["true": true, "false": false][$0.lowercased()] }, text: { $0 ? "true" : "false" }),
        BackboneOption(
            "stage_dropout", \.stageDropout, default: "0", values: "a probability from 0 to below 1",
            summary: "dropout behind every stage of the backbone (the forks use 0.2)",
            parse: { text in Double(text).flatMap { $0 >= 0 && $0 < 1 ? $0 : nil } }, text: number),
    ]

    /// Shortest decimal text, without a fraction for whole numbers.
    private static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
    }
}
