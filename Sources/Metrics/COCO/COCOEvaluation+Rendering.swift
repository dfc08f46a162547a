import Foundation

extension COCOEvaluation {
    /// The twelve numbers as COCO's tools print them, then a table of the categories, to three decimals.
    public var text: String {
        let rows: [(kind: String, iou: String, area: AreaRange, limit: Int, value: Double)] = [
            ("Average Precision  (AP)", "0.50:0.95", .all, 100, summary.ap),
            ("Average Precision  (AP)", "0.50", .all, 100, summary.ap50),
            ("Average Precision  (AP)", "0.75", .all, 100, summary.ap75),
            ("Average Precision  (AP)", "0.50:0.95", .small, 100, summary.apSmall),
            ("Average Precision  (AP)", "0.50:0.95", .medium, 100, summary.apMedium),
            ("Average Precision  (AP)", "0.50:0.95", .large, 100, summary.apLarge),
            ("Average Recall     (AR)", "0.50:0.95", .all, 1, summary.ar1),
            ("Average Recall     (AR)", "0.50:0.95", .all, 10, summary.ar10),
            ("Average Recall     (AR)", "0.50:0.95", .all, 100, summary.ar100),
            ("Average Recall     (AR)", "0.50:0.95", .small, 100, summary.arSmall),
            ("Average Recall     (AR)", "0.50:0.95", .medium, 100, summary.arMedium),
            ("Average Recall     (AR)", "0.50:0.95", .large, 100, summary.arLarge),
        ]
        var lines = rows.map { row in
            " \(row.kind) @[ IoU=\(padded(row.iou, 9)) | area=\(padded("\(row.area)", -6))"
                + " | maxDets=\(padded("\(row.limit)", -3)) ] = \(decimals(row.value))"
        }
        let idWidth = max(2, perClass.map { "\($0.category.id)".count }.max() ?? 0)
        let nameWidth = max(8, perClass.map(\.category.name.count).max() ?? 0)
        lines.append("")
        lines.append(" \(padded("id", -idWidth))  \(padded("category", nameWidth))      AP    AP50")
        for row in perClass {
            lines.append(
                " \(padded("\(row.category.id)", -idWidth))  \(padded(row.category.name, nameWidth))"
                    + "  \(padded(decimals(row.ap), -6))  \(padded(decimals(row.ap50), -6))")
        }
        return lines.joined(separator: "\n")
    }

    /// A JSON object: the twelve numbers by name, and `per_class`, an array of `{id, name, AP, AP50}`. Every number reads
    /// back as the same `Double`.
    public var json: String {
        var lines = summary.named.map { "  \"\($0.name)\": \($0.value)," }
        let classes = perClass.map {
            "    {\"id\": \($0.category.id), \"name\": \(quoted($0.category.name)), \"AP\": \($0.ap), \"AP50\": \($0.ap50)}"
        }
        lines.append(classes.isEmpty ? "  \"per_class\": []" : "  \"per_class\": [")
        if !classes.isEmpty {
            lines.append(classes.joined(separator: ",\n"))
            lines.append("  ]")
        }
        return "{\n" + lines.joined(separator: "\n") + "\n}"
    }

    private func decimals(_ value: Double) -> String { String(format: "%.3f", value) }

    /// Text filled up with blanks: on the right for a positive width, on the left for a negative one.
    private func padded(_ text: String, _ width: Int) -> String {
        let blanks = String(repeating: " ", count: max(0, abs(width) - text.count))
        return width < 0 ? blanks + text : text + blanks
    }

    /// A JSON string.
    private func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\0"..<" ": result += String(format: "\\u%04x", scalar.value)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
