import Engine
import Foundation
import Models

/// The counts of one network as `ablate profile` prints them.
struct NetworkProfile: Encodable {
    /// The counts of one row of the network file.
    struct Row: Encodable {
        var row: Int
        var layers: String
        var from: [Int]
        var repeats: Int
        var module: String
        var arguments: [String]
        /// Height, width and channels of each output.
        var outputs: [[Int]]
        var parameters: Int
        var gflops: Double
    }

    var name: String
    var file: String
    var scale: String?
    var dfc: String?
    var nc: Int
    /// Height and width.
    var imgsz: [Int]
    var parameters: Int
    var backboneParameters: Int
    /// Multiply-accumulates of convolutions and linear layers, attention included.
    var macs: Int
    var gflops: Double
    var gflopsUltralytics: Double?
    var gflopsAll: Double
    var rows: [Row]?

    private enum CodingKeys: String, CodingKey {
        case name, file, scale, dfc, nc, imgsz, parameters, macs, gflops, rows
        case backboneParameters = "backbone_parameters"
        case gflopsUltralytics = "gflops_u"
        case gflopsAll = "gflops_all"
    }

    init(_ network: Network, withRows: Bool) {
        name = network.name
        file = network.description.file
        scale = network.scale.name
        dfc = network.dfcPlacement?.rawValue
        nc = network.classCount
        imgsz = [network.options.imageHeight, network.options.imageWidth]
        parameters = network.parameterCount
        backboneParameters = network.backboneParameterCount
        macs = network.multiplyAccumulates
        gflops = network.gigaflops
        gflopsUltralytics = network.gigaflopsUltralytics
        gflopsAll = network.gigaflopsWithProducts
        guard withRows else { return }
        rows = network.rows.map { row in
            let (first, last) = (row.layers.lowerBound, row.layers.upperBound - 1)
            return Row(
                row: row.index, layers: first == last ? "\(first)" : "\(first)-\(last)", from: row.from,
                repeats: row.repeats, module: row.module, arguments: row.arguments,
                outputs: row.outputs.map { [$0.height, $0.width, $0.channels] }, parameters: row.parameterCount,
                gflops: Double(2 * row.cost.convolutionMACs) / 1e9)
        }
    }
}

extension NetworkProfile {
    /// A table of the networks and, where they have rows, one for each network.
    static func markdown(_ profiles: [NetworkProfile]) -> String {
        // Ultralytics counts detectors; papers on classifiers give multiply-accumulates.
        let areClassifiers = profiles.allSatisfy { $0.gflopsUltralytics == nil }
        let third = areClassifiers ? "MACs" : "GFLOPs(U)"
        var table = [["network", "dfc", "image", "parameters", "backbone", "GFLOPs", third, "GFLOPs(all)"]]
        for profile in profiles {
            table.append([
                profile.name, profile.dfc ?? "-", profile.imgsz.map(String.init).joined(separator: "x"),
                grouped(profile.parameters), grouped(profile.backboneParameters), decimals(profile.gflops),
                areClassifiers ? grouped(profile.macs) : profile.gflopsUltralytics.map(decimals) ?? "-",
                decimals(profile.gflopsAll),
            ])
        }
        var blocks = [aligned(table, textColumns: 3)]
        for profile in profiles {
            guard let rows = profile.rows else { continue }
            var table = [["row", "layers", "from", "n", "module", "arguments", "outputs", "parameters", "GFLOPs"]]
            for row in rows {
                table.append([
                    "\(row.row)", row.layers, row.from.map(String.init).joined(separator: ","), "\(row.repeats)",
                    row.module, row.arguments.joined(separator: ", "),
                    row.outputs.map { $0.map(String.init).joined(separator: "x") }.joined(separator: " "),
                    grouped(row.parameters), decimals(row.gflops),
                ])
            }
            let title = profile.dfc.map { "\(profile.name), DFC \($0)" } ?? profile.name
            blocks.append("\(title)\n\n" + aligned(table, textColumns: 7))
        }
        return blocks.joined(separator: "\n\n")
    }

    /// One line for each network or, where they have rows, for each row; numbers with all digits.
    static func csv(_ profiles: [NetworkProfile]) -> String {
        var lines: [String] = []
        if profiles.contains(where: { $0.rows != nil }) {
            lines.append("network,dfc,row,layers,from,repeats,module,arguments,outputs,parameters,gflops")
            for profile in profiles {
                for row in profile.rows ?? [] {
                    let outputs = row.outputs.map { $0.map(String.init).joined(separator: "x") }.joined(separator: " ")
                    let from = row.from.map(String.init).joined(separator: " ")
                    let arguments = row.arguments.joined(separator: " ")
                    lines.append(
                        line([
                            profile.name, profile.dfc ?? "", "\(row.row)", row.layers, from, "\(row.repeats)",
                            row.module,
                            arguments, outputs, "\(row.parameters)", "\(row.gflops)",
                        ]))
                }
            }
        } else {
            lines.append(
                "network,file,scale,dfc,nc,height,width,parameters,backbone_parameters,macs,gflops,gflops_u,gflops_all")
            for profile in profiles {
                lines.append(
                    line([
                        profile.name, profile.file, profile.scale ?? "", profile.dfc ?? "", "\(profile.nc)",
                        "\(profile.imgsz[0])", "\(profile.imgsz[1])", "\(profile.parameters)",
                        "\(profile.backboneParameters)", "\(profile.macs)", "\(profile.gflops)",
                        profile.gflopsUltralytics.map { "\($0)" } ?? "", "\(profile.gflopsAll)",
                    ]))
            }
        }
        return lines.joined(separator: "\n")
    }

    static func json(_ profiles: [NetworkProfile]) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(profiles), as: UTF8.self)
    }

    /// A Markdown table whose columns are padded; the first `textColumns` to the left, numbers to the right.
    private static func aligned(_ table: [[String]], textColumns: Int) -> String {
        let columns = table[0].indices
        let widths = columns.map { column in table.map { $0[column].count }.max() ?? 0 }
        func row(_ cells: [String]) -> String {
            let padded = columns.map { column in
                let space = String(repeating: " ", count: widths[column] - cells[column].count)
                return column < textColumns ? cells[column] + space : space + cells[column]
            }
            return "| " + padded.joined(separator: " | ") + " |"
        }
        let rule = columns.map { column in
            let dashes = String(repeating: "-", count: widths[column] + 1)
            return column < textColumns ? dashes + "-" : dashes + ":"
        }
        return ([row(table[0]), "|" + rule.joined(separator: "|") + "|"] + table.dropFirst().map(row))
            .joined(separator: "\n")
    }

    /// Cells joined by commas; one with a comma or quote is quoted.
    private static func line(_ cells: [String]) -> String {
        cells.map { cell in
            cell.contains(where: { ",\"\n".contains($0) })
                ? "\"" + cell.replacingOccurrences(of: "\"", with: "\"\"") + "\"" : cell
        }.joined(separator: ",")
    }

    /// Three decimals.
    private static func decimals(_ value: Double) -> String {
        let thousandths = Int((value * 1000).rounded())
        let fraction = String(thousandths % 1000)
        return "\(thousandths / 1000)." + String(repeating: "0", count: 3 - fraction.count) + fraction
    }

    /// Thousands separated by commas.
    private static func grouped(_ value: Int) -> String {
        var text = ""
        for (index, digit) in String(value).reversed().enumerated() {
            if index > 0, index % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return String(text.reversed())
    }
}
