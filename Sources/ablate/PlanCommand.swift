import ArgumentParser
import Experiments
import Foundation
import Metrics
import Results
import Training

/// `ablate plan`: what a manifest asks for, before anything is trained.
struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Expands and checks a manifest: cells, their cost, what is done and what is left.",
        discussion: """
            Everything that is wrong is reported at once, with its place. GFLOPs are 2 x multiply-accumulates of the \
            convolutions at the size that is trained.

            EXAMPLES:
              ablate plan sweeps/ghost.toml
              ablate plan ghost scale=n --json
            """)

    @OptionGroup var manifest: ManifestArguments
    @OptionGroup var results: ResultsArguments

    @Flag(help: "For scripts: the plan with IDs, costs and states.")
    var json = false

    func run() throws {
        let plan = try Plan.make(try manifest.read())
        let standing = try standing(of: plan)
        print(json ? try PlanReport(plan, standing).encoded() : Self.text(plan, standing))
    }

    private func standing(of plan: Plan) throws -> Standing {
        guard FileManager.default.fileExists(atPath: ResultStore.databaseURL(in: results.url).path) else {
            return Standing(untouched: plan)
        }
        return try Standing(plan, try ResultStore(results.url, .reading))
    }

    private static func text(_ plan: Plan, _ standing: Standing) -> String {
        var rows = [["cell", "parameters", "backbone", "GFLOPs", "GFLOPs@640", "GFLOPs(U)", "done", "left"]]
        for cell in plan.cells {
            let stored = cell.stored
            let trials = plan.trials.filter { $0.identity.cellID == stored.cellID }
            let finished = trials.count { standing.state(of: $0).isFinished }
            rows.append([
                stored.label, grouped(stored.parameters), grouped(stored.backboneParameters),
                decimals(stored.gflops), decimals(stored.gflops640), decimals(stored.gflopsU), "\(finished)",
                "\(trials.count - finished)",
            ])
        }
        var lines = aligned(rows)
        lines.append("")
        let seeds = plan.stored.plannedSeeds
        lines.append(
            "\(plan.cells.count) cells x \(seeds.count) \(seeds.count == 1 ? "seed" : "seeds") = \(plan.trials.count) trials"
                + (plan.stored.excludedCount > 0 ? ", \(plan.stored.excludedCount) cells excluded" : "")
                + "; " + standing.summary.split(separator: ": ").dropFirst().joined())
        lines += power(plan)
        lines.append(estimate(plan, standing))
        return lines.joined(separator: "\n")
    }

    /// What the number of pairs can show at best.
    private static func power(_ plan: Plan) -> [String] {
        guard let comparison = plan.stored.compare, !comparison.contrasts.isEmpty else { return [] }
        let seeds = plan.stored.plannedSeeds.count
        let family = comparison.correction == "holm" ? comparison.contrasts.count : 1
        return comparison.contrasts.map { contrast in
            let pairs = contrast.pairs.count * seeds
            let smallest = SignFlipTest.smallestP(pairs: pairs)
            let adjusted = min(1, smallest * Double(family))
            return "\(contrast.name): \(pairs) pairs (\(contrast.pairs.count) cells x \(seeds) seeds), "
                + "smallest reachable p is \(probability(smallest))"
                + (family > 1 ? ", \(probability(adjusted)) after Holm over \(family) contrasts" : "")
                + (adjusted > 0.05 ? ": too few to call anything better or worse at 0.05" : "")
        }
    }

    /// Time for what is left, from the trials of this plan that are done.
    private static func estimate(_ plan: Plan, _ standing: Standing) -> String {
        let work = Dictionary(
            plan.cells.map { ($0.stored.cellID, $0.stored.gflops * Double($0.configuration.epochs)) },
            uniquingKeysWith: { first, _ in first })
        var measured = (seconds: 0.0, work: 0.0)
        var left = 0.0
        for trial in plan.trials {
            let amount = work[trial.identity.cellID] ?? 0
            if let record = standing.records[trial.identity.id]?.record, record.status == .done {
                measured.seconds += record.seconds
                measured.work += amount
            } else if !standing.state(of: trial).isFinished {
                left += amount
            }
        }
        if left == 0 { return "nothing is left to train" }
        guard measured.work > 0 else { return "time: no trial of this plan is done yet to measure from" }
        let minutes = left * measured.seconds / measured.work / 60
        return "time: about \(decimals(minutes)) min of training left, measured on trials of this plan that are done"
    }

    // MARK: Text

    private static func aligned(_ rows: [[String]]) -> [String] {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            row.indices.map { column in
                let space = String(repeating: " ", count: widths[column] - row[column].count)
                return column == 0 ? row[column] + space : space + row[column]
            }.joined(separator: "  ")
        }
    }

    private static func decimals(_ value: Double) -> String { String(format: "%.3f", value) }

    private static func probability(_ value: Double) -> String {
        value < 0.0001 ? String(format: "%.1e", value) : String(format: "%.4g", value)
    }

    private static func grouped(_ value: Int) -> String {
        var text = ""
        for (index, digit) in String(value).reversed().enumerated() {
            if index > 0, index % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return String(text.reversed())
    }
}

/// `--json` of `plan`.
private struct PlanReport: Encodable {
    struct Trial: Encodable {
        var id: String
        var cellID: String
        var seed: Int
        var name: String
        var state: TrialState
    }

    var plan: StoredPlan
    var trials: [Trial]
    var warnings: [String]

    init(_ plan: Plan, _ standing: Standing) {
        self.plan = plan.stored
        trials = plan.trials.map {
            Trial(
                id: $0.identity.id, cellID: $0.identity.cellID, seed: $0.identity.seed, name: $0.identity.readableName,
                state: standing.state(of: $0))
        }
        warnings = plan.warnings.map(\.description)
    }

    func encoded() throws -> String {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}
