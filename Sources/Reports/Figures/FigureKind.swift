/// A kind of picture that a report may have.
///
/// ```
/// SweepSummary ──► FigureKind ──► chart (values, axes) ──► SVGCanvas ──► Figure
/// ```
/// To add one, write it in a file of `Charts/` and name it in `FigureKind.all`.
public struct FigureKind: Sendable {
    /// For file names: `accuracy-gflops`.
    public let name: String
    /// What it shows, in one sentence.
    public let summary: String
    /// The picture; `nil` where the results hold nothing to be drawn.
    let draw: @Sendable (SweepSummary) -> Figure?

    /// All kinds, in the order of a report.
    public static let all: [FigureKind] = [
        .differences, .accuracyGFLOPs, .accuracyParameters, .learningCurves, .trainingLoss, .classPrecision,
        .precisionRecall, .pictures,
    ]
}

extension SweepSummary {
    /// Every picture that the results hold enough for.
    public var figures: [Figure] { FigureKind.all.compactMap { $0.draw(self) } }
}

extension Figure {
    /// Width of every figure in pixels: that of a page's text.
    static let width = 760.0

    init(_ kind: FigureKind, title: String, caption: String, summary: String, canvas: SVGCanvas, height: Double) {
        self.init(
            name: kind.name, caption: caption, summary: summary,
            svg: canvas.document(width: Self.width, height: height, title: title, summary: summary))
    }
}
