import Training

extension PlanCheck {
    static let unreadKeys = PlanCheck(
        name: "unread-keys",
        summary:
            "A key that is swept, or set on a network that does not read it, is an error: it would change nothing.",
        stage: .cells
    ) { draft in
        let manifest = draft.manifest
        let axes = manifest.axes + manifest.conditionals.flatMap(\.axes)
        let own = draft.expansion.cells.flatMap { cell -> [Finding] in
            let settings = (cell.inclusion == nil ? [] : cell.settings) + cell.amendments
            return settings.filter { !isRead($0, by: cell) }.map { setting in
                .error(Diagnostic(setting.place, "\(setting.name) is read by nothing here: \(reason(setting, cell))"))
            }
        }
        return base(draft) + axes.flatMap { axis($0, draft) } + own
    }

    private static func base(_ draft: PlanDraft) -> [Finding] {
        let cells = draft.expansion.cells
        guard let cell = cells.first else { return [] }
        return draft.manifest.base.compactMap { setting in
            if setting.value == setting.key.defaultValue || isUndecided(setting.name, draft) { return nil }
            if cells.contains(where: { setting.key.isRead(by: $0.configuration) }) { return nil }
            let finding = Diagnostic(setting.place, "\(setting.name) is read by nothing: \(reason(setting, cell))")
            let isWrong = setting.key.section == .network || setting.place == .commandLine
            return isWrong ? .error(finding) : .footnote(finding)
        }
    }

    private static func axis(_ axis: Axis, _ draft: PlanDraft) -> [Finding] {
        axis.keys.enumerated().compactMap { index, name in
            guard let key = ConfigurationKey.named(name), key.readingCondition != nil, !isUndecided(name, draft) else {
                return nil
            }
            let place = axis.keys.count == 1 ? axis.place : axis.positions.first?[index].place ?? axis.place
            let members = draft.expansion.cells.filter { cell in
                cell.inclusion == nil && cell.settings.contains { $0.name == name }
            }
            let deaf = members.filter { cell in
                cell.settings.contains { $0.name == name && !isRead($0, by: cell) }
            }
            guard let first = deaf.first, let setting = first.settings.first(where: { $0.name == name }) else {
                if members.isEmpty || members.contains(where: { key.isRead(by: $0.configuration) }) { return nil }
                return .error(Diagnostic(place, "axis \(name) is read by nothing"))
            }
            let isWhole = deaf.count == members.count
            let extent = isWhole ? "nothing" : "nothing in \(deaf.count) of its \(members.count) cells"
            let advice = isWhole ? "" : "; make it the axis of a [[when]]"
            return .error(Diagnostic(place, "axis \(name) is read by \(extent): \(reason(setting, first))\(advice)"))
        }
    }

    /// GhostNetV1 has no DFC, and saying so is no mistake.
    private static func isRead(_ setting: Setting, by cell: DraftCell) -> Bool {
        setting.key.isRead(by: cell.configuration) || (setting.name == "dfc" && setting.value == .word("none"))
    }

    private static func reason(_ setting: Setting, _ cell: DraftCell) -> String {
        if case .file = cell.configuration.backbone, setting.key.section == .network {
            return "a network file carries its own options, as in [-1, 1, Ghostnetv2, [{\(setting.name): …}]]"
        }
        return "it is read only \(setting.key.readingCondition ?? "")"
    }

    /// Whether a key that could not be read decides if this one is read.
    private static func isUndecided(_ name: String, _ draft: PlanDraft) -> Bool {
        guard let key = ConfigurationKey.named(name) else { return false }
        let deciding =
            switch key.section {
            case .network: ["backbone", "dfc"]
            case .augmentation: ["mosaic", "mixup"]
            case .optimization: ["optimizer", "warmup_epochs"]
            default: [String]()
            }
        return !draft.manifest.damagedKeys.isDisjoint(with: deciding)
    }
}
