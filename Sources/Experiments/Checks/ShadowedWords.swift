import Training

extension PlanCheck {
    static let shadowedWords = PlanCheck(
        name: "shadowed-words",
        summary: """
            A word of the command line that some cells do not heed, because the manifest sets the key for them, is a \
            footnote.
            """,
        stage: .cells
    ) { draft in
        draft.manifest.base.filter { $0.place == .commandLine }.compactMap { setting in
            let places = draft.expansion.cells.compactMap { cell in
                (cell.amendments + (cell.inclusion == nil ? [] : cell.settings)).last { $0.name == setting.name }?.place
            }
            guard let place = places.min() else { return nil }
            return .footnote(
                Diagnostic(
                    place,
                    "\(setting.name)=\(setting.value) of the command line changes [base] only: \(places.count) "
                        + "\(places.count == 1 ? "cell has" : "cells have") a value of the manifest's"))
        }
    }
}
