import Experiments
import Foundation
import Reports
import Results

/// Everything that `ablate plan` says about a plan.
struct PlanOverview {
    let plan: Plan
    let standing: Standing
    let machine: Machine
    let cost: SweepCost
    /// Trainings that do not fit into the memory there is.
    let shortage: TooLittleMemory?
    let freeDisk: Int?
    let lockSentence: String?

    // MARK: Text

    var text: String {
        var blocks = [table, counts]
        if let removals { blocks.append(removals) }
        if let power = PowerStatement(plan.stored) { blocks.append(power.text) }
        blocks.append([resources, time, disk].joined(separator: "\n"))
        if let lockSentence { blocks.append(lockSentence) }
        if !plan.warnings.isEmpty {
            blocks.append(plan.warnings.map { "note: \($0.place): \($0.message)" }.joined(separator: "\n"))
        }
        return blocks.joined(separator: "\n\n")
    }

    private var table: String {
        let titles = [
            "cell", "parameters", "backbone", "GFLOPs", "GFLOPs@640", "GFLOPs(U)", "memory", "time", "done", "left",
        ]
        let columns = titles.map { Table.Heading(name: $0, title: $0, isNumeric: $0 != "cell") }
        let trialsByCell = Dictionary(grouping: plan.trials, by: \.identity.cellID)
        let rows = plan.cells.map { cell in
            let stored = cell.stored
            let trials = trialsByCell[stored.cellID] ?? []
            let finished = trials.count { standing.state(of: $0).isFinished }
            return [
                stored.label, Self.grouped(stored.parameters), Self.grouped(stored.backboneParameters),
                Self.decimals(stored.gflops), Self.decimals(stored.gflops640), Self.decimals(stored.gflopsU),
                cell.network.peakMemoryBytes.map(ByteCount.text) ?? "", time(of: cell), "\(finished)",
                "\(trials.count - finished)",
            ].map { Cell.text($0) }
        }
        return String(Table(name: "cells", columns: columns, rows: rows).plainText.dropLast())
    }

    private func time(of cell: PlannedCell) -> String {
        guard let estimate = cost.cells[cell.stored.cellID], let seconds = estimate.seconds else { return "" }
        return (estimate.basis == .extrapolated ? "~" : "") + SweepProgress.duration(seconds)
    }

    private var counts: String {
        let seeds = plan.stored.plannedSeeds
        let mode = plan.stored.mode.map { $0 == "grid" ? "" : " (mode \($0))" } ?? ""
        return "\(plan.cells.count) cells\(mode) x \(seeds.count) \(seeds.count == 1 ? "seed" : "seeds") = "
            + "\(plan.trials.count) trials; " + standing.summary.split(separator: ": ").dropFirst().joined()
    }

    /// What is not trained, rule by rule.
    private var removals: String? {
        var lines: [String] = []
        let removed = plan.stored.removed ?? []
        var rules: [String] = []
        for removal in removed where !rules.contains(removal.place) { rules.append(removal.place) }
        for place in rules {
            let cells = removed.filter { $0.place == place }
            let shown = cells.prefix(8).map(\.label).joined(separator: ", ")
            let more = cells.count > 8 ? " and \(cells.count - 8) more" : ""
            lines.append("removed by \(place): \(cells[0].rule): \(shown)\(more)")
        }
        for (axis, values) in plan.stored.leftOut.sorted(by: { $0.key < $1.key }) {
            let words = plan.stored.narrowing.filter {
                $0.hasPrefix(axis + "=") || axis == "seeds" && $0.hasPrefix("seed")
            }
            lines.append("left out by \(words.joined(separator: " ")): \(axis) \(values.joined(separator: ", "))")
        }
        return lines.isEmpty ? nil : lines.joined(separator: "\n")
    }

    private var resources: String {
        let memory = machine.availableMemory.map { "; \(ByteCount.text($0)) of memory available" } ?? ""
        if let shortage { return "will not run: \(shortage)" }
        guard let choice = cost.choice, cost.trialsLeft > 0 else { return "nothing is left to train" }
        return "trains \(choice.sentence)" + memory
    }

    private var time: String {
        if cost.trialsLeft == 0 { return "time: none" }
        guard let seconds = cost.secondsLeft else {
            return "time: not known"
                + (cost.cells.values.contains { $0.basis == nil } ? ": no step was measured on this machine yet" : "")
        }
        let bases = Set(cost.cells.values.compactMap(\.basis))
        var sources: [String] = []
        if bases.contains(.measured) { sources.append("measured steps") }
        if bases.contains(.finished) { sources.append("trials that are done") }
        if bases.contains(.extrapolated) { sources.append("operations where marked ~") }
        return "time: about \(SweepProgress.duration(seconds)) for \(cost.trialsLeft) "
            + "\(cost.trialsLeft == 1 ? "training" : "trainings"), from \(sources.joined(separator: ", "))"
    }

    private var disk: String {
        let free = freeDisk.map { "; \(ByteCount.text($0)) free" } ?? ""
        let isShort = freeDisk.map { $0 < cost.peakDiskBytes } ?? false
        return "disk: at most \(ByteCount.text(cost.diskBytes)) for what is left, "
            + "\(ByteCount.text(cost.peakDiskBytes)) while it trains\(free)" + (isShort ? ": NOT ENOUGH" : "")
    }

    private static func decimals(_ value: Double) -> String { String(format: "%.3f", value) }

    private static func grouped(_ value: Int) -> String {
        var text = ""
        for (index, digit) in String(value).reversed().enumerated() {
            if index > 0, index % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return String(text.reversed())
    }

    // MARK: JSON

    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(Document(self)), as: UTF8.self)
    }

    private struct Document: Encodable {
        struct Trial: Encodable {
            var id: String
            var cellID: String
            var seed: Int
            var name: String
            var state: TrialState
        }

        struct CellCost: Encodable {
            var cellID: String
            var label: String
            var peakMemoryBytes: Int?
            var secondsPerTrial: Double?
            var basis: SweepCost.Cell.Basis?
        }

        struct Resources: Encodable {
            var jobs: Int?
            var threads: Int?
            var speedup: Double?
            var reason: String
            var availableMemoryBytes: Int?
        }

        struct Power: Encodable {
            var seeds: Int
            var contrasts: Int
            var smallestP: Double
            var correctedP: Double
            var seedsNeeded: Int?
            var poolable: String?
        }

        var plan: StoredPlan
        var trials: [Trial]
        var costs: [CellCost]
        var resources: Resources
        var power: Power?
        var secondsLeft: Double?
        var diskBytes: Int
        var peakDiskBytes: Int
        var freeDiskBytes: Int?
        var warnings: [String]

        init(_ overview: PlanOverview) {
            plan = overview.plan.stored
            trials = overview.plan.trials.map {
                Trial(
                    id: $0.identity.id, cellID: $0.identity.cellID, seed: $0.identity.seed,
                    name: $0.identity.readableName, state: overview.standing.state(of: $0))
            }
            costs = overview.plan.cells.map { cell in
                let cost = overview.cost.cells[cell.stored.cellID]
                return CellCost(
                    cellID: cell.stored.cellID, label: cell.stored.label,
                    peakMemoryBytes: cell.network.peakMemoryBytes, secondsPerTrial: cost?.seconds, basis: cost?.basis)
            }
            let choice = overview.cost.choice
            resources = Resources(
                jobs: choice?.jobs, threads: choice?.threads, speedup: choice?.speedup,
                reason: overview.shortage.map { "\($0)" } ?? choice?.reason ?? "",
                availableMemoryBytes: overview.machine.availableMemory)
            power = PowerStatement(overview.plan.stored).map {
                Power(
                    seeds: $0.seeds, contrasts: $0.contrasts, smallestP: $0.smallestP, correctedP: $0.correctedP,
                    seedsNeeded: $0.seedsNeeded, poolable: $0.poolable)
            }
            secondsLeft = overview.cost.secondsLeft
            diskBytes = overview.cost.diskBytes
            peakDiskBytes = overview.cost.peakDiskBytes
            freeDiskBytes = overview.freeDisk
            warnings = overview.plan.warnings.map(\.description)
        }
    }
}
