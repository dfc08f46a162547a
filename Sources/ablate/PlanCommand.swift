import ArgumentParser
import Experiments
import Foundation
import Results

/// `ablate plan`: what a manifest asks for, before anything is trained.
struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Expands and checks a manifest: cells, their cost, what is done and what is left.",
        discussion: """
            Everything that is wrong is reported at once, with its place. GFLOPs are 2 x multiply-accumulates of the \
            convolutions at the size that is trained. Memory is the highest of a training process, from the memory \
            plan of its network. Time comes from steps that are measured here, once for each network and size (the \
            results keep them), corrected by trials of the plan that are done.

            --lock fixes the hypotheses (primary metric, baseline, within, contrasts, margin, correction, seeds) in \
            results/SWEEP/hypotheses.json; the report says later whether that was before the first training, or what \
            has changed.

            Exit status: 0, or 2 when something is wrong with the manifest.

            EXAMPLES:
              ablate plan sweeps/ghost.toml
              ablate plan ghost scale=n seeds=0,1 --no-measure
              ablate plan ghost --format json > plan.json
              ablate plan sweeps/ghost.toml --lock
            """)

    enum Format: String, CaseIterable, ExpressibleByArgument { case text, json }

    @OptionGroup var manifest: ManifestArguments
    @OptionGroup var results: ResultsArguments

    @Option(help: "text, or json for scripts: the plan with IDs, costs, states and removed cells.")
    var format: Format = .text

    @Flag(help: "The same as --format json.")
    var json = false

    @Flag(inversion: .prefixedNo, help: "Measure steps that were not measured on this machine before.")
    var measure = true

    @Flag(help: "Measure again what was measured before.")
    var remeasure = false

    @Flag(help: "Fix the hypotheses before anything is trained.")
    var lock = false

    func validate() throws {
        if remeasure, !measure { throw ValidationError("--remeasure and --no-measure contradict each other") }
    }

    func run() throws {
        let manifest = try manifest.read()
        let plan = try Plan.make(manifest, printsWarnings: false)
        let standing = try standing(of: plan)
        let lockSentence = lock ? try lock(plan, standing) : nil

        let machine = Machine.current()
        let meter = StepMeter(
            results: results.url, machine: machine, isMeasuring: measure, remeasures: remeasure,
            report: { standardError($0) })
        let pending = plan.cells(of: standing.trials.filter { !standing.state(of: $0).isFinished })
        var choice: ResourceChoice?
        var shortage: TooLittleMemory?
        do {
            choice = try ResourceChoice(
                ResourceChoice.Request().over(plan.resources), pending: pending, machine: machine, meter: meter)
        } catch let error as TooLittleMemory {
            shortage = error
        }
        let cost = try SweepCost(plan, standing, choice: choice, meter: meter)
        let overview = PlanOverview(
            plan: plan, standing: standing, machine: machine, cost: cost, shortage: shortage,
            freeDisk: Machine.freeDisk(of: results.url), lockSentence: lockSentence)
        print(format == .json || json ? try overview.json() : overview.text)
    }

    private func standing(of plan: Plan) throws -> Standing {
        guard FileManager.default.fileExists(atPath: ResultStore.databaseURL(in: results.url).path) else {
            return Standing(untouched: plan)
        }
        return try Standing(plan, try ResultStore(results.url, .reading))
    }

    /// Locks the hypotheses of the whole manifest; says what was done.
    private func lock(_ plan: Plan, _ standing: Standing) throws -> String {
        guard !plan.stored.isNarrowed else {
            throw ValidationError(
                "--lock fixes the hypotheses of the whole manifest: leave out "
                    + plan.stored.narrowing.joined(separator: " "))
        }
        guard let hypotheses = Hypotheses(plan.stored) else {
            throw ValidationError("--lock: the manifest has no [compare], so that there is nothing to fix")
        }
        let folder = results.url.appendingPathComponent(plan.sweep, isDirectory: true)
        var file = try HypothesesFile(readingFrom: folder)
        let earlier = file.locks.last
        let begun = standing.trials.count { standing.state(of: $0) != .pending }
        let (lock, isNew) = try file.lock(hypotheses, in: folder, begunTrials: begun)
        var text = "hypotheses \(isNew ? "" : "already ")\(lock.sentence): \(lock.hash)"
        if isNew, let earlier {
            text += "\nthe earlier lock stays in \(HypothesesFile.name); changed since: "
            text += hypotheses.changes(since: earlier.hypotheses).joined(separator: "; ")
        }
        return text
    }
}
