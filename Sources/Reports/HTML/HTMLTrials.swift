import Metrics
import Results

/// Every training of a report, folded up by cell: where it stands, its metrics and its curves.
struct HTMLTrials {
    private let cells: [[ReportedTrial]]
    static let anchor = "trainings"
    static let title = "Trainings in detail"

    /// - `trials`: grouped by cell.
    init(_ trials: [ReportedTrial]) {
        cells = trials.reduce(into: [[ReportedTrial]]()) { cells, trial in
            if cells.last?.first?.cellID == trial.cellID {
                cells[cells.count - 1].append(trial)
            } else {
                cells.append([trial])
            }
        }
    }

    /// The place of a trial among the details.
    static func anchor(of trial: ReportedTrial) -> String { "training-\(trial.shortID)" }

    var text: String {
        let folds = cells.map { trials in
            let done = trials.count { $0.outcome == "done" }
            let seeds = "\(done) of \(trials.count) \(trials.count == 1 ? "seed" : "seeds") done"
            return """
                <details><summary>\(Markup.escape(trials[0].label)) <span>\(seeds)</span></summary>
                \(trials.map(article).joined(separator: "\n"))
                </details>
                """
        }
        return """
            <section id="\(Self.anchor)"><h2>\(Self.title)</h2>
            \(folds.joined(separator: "\n"))
            </section>
            """
    }

    private func article(_ trial: ReportedTrial) -> String {
        var lines = [
            "<article id=\"\(Self.anchor(of: trial))\"><h3>seed \(trial.seed): \(Markup.escape(trial.outcome))</h3>",
            "<p class=\"facts\">trial <code>\(Markup.escape(trial.trialID))</code>"
                + ", cell <code>\(Markup.escape(trial.cellID))</code>"
                + (trial.seconds.map { ", trained in \(Markup.escape(Cell.duration($0).text))" } ?? "") + "</p>",
        ]
        if !trial.message.isEmpty { lines.append("<p>\(HTMLPage.inline(trial.message))</p>") }
        if let diagnosis = trial.diagnosis { lines.append("<p>\(HTMLPage.inline(diagnosis))</p>") }
        if !trial.metrics.isEmpty { lines.append(metrics(trial)) }
        if trial.epochs.count > 1 { lines.append("<div class=\"curves\">\n\(curves(trial))</div>") }
        lines.append("</article>")
        return lines.joined(separator: "\n")
    }

    /// The final metrics as one row, in the order of the catalogue.
    private func metrics(_ trial: ReportedTrial) -> String {
        let known = Metric.all.map(\.name).filter { trial.metrics[$0] != nil }
        let names = known + trial.metrics.keys.filter { !known.contains($0) }.sorted()
        let titles = names.map { "<th scope=\"col\" class=\"number\">\(Markup.escape($0))</th>" }
        let values = names.map { name in
            "<td class=\"number\">\(Cell.number(trial.metrics[name] ?? .nan, decimals: 4).text)</td>"
        }
        return "<div class=\"scroll\"><table><thead><tr>\(titles.joined())</tr></thead>"
            + "<tbody><tr>\(values.joined())</tr></tbody></table></div>"
    }

    private func curves(_ trial: ReportedTrial) -> String {
        let name = "curve-\(trial.shortID)"
        return TrialCurve(
            name: "\(name)-map", title: "mAP50-95(U) on the validation images", limits: 0...1,
            lines: [.init(name: "mAP50-95(U)", points: trial.epochs.map { (Double($0.epoch), $0.mAP5095) })]
        ).svg
            + TrialCurve(
                name: "\(name)-loss", title: "loss", limits: 0...Double.infinity,
                lines: [
                    .init(name: "training", points: trial.epochs.map { (Double($0.epoch), Self.sum($0.trainLosses)) }),
                    .init(
                        name: "validation",
                        points: trial.epochs.map { (Double($0.epoch), Self.sum($0.validationLosses)) }),
                ]
            ).svg
    }

    private static func sum(_ losses: EpochRow.Losses) -> Double {
        losses.box + losses.classification + losses.distribution
    }
}

/// A small plot of one training over its epochs.
private struct TrialCurve {
    let name: String
    let title: String
    let limits: ClosedRange<Double>
    let lines: [Line]

    struct Line {
        let name: String
        let points: [(x: Double, y: Double)]
    }

    private static let size = (width: 400.0, height: 190.0)

    /// Empty where nothing was measured.
    var svg: String {
        let drawn = lines.map { line in
            Line(name: line.name, points: line.points.filter { $0.x.isFinite && $0.y.isFinite })
        }
        let points = drawn.flatMap(\.points)
        guard points.count > 1 else { return "" }
        let plot = Plot(
            area: Rectangle(
                left: 46, top: 24, width: Self.size.width - 46 - 12, height: Self.size.height - 24 - 40),
            x: .linear("epoch", covering: points.map(\.x), limits: 0...Double.infinity, wholeNumbers: true),
            y: .linear("", covering: points.map(\.y) + (limits.upperBound == 1 ? [0] : []), limits: limits, ticks: 4))
        var canvas = SVGCanvas(name: name)
        canvas.draw(plot, title: title)
        var right = plot.area.right
        for (index, line) in drawn.enumerated().reversed() where !line.points.isEmpty {
            let style = SeriesStyle.number(index)
            canvas.polyline(
                line.points.map { plot.place($0.x, $0.y) },
                SVGCanvas.Stroke(style.paint, width: 1.8, dash: style.dash))
            if drawn.count > 1 {
                canvas.text(line.name, at: Point(right, 16), anchor: .end, size: 11)
                right -= TextMeasure.width(line.name, size: 11) + 4
                canvas.line(
                    Point(right - 22, 12), Point(right, 12),
                    SVGCanvas.Stroke(style.paint, width: 1.8, dash: style.dash))
                right -= 32
            }
        }
        let last = drawn.compactMap { line in
            line.points.last.map { "\(line.name) \(Cell.number($0.y, decimals: 3).text)" }
        }
        return canvas.document(
            width: Self.size.width, height: Self.size.height, title: title,
            summary: "At the last epoch: \(last.joined(separator: ", ")).")
    }
}
