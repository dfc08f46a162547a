import Results
import Training

extension PlanCheck {
    static let sharedImages = PlanCheck(
        name: "shared-images",
        summary: """
            Images of equal content in train and val are a footnote: what is measured on them is not what a new image \
            would give.
            """,
        stage: .cells
    ) { draft in
        var seen = Set<String>()
        return draft.cells.compactMap { cell in
            guard !cell.data.sharedImages.isEmpty, seen.insert(cell.data.digest).inserted else { return nil }
            let (shared, count) = (cell.data.sharedImages.count, cell.data.valImages)
            let extent =
                shared >= count ? "all \(count) validation images are" : "\(shared) of \(count) validation images are"
            let name = draft.naming.display(.word(cell.configuration.data), of: "data")
            return .footnote(
                Diagnostic(
                    draft.place(of: "data", in: cell.draft),
                    "data \(name): \(extent) among the training images too: the metrics show how well they were learnt "
                        + "by heart, not how well others would be found"))
        }
    }
}
