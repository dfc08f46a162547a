/// A network as its file describes it: rows of modules, before a scale, an image size or options are chosen.
public struct ModelDescription: Hashable, Sendable {
    /// The file's name without folder, extension and scale letter, such as `yolo11-ghostnetv2`.
    public var name: String
    /// The file as messages should call it.
    public var file: String
    /// `nc`, which options may override.
    public var classCount: Int
    /// In the file's order; empty when the file has fixed multiples.
    public var scales: [Scale]
    /// The scale of a file without `scales`.
    public var fixedScale: Scale
    /// The scale that the file's name asks for: n for `yolo11n.yaml`.
    public var impliedScale: String?
    /// Whether weights are named `model.<row>.…`; otherwise they have no prefix.
    public var namesRows: Bool
    /// The rows of the section `backbone`, perhaps with SPPF and C2PSA.
    public var backbone: [Row]
    /// The rows of the section `head`: neck and detection head.
    public var head: [Row]
    /// The file's text as it was read.
    public var text = ""

    /// All rows; their positions are the numbers in weight names.
    public var rows: [Row] { backbone + head }

    /// Whether the last row is a detection head.
    public var isDetector: Bool { rows.last.flatMap { Module.named($0.module) }?.name == Module.detect.name }

    /// Everything that decides what is built, one line for each fact; for hashing.
    public var canonicalText: String {
        var lines = ["nc \(classCount)", "row_names \(namesRows)"]
        for scale in scales.isEmpty ? [fixedScale] : scales.sorted(by: { ($0.name ?? "") < ($1.name ?? "") }) {
            lines.append("scale \(scale.name ?? "-") \(scale.depth) \(scale.width) \(scale.channelLimit)")
        }
        lines += backbone.map { "backbone \($0.canonicalText)" } + head.map { "head \($0.canonicalText)" }
        return lines.joined(separator: "\n")
    }

    /// The scale to build at.
    /// - Throws: `ModelError` that names the choices when none was given or it is not one of them.
    public func scale(_ requested: String?) throws(ModelError) -> Scale {
        let names = scales.compactMap(\.name)
        let choices = names.joined(separator: ", ")
        guard !scales.isEmpty else {
            guard requested == nil else {
                throw ModelError("\(file) has no scales, so it cannot be built at scale \(requested ?? "")")
            }
            return fixedScale
        }
        if let requested, let impliedScale, requested != impliedScale {
            throw ModelError("\(file) names scale \(impliedScale), but scale \(requested) was asked for")
        }
        guard let name = requested ?? impliedScale else {
            throw ModelError(
                "\(file) needs a scale, one of \(choices): give it as an option or in the name, as in \(spelled(names[0]))"
            )
        }
        guard let scale = scales.first(where: { $0.name == name }) else {
            throw ModelError(
                "\(file) has no scale \(name): expected one of \(choices)\(Spelling.suggestion(for: name, among: names))"
            )
        }
        return scale
    }

    /// The name with a scale letter in it, such as `yolo11n-ghostnetv2`.
    public func name(at scale: Scale) -> String {
        guard let letter = scale.name else { return name }
        return ScaledName.inserting(letter, into: name)
    }

    private func spelled(_ letter: String) -> String { ScaledName.inserting(letter, into: name) + ".yaml" }
}
