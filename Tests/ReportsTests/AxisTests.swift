import Foundation
import Metrics
import Reports
import Testing

@Suite("Axes")
struct AxisTests {
    @Test("Ticks stand at round values and reach around the data")
    func linear() {
        #expect(Axis.linear("", covering: [0, 1]).ticks.map(\.label) == ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"])
        #expect(Axis.linear("", covering: [0.31, 0.42]).ticks.map(\.label) == ["0.30", "0.35", "0.40", "0.45"])
        #expect(
            Axis.linear("", covering: [-0.012, 0.021]).ticks.map(\.label) == [
                "−0.02", "−0.01", "0.00", "0.01", "0.02", "0.03",
            ])
        #expect(Axis.linear("", covering: [1, 8], wholeNumbers: true).ticks.map(\.label) == ["0", "2", "4", "6", "8"])
        #expect(Axis.linear("", covering: [1, 2], wholeNumbers: true).ticks.map(\.label) == ["1", "2"])
        #expect(Axis.linear("", covering: [0, 1.0000001], limits: 0...1).domain == 0...1)
        #expect(Axis.linear("", covering: [120_000, 480_000]).ticks.first?.label == "100000")
    }

    @Test("Nothing, one value, and what is no number")
    func degenerate() {
        #expect(Axis.linear("", covering: []).domain == 0...1)
        #expect(Axis.linear("", covering: [.nan, .infinity]).domain == 0...1)
        for value in [0, 0.3, -4, 1e-9, 1e9] {
            let axis = Axis.linear("", covering: [value, value])
            #expect(axis.domain.contains(value) && axis.ticks.count > 1)
        }
        #expect(Axis.logarithmic("", covering: [0, -1]).domain == 0...1)
        #expect(Axis.logarithmic("", covering: [3]).domain.contains(3))
    }

    @Test("Values of any size: ticks are few, evenly spaced, around the values, and read back as what they are")
    func properties() {
        var random = SplitMix64(seed: 1)
        for trial in 0..<2_000 {
            let size = pow(10, Double(random.index(below: 13)) - 6)
            let low = (random.uniform() - 0.5) * size
            let high = low + random.uniform() * size + size * 1e-4
            let axis = Axis.linear("", covering: [low, high])
            let slack = 1e-6 * (high - low)
            #expect(axis.domain.lowerBound <= low + slack && high - slack <= axis.domain.upperBound, "trial \(trial)")
            #expect((2...9).contains(axis.ticks.count), "trial \(trial): \(axis.ticks)")
            let steps = zip(axis.ticks, axis.ticks.dropFirst()).map { $1.value - $0.value }
            #expect(steps.allSatisfy { abs($0 - steps[0]) < 1e-9 * abs(steps[0]) + 1e-15 }, "trial \(trial)")
            for tick in axis.ticks {
                let read = Double(tick.label.replacingOccurrences(of: "−", with: "-"))
                #expect(read.map { abs($0 - tick.value) <= 1e-9 * max(1e-9, abs(tick.value)) } == true, "\(tick)")
            }
            #expect(Set(axis.ticks.map(\.label)).count == axis.ticks.count)
        }
    }

    @Test("Equal ratios are equally far apart")
    func logarithmic() {
        let axis = Axis.logarithmic("", covering: [6.3, 195])
        #expect(axis.ticks.map(\.label) == ["5", "10", "20", "50", "100", "200"])
        #expect(abs(axis.share(50) - axis.share(5) - (axis.share(100) - axis.share(10))) < 1e-12)
        #expect(axis.share(5) == 0 && abs(axis.share(200) - 1) < 1e-12)
        #expect(
            Axis.logarithmic("", covering: [0.021, 0.3]).ticks.map(\.label) == ["0.02", "0.05", "0.1", "0.2", "0.5"])
        #expect(Axis.cost("", covering: [1, 5]).isLogarithmic == false)
        #expect(Axis.cost("", covering: [1, 9]).isLogarithmic)
        #expect(Axis.cost("", covering: [0, 9]).isLogarithmic == false)
    }
}

@Suite("Pareto front")
struct ParetoFrontTests {
    @Test("By hand: ties stay, what is beaten in one and equal in the other goes")
    func byHand() {
        #expect(ParetoFront.members(costs: [1, 2, 3], values: [5, 4, 6], higherIsBetter: true) == [0, 2])
        #expect(ParetoFront.members(costs: [1, 2, 3], values: [5, 4, 6], higherIsBetter: false) == [0, 1])
        #expect(ParetoFront.members(costs: [2, 2, 1], values: [4, 4, 4], higherIsBetter: true) == [2])
        #expect(ParetoFront.members(costs: [2, 2], values: [4, 4], higherIsBetter: true) == [0, 1])
        #expect(ParetoFront.members(costs: [], values: [], higherIsBetter: true) == [])
    }

    @Test("A sweep along the cost finds the same members")
    func againstSweep() {
        var random = SplitMix64(seed: 3)
        for _ in 0..<300 {
            let count = 1 + random.index(below: 30)
            let costs = (0..<count).map { _ in Double(random.index(below: 12)) }
            let values = (0..<count).map { _ in Double(random.index(below: 12)) }
            // The best value of each cost, where it is better than at any lower cost.
            var expected = Set<Int>()
            var best = -Double.infinity
            for cost in Set(costs).sorted() {
                let group = costs.indices.filter { costs[$0] == cost }
                let top = group.map { values[$0] }.max() ?? 0
                if top > best { expected.formUnion(group.filter { values[$0] == top }) }
                best = max(best, top)
            }
            let front = ParetoFront.members(costs: costs, values: values, higherIsBetter: true)
            #expect(Set(front) == expected)
            #expect(front.map { costs[$0] } == front.map { costs[$0] }.sorted())
        }
    }
}

@Suite("Looks of series")
struct SeriesStyleTests {
    @Test("The first 64 differ without colour: by dashes or by marker, and neighbours by both")
    func differ() {
        let styles = (0..<64).map { SeriesStyle.number($0) }
        #expect(Set(styles).count == 64)
        for (one, next) in zip(styles, styles.dropFirst()) {
            #expect(one.marker != next.marker && one.dash != next.dash && one.paint != next.paint)
        }
        // Without any colour, the eight of one plot.
        #expect(Set(styles.prefix(8).map { "\($0.marker)" }).count == 8)
    }

    @Test("Okabe and Ito's colours, each once")
    func palette() {
        let published: Set = [
            "#000000", "#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7",
        ]
        #expect(Set(Paint.hues.map(\.light)) == published)
        #expect(Set(Paint.hues.map(\.dark)).count == 8)
        #expect(Set(Paint.all.map(\.name)).count == Paint.all.count)
    }
}
