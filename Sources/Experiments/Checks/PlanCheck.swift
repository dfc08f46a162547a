import Results

/// Something that is looked for in every plan before anything is trained.
///
/// To add one: a file beside this one with a static constant, and its line in `PlanCheck.all`. What it finds is an error,
/// which ends planning, or a footnote, which is stored with the plan and stands under its tables.
public struct PlanCheck: Sendable {
    /// When a check can be made.
    enum Stage: Sendable {
        /// When the cells are known and costed, also where something is wrong already.
        case cells
        /// When pairs of cells are known, which takes a plan without errors.
        case contrasts
    }

    /// For listings: `equal-cells`.
    public let name: String
    /// What it finds and what comes of it, in one sentence.
    public let summary: String
    let stage: Stage
    let find: @Sendable (PlanDraft) -> [Finding]

    /// What a check has found.
    enum Finding: Sendable {
        case error(Diagnostic)
        case footnote(Diagnostic)
    }

    /// Every check, in the order in which they are made.
    public static let all: [PlanCheck] = [
        contradictions, unreadKeys, shadowedWords, equalCells, emptyAttention, sharedImages, singleSeed, unequalPairs,
        unequalStarts,
    ]
}

/// A plan while it is checked.
struct PlanDraft: Sendable {
    let manifest: Manifest
    /// All cells, before narrowing.
    let expansion: Expansion
    let naming: CellNaming
    /// The cells that are left, with networks and data.
    let cells: [PlannedCell]
    /// Nil at the stage `cells`, and where nothing is compared.
    let comparison: StoredComparison?

    /// The place for what is wrong with the whole.
    var start: SourcePlace { manifest.start }

    /// The place to blame for a key of a cell.
    func place(of key: String, in cell: DraftCell) -> SourcePlace {
        cell.place(of: key) ?? manifest.base.first { $0.name == key }?.place ?? start
    }
}

extension Manifest {
    /// The place for what is wrong with the whole.
    var start: SourcePlace { path.isEmpty ? .commandLine : SourcePlace(file: path, line: 1, column: 1) }
}
