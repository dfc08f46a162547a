import Datasets
import Foundation
import Reports

/// What an inspection found, as `ablate data check` prints it.
struct DataReport {
    let inspection: DataInspection

    /// Findings of one kind that the text shows before it only counts the rest.
    private static let shownFindings = 10
    /// Image sizes that the text shows of a split.
    private static let shownSizes = 3

    // MARK: Text

    var text: String {
        var parts: [String] = []
        if !inspection.splits.isEmpty { parts += [splitTable.plainText, classTable.plainText] }
        parts += DataInspection.Kind.allCases.compactMap(findings)
        parts.append(verdict + "\n")
        return parts.joined(separator: "\n")
    }

    private var splitTable: Table {
        let titles = ["split", "images", "without objects", "boxes", "small", "medium", "large", "ignored", "sizes"]
        return Table(
            name: "splits",
            columns: titles.map {
                Table.Heading(name: $0, title: $0, isNumeric: $0 != "split" && $0 != "sizes")
            },
            rows: inspection.splits.map { split in
                [.text(split.name)]
                    + ([split.imageCount, split.backgroundCount, split.boxCount] + split.boxesPerArea
                    + [split.ignoredCount]).map(Cell.count) + [.text(sizes(split))]
            })
    }

    private func sizes(_ split: DataInspection.Split) -> String {
        var parts = split.sizes.prefix(Self.shownSizes).map { "\($0.size) (\($0.count))" }
        if split.sizes.count > Self.shownSizes { parts.append("\(split.sizes.count - Self.shownSizes) others") }
        return parts.joined(separator: ", ")
    }

    private var classTable: Table {
        let columns =
            [
                Table.Heading(name: "class", title: "class", isNumeric: true),
                Table.Heading(name: "name", title: "name", isNumeric: false),
            ]
            + inspection.splits.flatMap { split in
                ["\(split.name) boxes", "share", "images"].map {
                    Table.Heading(name: $0, title: $0, isNumeric: true)
                }
            }
        let rows = inspection.classNames.enumerated().map { index, name in
            [.count(index), .text(name)]
                + inspection.splits.flatMap { split -> [Cell] in
                    let share = 100 * Double(split.boxesPerClass[index]) / Double(max(1, split.boxCount))
                    return [
                        .count(split.boxesPerClass[index]), .text(String(format: "%.1f %%", share)),
                        .count(split.imagesPerClass[index]),
                    ]
                }
        }
        return Table(name: "classes", columns: columns, rows: rows)
    }

    /// The findings of one kind, nil if there are none.
    private func findings(_ kind: DataInspection.Kind) -> String? {
        let all = inspection.findings.filter { $0.kind == kind }
        if all.isEmpty { return nil }
        var lines = ["\(kind.severity.rawValue): \(kind.summary): \(all.count)"]
        lines += all.prefix(Self.shownFindings).map { "  \($0.problem)" }
        if all.count > Self.shownFindings {
            lines.append("  … and \(all.count - Self.shownFindings) more; --format json has them all")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private var verdict: String {
        let errors = inspection.findings.count { $0.kind.severity == .error }
        let warnings = inspection.findings.count - errors
        if errors + warnings == 0 { return "\(inspection.spec): nothing to complain about" }
        return "\(inspection.spec): \(errors) \(errors == 1 ? "error" : "errors"), "
            + "\(warnings) \(warnings == 1 ? "warning" : "warnings")"
    }

    // MARK: JSON

    /// One object: the spec, class names, splits, and every finding.
    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(Document(inspection)), as: UTF8.self)
    }

    private struct Document: Encodable {
        struct Size: Encodable { var width: Int, height: Int, count: Int }
        struct Split: Encodable {
            var name: String, images: Int, withoutObjects: Int, boxes: Int, ignored: Int
            var small: Int, medium: Int, large: Int
            var boxesPerClass: [Int], imagesPerClass: [Int]
            var sizes: [Size]
        }
        struct Finding: Encodable {
            var severity: String, kind: String, file: String?, line: Int?, message: String, suggestion: String?
        }
        var data: String, classes: [String], splits: [Split], errors: Int, warnings: Int, findings: [Finding]

        init(_ inspection: DataInspection) {
            data = inspection.spec
            classes = inspection.classNames
            splits = inspection.splits.map { split in
                Split(
                    name: split.name, images: split.imageCount, withoutObjects: split.backgroundCount,
                    boxes: split.boxCount, ignored: split.ignoredCount, small: split.boxesPerArea[0],
                    medium: split.boxesPerArea[1], large: split.boxesPerArea[2], boxesPerClass: split.boxesPerClass,
                    imagesPerClass: split.imagesPerClass,
                    sizes: split.sizes.map { Size(width: $0.size.width, height: $0.size.height, count: $0.count) })
            }
            findings = inspection.findings.map {
                Finding(
                    severity: $0.kind.severity.rawValue, kind: $0.kind.rawValue, file: $0.problem.file,
                    line: $0.problem.line, message: $0.problem.message, suggestion: $0.problem.suggestion)
            }
            errors = inspection.findings.count { $0.kind.severity == .error }
            warnings = findings.count - errors
        }
    }
}
