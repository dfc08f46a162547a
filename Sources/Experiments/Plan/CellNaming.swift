import Foundation
import Training

/// The names of cells: which values tell them apart, in which order, and how each value is written.
struct CellNaming: Sendable {
    /// The axes in the order of the manifest, then what only included cells have.
    let axes: [String]
    /// Keys inside which cells are compared; the other axes name the arm.
    let withinKeys: Set<String>
    private let unconditional: [String]
    private let displays: [String: String]

    init(_ manifest: Manifest, _ cells: [DraftCell]) {
        let within = Set(manifest.comparison?.within.map(\.key) ?? [])
        let axes = (manifest.axes + manifest.conditionals.flatMap(\.axes)).sorted { $0.place < $1.place }
        var order: [String] = []
        for key in axes.flatMap(\.namingKeys) + cells.filter({ $0.inclusion != nil }).flatMap(\.settings).map(\.name)
        where !order.contains(key) {
            order.append(key)
        }
        let axisKeys = Set(axes.flatMap(\.keys))
        let naming = Set(axes.flatMap(\.namingKeys))
        // Keys that only follow a named one of their axis say nothing new.
        self.axes = order.filter { naming.contains($0) || !axisKeys.contains($0) }
        // A whole axis is inside when one of its keys is.
        withinKeys = axes.filter { !within.isDisjoint(with: $0.keys) }.reduce(into: within) { $0.formUnion($1.keys) }
        unconditional = manifest.axes.flatMap(\.namingKeys)
        displays = Self.displays(cells)
    }

    /// The value as tables show it: files by the shortest name that no other file of the plan has.
    func display(_ value: ConfigurationValue, of key: String) -> String {
        if case .word(let text) = value, let short = displays[text] { return short }
        return value.description
    }

    /// The cell's values on the axes, in order.
    func values(of cell: DraftCell) -> [(key: String, value: String)] {
        axes.compactMap { name in
            guard let key = ConfigurationKey.named(name) else { return nil }
            let isSet = cell.settings.contains { $0.name == name }
            let isImplied = cell.inclusion != nil && unconditional.contains(name) && key.isRead(by: cell.configuration)
            guard isSet || isImplied else { return nil }
            return (name, display(key.value(in: cell.configuration), of: name))
        }
    }

    /// `v2 dfc=both n`.
    func label(of cell: DraftCell) -> String {
        parts(of: cell, bare: ["backbone", "scale"]).joined(separator: " ")
    }

    /// `v2-both-n`, for folders.
    func readableName(of cell: DraftCell) -> String {
        parts(of: cell, bare: ["backbone", "scale", "dfc"]).joined(separator: "-")
    }

    private func parts(of cell: DraftCell, bare: Set<String>) -> [String] {
        var values = values(of: cell)
        if values.isEmpty {
            values = ["backbone", "scale"].compactMap { name in
                ConfigurationKey.named(name).map { (name, display($0.value(in: cell.configuration), of: name)) }
            }
        }
        let ordered = values.filter { !withinKeys.contains($0.key) } + values.filter { withinKeys.contains($0.key) }
        return ordered.map { bare.contains($0.key) ? $0.value : "\($0.key)=\($0.value)" }
    }

    /// The shortest unique name of each path that a configuration holds.
    private static func displays(_ cells: [DraftCell]) -> [String: String] {
        var paths: [String: [String]] = [:]
        for configuration in cells.map(\.configuration) {
            for text in [configuration.data, configuration.backbone.name, configuration.weights]
            where text.hasPrefix("/") {
                var components = text.split(separator: "/").map(String.init)
                if let last = components.popLast() {
                    let stem = URL(fileURLWithPath: last).deletingPathExtension().lastPathComponent
                    // A data.yaml is known by its folder.
                    if stem != "data" || components.isEmpty { components.append(stem) }
                }
                paths[text] = components
            }
        }
        return paths.mapValues { components in
            let count = (1...max(components.count, 1)).first { count in
                paths.values.count { $0.suffix(count) == components.suffix(count) } == 1
            }
            return components.suffix(count ?? components.count).joined(separator: "/")
        }
    }
}
