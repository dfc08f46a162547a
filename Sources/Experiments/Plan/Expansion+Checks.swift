import Training

extension Expansion {
    /// Reports settings that the training of their cell never reads, and settings that contradict each other.
    mutating func check(_ manifest: Manifest) {
        for cell in cells {
            for contradiction in cell.configuration.contradictions {
                let place =
                    cell.place(of: contradiction.key)
                    ?? manifest.base.first { $0.name == contradiction.key }?.place
                    ?? SourcePlace(file: manifest.path.isEmpty ? SourcePlace.commandLine.file : manifest.path)
                problems.append(Diagnostic(place, contradiction.message))
            }
        }
        checkBase(manifest)
        for axis in manifest.axes + manifest.conditionals.flatMap(\.axes) { checkAxis(axis, manifest) }
        for cell in cells {
            let own = (cell.inclusion == nil ? [] : cell.settings) + cell.amendments
            for setting in own where !isRead(setting, by: cell) {
                problems.append(
                    Diagnostic(setting.place, "\(setting.name) is read by nothing here: \(reason(setting, cell))"))
            }
        }
    }

    private mutating func checkBase(_ manifest: Manifest) {
        for setting in manifest.base where setting.value != setting.key.defaultValue {
            if cells.contains(where: { setting.key.isRead(by: $0.configuration) }) { continue }
            guard let cell = cells.first else { return }
            let message = "\(setting.name) is read by nothing: \(reason(setting, cell))"
            if !Set(Self.keysOfCondition(setting.name)).isDisjoint(with: manifest.damagedKeys) { continue }
            if setting.key.section == .network || setting.place == .commandLine {
                problems.append(Diagnostic(setting.place, message))
            } else {
                warnings.append(Diagnostic(setting.place, message))
            }
        }
    }

    private mutating func checkAxis(_ axis: Axis, _ manifest: Manifest) {
        for (index, name) in axis.keys.enumerated() {
            guard let key = ConfigurationKey.named(name), key.readingCondition != nil,
                Set(Self.keysOfCondition(name)).isDisjoint(with: manifest.damagedKeys)
            else { continue }
            let place = axis.keys.count == 1 ? axis.place : axis.positions.first?[index].place ?? axis.place
            let members = cells.filter { cell in cell.inclusion == nil && cell.settings.contains { $0.name == name } }
            let deaf = members.filter { cell in
                cell.settings.contains { $0.name == name && !isRead($0, by: cell) }
            }
            guard let first = deaf.first, let setting = first.settings.first(where: { $0.name == name }) else {
                if !members.isEmpty, !members.contains(where: { key.isRead(by: $0.configuration) }) {
                    problems.append(Diagnostic(place, "axis \(name) is read by nothing"))
                }
                continue
            }
            let extent =
                deaf.count == members.count ? "nothing" : "nothing in \(deaf.count) of its \(members.count) cells"
            let advice = deaf.count == members.count ? "" : "; make it the axis of a [[when]]"
            problems.append(
                Diagnostic(place, "axis \(name) is read by \(extent): \(reason(setting, first))\(advice)"))
        }
    }

    /// GhostNetV1 has no DFC, and saying so is no mistake.
    private func isRead(_ setting: Setting, by cell: DraftCell) -> Bool {
        setting.key.isRead(by: cell.configuration) || (setting.name == "dfc" && setting.value == .word("none"))
    }

    private func reason(_ setting: Setting, _ cell: DraftCell) -> String {
        if case .file = cell.configuration.backbone, setting.key.section == .network {
            return "a network file carries its own options, as in [-1, 1, Ghostnetv2, [{\(setting.name): …}]]"
        }
        return "it is read only \(setting.key.readingCondition ?? "")"
    }

    /// Keys whose values decide whether a key is read: when one of them is damaged, nothing can be said.
    private static func keysOfCondition(_ name: String) -> [String] {
        guard let key = ConfigurationKey.named(name) else { return [] }
        switch key.section {
        case .network: return ["backbone", "dfc"]
        case .augmentation: return ["mosaic", "mixup"]
        case .optimization: return ["optimizer", "warmup_epochs"]
        default: return []
        }
    }
}
