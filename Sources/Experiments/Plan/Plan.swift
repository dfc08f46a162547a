public import Foundation
public import Results
public import Training

/// A manifest expanded, checked, costed and identified: the cells and trials of one run.
public struct Plan: Sendable {
    /// The folder under `results/`.
    public let sweep: String
    /// In the order of tables.
    public let cells: [PlannedCell]
    /// In the order of training: seed by seed, so that partial tables stay balanced.
    public let trials: [PlannedTrial]
    /// What is odd but allowed.
    public let warnings: [Diagnostic]
    public let resources: Manifest.Resources
    /// The plan as the store keeps it.
    public let stored: StoredPlan

    /// Expands a manifest.
    /// - Throws: `Diagnostics` with everything that is wrong, with what reading has found already.
    public init(
        _ manifest: Manifest, network: any NetworkInspector, data: any DataInspector, createdAt: Date = Date()
    ) throws(Diagnostics) {
        let expansion = Expansion(manifest)
        var planner = Planner(manifest, expansion, network: network, data: data)
        planner.checkComparison()
        planner.narrow()
        planner.inspect()
        planner.check(.cells)
        // Pairs of cells that are wrong already would only add to the noise.
        let isRight = manifest.problems.isEmpty && expansion.problems.isEmpty && planner.problems.isEmpty
        let comparison = isRight ? planner.compare() : nil
        if isRight { planner.check(.contrasts, comparison) }
        let problems = manifest.problems + expansion.problems + planner.problems
        guard problems.isEmpty else { throw Diagnostics(problems) }

        sweep = manifest.name
        cells = planner.cellsByArm
        resources = manifest.resources
        warnings = Diagnostics(expansion.warnings + planner.warnings).all
        trials = planner.seeds.flatMap { seed in
            planner.cellsByArm.map { PlannedTrial(cell: $0, seed: seed) }
        }
        stored = StoredPlan(
            sweep: manifest.name, manifestPath: manifest.path, manifestText: manifest.text, createdAt: createdAt,
            narrowing: manifest.narrowings.map(\.word), leftOut: planner.leftOut, overrides: manifest.overridingWords,
            axes: planner.naming.axes, cells: cells.map(\.stored),
            trials: trials.map {
                StoredTrial(trialID: $0.identity.id, cellID: $0.identity.cellID, seed: $0.identity.seed)
            },
            compare: comparison, plannedSeeds: planner.seeds, excludedCount: expansion.removals.count,
            notes: warnings.map(\.message), mode: manifest.mode.rawValue,
            removed: expansion.removals.map { removal in
                StoredRemoval(
                    label: planner.naming.label(of: removal.cell), rule: "[[exclude]] \(removal.rule.text)",
                    place: removal.rule.place.description)
            })
    }
}

extension Plan {
    /// The cells of some of the plan's trials, one entry a trial.
    public func cells(of trials: [PlannedTrial]) -> [PlannedCell] {
        let known = Dictionary(cells.map { ($0.stored.cellID, $0) }, uniquingKeysWith: { first, _ in first })
        return trials.compactMap { known[$0.identity.cellID] }
    }
}

/// One cell of a plan: a configuration without its seed.
public struct PlannedCell: Sendable {
    /// The configuration with seed 0.
    public let configuration: TrainingConfiguration
    public let network: NetworkSummary
    public let data: DataSummary
    /// The cell as the store keeps it, with its ID and names.
    public let stored: StoredCell
    /// The start of the names of the trials' folders.
    let readableName: String
    let identity: Identity
    let draft: DraftCell
}

/// One training of a plan.
public struct PlannedTrial: Sendable {
    public let identity: TrialIdentity
    /// The whole configuration, seed included.
    public let configuration: TrainingConfiguration
    /// For people: `v2 dfc=both n seed 0`.
    public let label: String

    init(cell: PlannedCell, seed: Int) {
        var configuration = cell.configuration
        configuration.seed = seed
        self.configuration = configuration
        label = "\(cell.stored.label) seed \(seed)"
        identity = TrialIdentity(
            id: cell.identity.trialID(seed: seed), cellID: cell.identity.cellID, seed: seed,
            readableName: "\(cell.readableName)-s\(seed)")
    }
}
