import Foundation
import Metrics
import Reports
import Results
import Testing

/// Reference values of tools/golden/effects.py.
private struct Golden: Decodable {
    struct Axis: Decodable {
        let name: String
        let levels: [String]
    }
    struct Estimate: Decodable {
        let mean: Double
        let low: Double
        let high: Double
    }
    struct Effect: Decodable {
        let axes: String
        let name: String
        let mean: Double
        let low: Double
        let high: Double
    }
    struct Rung: Decodable {
        let mean: Double
        let step: Estimate?
        let total: Double?
    }

    let axes: [Axis]
    let seeds: Int
    let values: [Double]
    let main: [Effect]
    let interactions: [Effect]
    let cumulative: [Rung]
    let leaveOneOut: [Rung]

    static func read() throws -> Golden {
        let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "Golden/effects.json")
        return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: url))
    }

    var sweep: FactorialSweep {
        let sizes = axes.map(\.levels.count)
        return FactorialSweep(axes: axes.map { ($0.name, $0.levels) }, seeds: seeds) { place, seed in
            let cell = zip(place, sizes).reduce(0) { $0 * $1.1 + $1.0 }
            return values[cell * seeds + seed]
        }
    }
}

@Suite("Main effects, interactions and ladders")
struct ComponentEffectsTests {
    private func expectEqual(_ effects: [ComponentEffect], _ expected: [Golden.Effect]) throws {
        #expect(effects.map(\.axes) == expected.map(\.axes))
        #expect(effects.map(\.name) == expected.map(\.name))
        for (effect, reference) in zip(effects, expected) {
            #expect(abs(try #require(effect.sample).mean - reference.mean) < 1e-12, "\(effect.name)")
            let interval = try #require(effect.interval)
            #expect(abs(interval.low - reference.low) < 1e-11, "\(effect.name)")
            #expect(abs(interval.high - reference.high) < 1e-11, "\(effect.name)")
        }
    }

    @Test("Effects are numpy's and scipy's")
    func golden() throws {
        let golden = try Golden.read()
        let effects = SweepSummary(golden.sweep.results).effects
        try expectEqual(effects.main, golden.main)
        try expectEqual(effects.interactions, golden.interactions)
        // Three levels of dfc: each against the first, over 2 × 2 × 2 other combinations.
        #expect(effects.main.first?.combinations == 8)
        #expect(effects.main.first?.trials.count == 2 * 8 * golden.seeds)
    }

    @Test("Ladders are numpy's and scipy's")
    func ladders() throws {
        let golden = try Golden.read()
        let ladders = SweepSummary(golden.sweep.results).effects.ladders
        #expect(
            ladders.map(\.target)
                == Array(["dfc=output tail=true width=1.3", "dfc=both tail=true width=1.3"].flatMap { [$0, $0] }))
        for (kind, expected) in [
            (ComponentLadder.Kind.cumulative, golden.cumulative), (.leaveOneOut, golden.leaveOneOut),
        ] {
            let ladder = try #require(ladders.last { $0.kind == kind })
            #expect(ladder.rungs.count == expected.count)
            for (rung, reference) in zip(ladder.rungs, expected) {
                #expect(abs(try #require(rung.sample).mean - reference.mean) < 1e-12, "\(rung.name)")
                #expect((rung.step == nil) == (reference.step == nil))
                if let step = reference.step {
                    #expect(abs(try #require(rung.step).mean - step.mean) < 1e-12, "\(rung.name)")
                    #expect(abs(try #require(rung.interval).low - step.low) < 1e-11, "\(rung.name)")
                }
                #expect((rung.total == nil) == (reference.total == nil))
                if let total = reference.total { #expect(abs(try #require(rung.total).mean - total) < 1e-12) }
            }
        }
        #expect(
            ladders.last { $0.kind == .cumulative }?.rungs.map(\.name) == [
                "baseline", "+ dfc=both", "+ tail=true", "+ width=1.3",
            ])
        #expect(
            ladders.last { $0.kind == .leaveOneOut }?.rungs.map(\.name) == [
                "all", "− dfc=both", "− tail=true", "− width=1.3",
            ])
    }

    @Test("A seed that lacks one training is left out of every mean, so that all are over the same cells")
    func missingTraining() throws {
        let golden = try Golden.read()
        var sweep = golden.sweep
        let whole = sweep.value
        sweep.value = { place, seed in place == [1, 1, 0, 1] && seed == 2 ? nil : whole(place, seed) }
        let effects = SweepSummary(sweep.results).effects
        let touched = try #require(effects.main.first { $0.name == "output − none" })
        let other = try #require(effects.main.first { $0.name == "both − none" })
        #expect(touched.sample?.count == golden.seeds - 1)
        #expect(other.sample?.count == golden.seeds)
        #expect(!touched.trials.contains(SampleSweep.id("dfc=none tail=true width=1 scale=s 2")))

        // By hand: the five other seeds.
        var expected: [Double] = []
        for seed in [0, 1, 3, 4, 5] {
            let differences = sweep.places.filter { $0[0] == 1 }.map { place in
                (whole(place, seed) ?? .nan) - (whole([0] + place.dropFirst(), seed) ?? .nan)
            }
            expected.append(differences.reduce(0, +) / 8)
        }
        #expect(abs((touched.sample?.mean ?? 0) - (Sample(expected)?.mean ?? 1)) < 1e-12)
    }

    @Test("Components that simply add up have no interaction; effects without noise have no interval")
    func additive() throws {
        let sweep = FactorialSweep(
            axes: [("tail", ["false", "true"]), ("width", ["1", "1.3"])], within: [], seeds: 3
        ) { place, seed in 0.3 + 0.25 * Double(place[0]) + 0.125 * Double(place[1]) + 0.5 * Double(seed) }
        let effects = SweepSummary(sweep.results).effects
        #expect(effects.main.map { $0.sample?.mean } == [0.25, 0.125])
        #expect(effects.main.map(\.interval) == [nil, nil])
        #expect(effects.interactions.map { $0.sample?.mean } == [0])
        #expect(effects.ladders.map(\.kind) == [.cumulative, .leaveOneOut])
    }

    @Test("One axis alone has contrasts, and no table of effects")
    func oneAxis() {
        let sweep = FactorialSweep(axes: [("dfc", ["none", "both"])], within: [], seeds: 2) { place, seed in
            Double(place[0] + seed)
        }
        let effects = SweepSummary(sweep.results).effects
        #expect(effects.main.isEmpty && effects.interactions.isEmpty && effects.ladders.isEmpty)
    }

    @Test("An axis that exists in some arms only is compared among those, and makes no ladder of missing rungs")
    func conditional() throws {
        let sweep = SampleSweep()
        let effects = SweepSummary(SweepResults(plan: sweep.plan, records: sweep.records())).effects
        let names = effects.main.map { "\($0.axes): \($0.name)" }
        #expect(
            names == ["backbone: baseline − v1", "dfc: output − expanded", "dfc: both − expanded", "scale: s − n"])
        #expect(effects.ladders.isEmpty)
        // v1 has no dfc, so that nothing pairs v2 with it but the declared contrasts.
        #expect(effects.interactions.contains { $0.axes == "dfc × scale" })
    }
}

@Suite("The best of a column")
struct BestCellTests {
    private func best(_ sweep: FactorialSweep) -> [String] {
        SweepSummary(sweep.results).cells.filter { $0.bestMetrics.contains("mAP50-95") }.map(\.cell.label)
    }

    @Test("Is named from the number of seeds on at which it can be, if it always wins")
    func clear() {
        for seeds in 3...9 {
            let sweep = FactorialSweep(
                axes: [("dfc", ["none", "output", "both"])], within: [], seeds: seeds
            ) { place, seed in 0.3 + 0.1 * Double(place[0]) + 0.001 * Double((seed * 7 + place[0] * 3) % 5) }
            let possible = seeds >= SignFlipTest.pairsNeeded(contrasts: 2)
            #expect(best(sweep) == (possible ? ["dfc=both"] : []), "\(seeds) seeds")
        }
    }

    @Test("A tie with a single rival leaves the column without one")
    func tie() {
        let sweep = FactorialSweep(
            axes: [("dfc", ["none", "output", "both"])], within: [], seeds: 9
        ) { place, seed in
            let noise = 0.02 * Double((seed * 7 + place[0] * 3) % 5)
            return place[0] == 0 ? 0.1 + noise : 0.3 + noise
        }
        #expect(best(sweep).isEmpty)
    }

    @Test("Each scale has its own")
    func byScale() {
        let sweep = FactorialSweep(
            axes: [("dfc", ["none", "both"]), ("scale", ["n", "s"])], seeds: 8
        ) { place, seed in
            let wins = place[0] == place[1]
            return (wins ? 0.4 : 0.3) + 0.001 * Double((seed * 3 + place[0]) % 4)
        }
        #expect(best(sweep) == ["dfc=none scale=n", "dfc=both scale=s"])
    }

    @Test("Of equal arms none is named in more than 5 % of sweeps", arguments: [6, 8, 10])
    func equalArms(seeds: Int) {
        let sweeps = 400
        var named = 0
        for number in 0..<sweeps {
            var random = SplitMix64(seed: 300, stream: UInt64(number * 20 + seeds))
            let values = (0..<4).map { _ in (0..<seeds).map { _ in 0.3 + 0.01 * random.normal() } }
            let sweep = FactorialSweep(
                axes: [("dfc", ["none", "expanded", "output", "both"])], within: [], seeds: seeds
            ) { place, seed in values[place[0]][seed] }
            if !best(sweep).isEmpty { named += 1 }
        }
        let share = 0.05
        #expect(Double(named) <= share * Double(sweeps) + 2 * (share * (1 - share) * Double(sweeps)).squareRoot())
    }
}
