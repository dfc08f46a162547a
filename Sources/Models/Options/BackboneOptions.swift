/// What can be set on a backbone from a row's mapping, a manifest or the command line; `nil` leaves the default.
public struct BackboneOptions: Hashable, Sendable {
    /// Which Ghost modules carry DFC attention.
    public var dfc: DFCPlacement?
    /// Which blocks carry it.
    public var dfcBlocks: DFCBlocks?
    /// Length of its depthwise convolutions.
    public var dfcKernel: DFCKernel?
    /// How it halves its input.
    public var dfcPool: DFCPool?
    /// How its gate is enlarged.
    public var dfcUpsample: DFCUpsample?
    /// What makes its gate.
    public var dfcGate: DFCGate?
    /// Multiplies every channel count of the backbone.
    public var width: Double?
    /// Whether the backbone ends with its 1×1 convolution.
    public var tail: Bool?
    /// Dropout behind every stage of the backbone.
    public var stageDropout: Double?

    /// Nothing is set.
    public init() {}

    /// The options that are set, by name, in the catalogue's order.
    public var entries: [(name: String, value: String)] {
        BackboneOption.all.compactMap { option in option.text(self).map { (option.name, $0) } }
    }

    /// Whether nothing is set.
    public var isEmpty: Bool { self == BackboneOptions() }

    /// Sets one option from text, as manifests, rows and the command line spell it: `dfc`, `both`.
    /// - Throws: `ModelError` for a name that is no option or a value that does not fit, with the choices.
    public mutating func set(_ name: String, to text: String) throws(ModelError) {
        guard let option = BackboneOption.all.first(where: { $0.name == name }) else {
            let names = BackboneOption.all.map(\.name)
            throw ModelError(
                "\(name) is no option of a backbone, expected one of \(names.joined(separator: ", "))"
                    + Spelling.suggestion(for: name, among: names))
        }
        guard let changed = option.setting(self, text) else {
            throw ModelError(
                "\(name) cannot be \(text), expected \(option.values)"
                    + Spelling.suggestion(for: text, among: option.choices))
        }
        self = changed
    }

    /// These options where set, the others from `base`.
    public func over(_ base: BackboneOptions) -> BackboneOptions {
        var merged = base
        merged.dfc = dfc ?? base.dfc
        merged.dfcBlocks = dfcBlocks ?? base.dfcBlocks
        merged.dfcKernel = dfcKernel ?? base.dfcKernel
        merged.dfcPool = dfcPool ?? base.dfcPool
        merged.dfcUpsample = dfcUpsample ?? base.dfcUpsample
        merged.dfcGate = dfcGate ?? base.dfcGate
        merged.width = width ?? base.width
        merged.tail = tail ?? base.tail
        merged.stageDropout = stageDropout ?? base.stageDropout
        return merged
    }

    /// Only the options of these names.
    func restricted(to names: [String]) -> BackboneOptions {
        var kept = BackboneOptions()
        for option in BackboneOption.all where names.contains(option.name) {
            guard let text = option.text(self), let next = option.setting(kept, text) else { continue }
            kept = next
        }
        return kept
    }
}
