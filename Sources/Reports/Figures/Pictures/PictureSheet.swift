import Foundation
import Metrics
import Results

extension FigureKind {
    static let pictures: FigureKind = FigureKind(
        name: "detections", summary: "Detections of two arms side by side in validation images, beside the labels."
    ) { summary in
        guard let choice = PictureChoice(summary.results),
            let validation = summary.results.validation[choice.labelsKey]
        else { return nil }
        let sheet = PictureSheet(choice, validation)
        guard !sheet.rows.isEmpty else { return nil }
        var canvas = SVGCanvas(name: "detections")
        let height = sheet.draw(on: &canvas)
        let names = choice.columns.map { "\($0.cell.label) (seed \($0.trial.seed))" }.joined(separator: " and ")
        let selection =
            sheet.extremes > 0
            ? "The first \(sheet.extremes) images are those in which the two differ most, up to two each way; the others are "
                + "the first of the split."
            : "The images are the first of the split."
        return Figure(
            .pictures, title: "Detections of \(names)",
            caption:
                "Labels, and detections of \(names) with a score of at least \(DetectionMatches.lowestScore) (the number). "
                + "Solid blue: right, which is the class with an IoU of at least .5; dashed orange: wrong; dotted black: a "
                + "labelled object that was not found. \(selection)",
            summary: sheet.summary, canvas: canvas, height: height)
    }
}

/// Validation images: one row an image, one column for the labels and one for each trial's detections.
struct PictureSheet {
    let rows: [Row]
    /// How many of the rows were chosen for what is found in them.
    let extremes: Int
    private let choice: PictureChoice
    private let classNames: [String]

    struct Row {
        let picture: SweepResults.Picture
        let labels: [GroundTruthBox]
        let columns: [DetectionMatches]
    }

    private static let gap = 8.0
    private static let tallest = 1.1

    init(_ choice: PictureChoice, _ validation: SweepResults.ValidationImages) {
        self.choice = choice
        classNames = validation.groundTruth.categories.map(\.name)
        let labels = Dictionary(grouping: validation.groundTruth.boxes, by: \.imageID)
        let pictures = Dictionary(
            validation.pictures.map { ($0.image, $0) }, uniquingKeysWith: { first, _ in first })
        let shown = choice.images.filter { pictures[$0] != nil }
        rows = shown.compactMap { image in
            pictures[image].map { picture in
                Row(
                    picture: picture, labels: labels[image] ?? [],
                    columns: choice.columns.map {
                        DetectionMatches($0.detections[image] ?? [], labels: labels[image] ?? [])
                    })
            }
        }
        extremes = shown.count { choice.images.prefix(choice.plainImages).contains($0) }
    }

    /// Counts of each trial over the shown images.
    var summary: String {
        choice.columns.enumerated().map { index, column in
            let right = rows.reduce(0) { $0 + $1.columns[index].rightCount }
            let wrong = rows.reduce(0) { $0 + $1.columns[index].wrongCount }
            let missed = rows.reduce(0) { $0 + $1.columns[index].missed.count }
            return "\(column.cell.label): \(right) right, \(wrong) wrong, \(missed) missed"
        }.joined(separator: "; ") + ", in \(rows.count) images."
    }

    func draw(on canvas: inout SVGCanvas) -> Double {
        let count = Double(choice.columns.count + 1)
        let width = min(320, (Figure.width - Self.gap * (count + 1)) / count)
        let titles = ["labels"] + choice.columns.map { "\($0.cell.label), seed \($0.trial.seed)" }
        for (column, title) in titles.enumerated() {
            canvas.text(
                TextMeasure.fit(title, width: width, size: 12), at: Point(left(column, width), 18), isBold: true)
        }
        var top = 28.0
        for (index, row) in rows.enumerated() {
            let scale = min(
                width / Double(row.picture.width), width * Self.tallest / Double(row.picture.height))
            let size = (width: Double(row.picture.width) * scale, height: Double(row.picture.height) * scale)
            let id = canvas.keep(png: row.picture.png, as: "image-\(index)", width: size.width, height: size.height)
            for column in titles.indices {
                let frame = Rectangle(
                    left: left(column, width), top: top, width: size.width, height: size.height)
                canvas.show(id, at: Point(frame.left, frame.top))
                canvas.beginGroup(clip: frame)
                draw(row, column, in: frame, scale: scale, on: &canvas)
                canvas.endGroup()
                canvas.text(
                    TextMeasure.fit(caption(row, column), width: width, size: 10),
                    at: Point(frame.left, frame.bottom + 13), size: 10, paint: .muted)
            }
            top += size.height + 24
        }
        return top
    }

    private func left(_ column: Int, _ width: Double) -> Double {
        Self.gap + Double(column) * (width + Self.gap)
    }

    private func caption(_ row: Row, _ column: Int) -> String {
        guard column > 0 else { return (row.picture.name as NSString).lastPathComponent }
        let matches = row.columns[column - 1]
        return "\(matches.rightCount) right, \(matches.wrongCount) wrong, \(matches.missed.count) missed"
    }

    private func draw(
        _ row: Row, _ column: Int, in frame: Rectangle, scale: Double, on canvas: inout SVGCanvas
    ) {
        func placed(_ box: BoundingBox) -> Rectangle {
            Rectangle(
                left: frame.left + box.x * scale, top: frame.top + box.y * scale, width: box.width * scale,
                height: box.height * scale)
        }
        guard column > 0 else {
            for label in row.labels {
                let name = label.isCrowd ? "ignored" : name(label.categoryID)
                canvas.box(placed(label.box), text: name, .label, in: frame)
            }
            return
        }
        let matches = row.columns[column - 1]
        for label in matches.missed { canvas.box(placed(label.box), text: "", .missed, in: frame) }
        // The surest are drawn last, over the others.
        for detection in matches.detections.reversed() {
            let score = String(format: "%.2f", detection.score)
            canvas.box(
                placed(detection.box), text: "\(name(detection.classIndex)) \(score)",
                detection.isRight ? .right : .wrong, in: frame)
        }
    }

    private func name(_ classIndex: Int) -> String {
        classNames.indices.contains(classIndex) ? classNames[classIndex] : "class \(classIndex)"
    }
}

/// What a box in a picture says.
private enum BoxKind {
    case label, right, wrong, missed

    var stroke: SVGCanvas.Stroke {
        switch self {
        case .label: SVGCanvas.Stroke(.onHalo, width: 1.4)
        case .right: SVGCanvas.Stroke(.right, width: 1.8)
        case .wrong: SVGCanvas.Stroke(.wrong, width: 1.8, dash: [5, 3])
        case .missed: SVGCanvas.Stroke(.onHalo, width: 1.6, dash: [1.5, 2.5])
        }
    }
}

extension SVGCanvas {
    /// A box on a light ground that is seen on any photograph, with a text above it, or inside where there is no room.
    fileprivate mutating func box(_ box: Rectangle, text label: String, _ kind: BoxKind, in frame: Rectangle) {
        outline(box, Stroke(.halo, width: kind.stroke.width + 1.8, opacity: 0.75))
        outline(box, kind.stroke)
        guard !label.isEmpty else { return }
        let size = 9.0
        let width = TextMeasure.width(label, size: size) + 4
        let left = max(frame.left, min(box.left, frame.right - width))
        let top = box.top - 11 >= frame.top ? box.top - 11 : max(frame.top, box.top)
        rectangle(Rectangle(left: left, top: top, width: width, height: 11), fill: .halo, opacity: 0.85)
        text(label, at: Point(left + 2, top + 8.5), size: size, paint: .onHalo)
    }
}
