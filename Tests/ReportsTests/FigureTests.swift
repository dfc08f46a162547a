import Foundation
import Metrics
import Reports
import Results
import Testing

@Suite("Figures")
struct FigureTests {
    /// Sweeps of many shapes, each with something that has broken a picture before.
    static let sweeps: [(name: String, sweep: MeasuredSweep)] = [
        ("two scales", MeasuredSweep()),
        ("one scale, one seed", MeasuredSweep(scales: ["n"], seeds: [0])),
        ("two arms", MeasuredSweep(armCount: 2, scales: ["n"], margin: nil)),
        ("many arms", MeasuredSweep(armCount: 24, scales: ["n", "s", "m", "l", "x"], seeds: [0, 1, 2], epochs: 5)),
        ("many classes", MeasuredSweep(seeds: [0, 1], classCount: 120)),
        (
            "diverged and missing",
            MeasuredSweep(diverged: [("v2 dfc=both n", 1), ("v1 s", 0)], missing: [("baseline n", 2), ("v1 n", 3)])
        ),
        ("one epoch, no pictures", MeasuredSweep(epochs: 1, hasPictures: false)),
    ]

    @Test(
        "Every figure of every sweep is well-formed, has its own IDs, refers to nothing outside, and is the same twice")
    func wellFormed() throws {
        for (name, sweep) in Self.sweeps {
            let figures = SweepSummary(sweep.results).figures
            #expect(SweepSummary(sweep.results).figures == figures)
            #expect(Set(figures.map(\.name)).count == figures.count)
            for figure in figures {
                let check = MarkupCheck(figure.svg)
                #expect(check.error == nil, "\(name), \(figure.name): \(check.error ?? "")")
                #expect(check.repeatedIDs == [], "\(name), \(figure.name)")
                #expect(check.externalReferences == [], "\(name), \(figure.name)")
                #expect(check.ids.allSatisfy { $0.hasPrefix("\(figure.name)-") }, "\(name), \(figure.name)")
                #expect(check.elements.first?.name == "svg")
                #expect(check.all("title").first?.text.isEmpty == false)
                #expect(check.all("desc").first?.text == figure.summary)
                #expect(!figure.caption.isEmpty && figure.caption.hasSuffix("."))
                // Whatever a figure says of a place in the page is a cell or a table.
                let places = check.elements.compactMap { $0.attributes["data-place"] }
                #expect(places.allSatisfy { $0.hasPrefix("cell-") || $0 == "table-comparison" })
            }
        }
    }

    /// Of every figure.
    static let width = 760.0

    @Test("Nothing is drawn outside of the picture")
    func inside() throws {
        for (name, sweep) in Self.sweeps {
            for figure in SweepSummary(sweep.results).figures {
                let check = MarkupCheck(figure.svg)
                let height = try #require(Double(check.elements[0].attributes["height"] ?? ""))
                for element in check.elements where !["pattern", "image"].contains(element.name) {
                    for (attribute, limit) in [
                        ("x", Self.width), ("x1", Self.width), ("x2", Self.width), ("cx", Self.width),
                        ("y", height), ("y1", height), ("y2", height), ("cy", height),
                    ] {
                        guard let value = element.attributes[attribute].flatMap(Double.init) else { continue }
                        #expect(value >= -0.5 && value <= limit + 0.5, "\(name), \(figure.name): \(element)")
                    }
                    // A line of text ends inside, by a width that is rather too great.
                    if element.name == "text", element.attributes["transform"] == nil,
                        let x = element.attributes["x"].flatMap(Double.init)
                    {
                        let size = element.attributes["font-size"].flatMap(Double.init) ?? 12
                        let width = TextMeasure.width(element.text, size: size)
                        let (left, right): (Double, Double) =
                            switch element.attributes["text-anchor"] {
                            case "middle": (x - width / 2, x + width / 2)
                            case "end": (x - width, x)
                            default: (x, x + width)
                            }
                        #expect(
                            left >= -2 && right <= Self.width + 2,
                            "\(name), \(figure.name): \"\(element.text)\" ends at \(right)")
                    }
                }
            }
        }
    }

    @Test("What there is nothing to draw for is left out")
    func absent() {
        let nothing = SweepSummary(plan: MeasuredSweep().plan, records: [])
        #expect(nothing.figures.isEmpty)
        let tables = SweepSummary(SampleSweep().results(epochs: false))
        #expect(tables.figures.map(\.name) == ["differences", "accuracy-gflops", "accuracy-parameters"])
        let all = SweepSummary(MeasuredSweep().results)
        #expect(all.figures.map(\.name) == FigureKind.all.map(\.name))
        #expect(FigureKind.all.allSatisfy { $0.summary.hasSuffix(".") })
    }

    @Test("Figures as they are written", arguments: FigureKind.all.map(\.name))
    func snapshot(name: String) throws {
        let sweep = MeasuredSweep(
            scales: ["n", "s"], seeds: [0, 1, 2, 3, 4], classCount: 4, epochs: 8, diverged: [("v2 dfc=both n", 1)])
        let figure = try #require(SweepSummary(sweep.results).figures.first { $0.name == name })
        try expectSnapshot(figure.svg, "figure-\(name).svg")
        try expectSnapshot(figure.caption + "\n" + figure.summary + "\n", "figure-\(name).txt")
    }

    // MARK: - Do the drawings say what the numbers say?

    /// Values at places along an axis, from where the picture has its tick labels.
    private struct ReadAxis {
        private let slope: Double
        private let offset: Double
        private let isLogarithmic: Bool

        init?(_ labels: [(place: Double, text: String)], isLogarithmic: Bool = false) {
            let points = labels.compactMap { label in
                Double(label.text.replacingOccurrences(of: "−", with: "-")).map {
                    (label.place, isLogarithmic ? log10($0) : $0)
                }
            }
            guard points.count == labels.count, let first = points.first, let last = points.last, first.0 != last.0
            else {
                return nil
            }
            slope = (last.1 - first.1) / (last.0 - first.0)
            offset = first.1 - slope * first.0
            self.isLogarithmic = isLogarithmic
        }

        func value(at place: Double) -> Double {
            let value = slope * place + offset
            return isLogarithmic ? pow(10, value) : value
        }
    }

    private func anchor(_ cell: CellSummary) -> String { "cell-\(cell.cell.cellID.prefix(10))" }

    private func number(_ element: MarkupCheck.Element, _ name: String) -> Double {
        element.attributes[name].flatMap(Double.init) ?? .nan
    }

    @Test("Accuracy against cost: each whisker and front, read off the axes, is the cell's range and cost")
    func accuracy() throws {
        for scales in [["n", "s"], ["n", "s", "m", "l", "x"]] {
            let summary = SweepSummary(MeasuredSweep(scales: scales).results)
            let figure = try #require(summary.figures.first { $0.name == "accuracy-gflops" })
            let check = MarkupCheck(figure.svg)
            let ticks = check.all("text").filter { $0.attributes["font-size"] == "11" }
            let isLogarithmic = scales.count > 2
            let x = try #require(
                ReadAxis(
                    ticks.filter { $0.attributes["text-anchor"] == "middle" }.map { (number($0, "x"), $0.text) },
                    isLogarithmic: isLogarithmic))
            let y = try #require(
                ReadAxis(ticks.filter { $0.attributes["text-anchor"] == "end" }.map { (number($0, "y") - 4, $0.text) }))
            var found = 0
            for (index, element) in check.elements.enumerated() {
                guard let place = element.attributes["data-place"],
                    let cell = summary.cells.first(where: { anchor($0) == place })
                else { continue }
                // The group's title, then the whisker.
                let whisker = try #require(check.elements[index...].first { $0.name == "line" })
                let sample = try #require(cell.sample("mAP50-95"))
                #expect(abs(x.value(at: number(whisker, "x1")) / cell.cell.gflops - 1) < 0.002)
                #expect(abs(y.value(at: number(whisker, "y1")) - sample.minimum) < 0.0005)
                #expect(abs(y.value(at: number(whisker, "y2")) - sample.maximum) < 0.0005)
                found += 1
            }
            #expect(found == summary.cells.count)
        }
    }

    @Test("Differences: each pair and each interval, read off the axis, is the contrast's")
    func differences() throws {
        let summary = SweepSummary(MeasuredSweep().results)
        let figure = try #require(summary.figures.first { $0.name == "differences" })
        let check = MarkupCheck(figure.svg)
        let axis = try #require(
            ReadAxis(
                check.all("text").filter {
                    $0.attributes["font-size"] == "11" && $0.attributes["text-anchor"] == "middle"
                }.map { (number($0, "x"), $0.text) }))
        let starts = check.elements.indices.filter { check.elements[$0].attributes["data-place"] != nil }
        #expect(starts.count == summary.contrasts.count)
        for (row, start) in zip(summary.contrasts, starts) {
            let end = starts.first { $0 > start } ?? check.elements.count
            let lines = check.elements[start..<end].filter { $0.name == "line" }
            let pairs = lines.filter { $0.attributes["stroke-opacity"] == "0.6" }.map {
                axis.value(at: number($0, "x1"))
            }
            let differences = row.result.contrast.differences
            #expect(pairs.count == differences.count)
            for (drawn, value) in zip(pairs, differences) { #expect(abs(drawn - value) < 0.0003) }
            let interval = try #require(row.result.tInterval)
            let thick = try #require(
                lines.first { $0.attributes["stroke-width"] == "2.4" && $0.attributes["y1"] == $0.attributes["y2"] })
            #expect(abs(axis.value(at: number(thick, "x1")) - interval.low) < 0.0003)
            #expect(abs(axis.value(at: number(thick, "x2")) - interval.high) < 0.0003)
            let bootstrap = try #require(row.result.bootstrapInterval)
            let thin = try #require(lines.first { $0.attributes["stroke-dasharray"] == "3 2" })
            #expect(abs(axis.value(at: number(thin, "x1")) - bootstrap.low) < 0.0003)
            #expect(abs(axis.value(at: number(thin, "x2")) - bootstrap.high) < 0.0003)
            #expect(check.elements[start..<end].contains { $0.text == row.result.verdict.rawValue })
        }
        let zone = try #require(check.all("rect").first { $0.attributes["fill"]?.hasPrefix("url(#") == true })
        #expect(abs(axis.value(at: number(zone, "x")) + 0.005) < 0.0003)
        #expect(abs(axis.value(at: number(zone, "x") + number(zone, "width")) - 0.005) < 0.0003)
    }

    @Test("An interval that would squeeze all others is cut off, with an arrow")
    func longInterval() throws {
        // Two seeds: t intervals reach 12.7 standard errors to each side.
        let sweep = SampleSweep(seeds: [0, 1], scales: ["n"])
        let records = sweep.records(mAP: { arm, _, seed in arm == 1 ? 0.3 : 0.3 + (seed == 0 ? 0.001 : 0.02) })
        let summary = SweepSummary(plan: sweep.plan, records: records)
        let longest = summary.contrasts.compactMap(\.result.tInterval).map { $0.high - $0.low }.max() ?? 0
        #expect(longest > 0.2)
        let check = MarkupCheck(try #require(summary.figures.first { $0.name == "differences" }).svg)
        let labels = check.all("text").filter {
            $0.attributes["font-size"] == "11" && $0.attributes["text-anchor"] == "middle"
        }.compactMap { Double($0.text.replacingOccurrences(of: "−", with: "-")) }
        #expect(labels.min() == -0.06 && labels.max() == 0.06)
        // Two arrows for each of the four arms; the declared contrast's differences are all zero and have no interval.
        let arrows = check.all("path").filter { $0.attributes["stroke-width"] == "2.4" }
        #expect(arrows.count == 8)
    }

    @Test("A curve is the mean of its seeds, its band their range; epochs that were not validated are passed over")
    func curves() throws {
        let sweep = MeasuredSweep(scales: ["n"], diverged: [("v2 dfc=both n", 2)])
        let summary = SweepSummary(sweep.results)
        let figure = try #require(summary.figures.first { $0.name == "learning-curves" })
        let check = MarkupCheck(figure.svg)
        let ticks = check.all("text").filter { $0.attributes["font-size"] == "11" }
        let x = try #require(
            ReadAxis(ticks.filter { $0.attributes["text-anchor"] == "middle" }.map { (number($0, "x"), $0.text) }))
        let y = try #require(
            ReadAxis(ticks.filter { $0.attributes["text-anchor"] == "end" }.map { (number($0, "y") - 4, $0.text) }))
        for cell in summary.cells {
            let start = try #require(check.elements.firstIndex { $0.attributes["data-place"] == anchor(cell) })
            let line = try #require(
                check.elements[start...].first { $0.name == "path" && $0.attributes["stroke-width"] == "1.8" })
            let drawn = (line.attributes["d"] ?? "").split { "ML".contains($0) }.map { pair in
                pair.split(separator: " ").compactMap { Double($0) }
            }
            let hasDiverged = cell.cell.label == "v2 dfc=both n"
            let last = hasDiverged ? 10 : 20
            let epochs = (1...last).filter { $0 % 3 != 0 || $0 == 20 }
            #expect(drawn.map { x.value(at: $0[0]).rounded() } == epochs.map(Double.init))
            for (place, epoch) in zip(drawn, epochs) {
                let values = cell.trials.compactMap { trial in trial.epochs.first { $0.epoch == epoch }?.mAP5095 }
                let mean = values.reduce(0, +) / Double(values.count)
                #expect(values.count == 6 && abs(y.value(at: place[1]) - mean) < 0.001)
            }
        }
        #expect(figure.caption.contains("cross") && check.all("text").contains { $0.text == "a training diverged" })
    }

    @Test(
        "AP by class: an arm's points are its means; a class without objects has none; of many the most different are kept"
    )
    func classes() throws {
        let results = MeasuredSweep(scales: ["n"]).results
        let summary = SweepSummary(results)
        let check = MarkupCheck(try #require(summary.figures.first { $0.name == "class-ap" }).svg)
        let axis = try #require(
            ReadAxis(
                check.all("text").filter {
                    $0.attributes["font-size"] == "11" && $0.attributes["text-anchor"] == "middle"
                }.map { (number($0, "x"), $0.text) }))
        let names = check.all("text").filter {
            $0.attributes["font-size"] == "11" && $0.attributes["text-anchor"] == "end"
        }.map(\.text)
        #expect(names.count == 5 && names.contains("star <&> \"cross\"") && !names.contains("class 3"))
        func mean(_ name: String, _ trials: [TrialSummary]) -> Double {
            let values = trials.compactMap { trial -> Double? in
                let metrics = results.metrics[trial.trial.trialID]
                guard let index = metrics?.classNames.firstIndex(of: name) else { return nil }
                return metrics?.classMetrics["AP"]?[index]
            }
            return values.reduce(0, +) / Double(values.count)
        }
        let overall = names.map { mean($0, summary.cells.flatMap(\.trials)) }
        #expect(overall == overall.sorted(by: >))
        // The first arm's markers are circles, row by row.
        let drawn = check.all("circle").prefix(5).map { axis.value(at: number($0, "cx")) }
        for (value, name) in zip(drawn, names) { #expect(abs(value - mean(name, summary.cells[0].trials)) < 0.001) }

        let many = SweepSummary(MeasuredSweep(seeds: [0, 1], classCount: 120).results)
        #expect(
            many.figures.first { $0.name == "class-ap" }?.caption.contains(
                "the 80 classes in which the arms lie farthest")
                == true)
    }

    @Test("Many arms: at most eight in a panel, and the baseline in each")
    func manyArms() throws {
        let summary = SweepSummary(MeasuredSweep(armCount: 24, scales: ["n"], seeds: [0]).results)
        let check = MarkupCheck(summary.figures.first { $0.name == "learning-curves" }?.svg ?? "")
        let panels = check.all("text").filter { $0.text.hasPrefix("part ") }.map(\.text)
        #expect(panels == ["part 1", "part 2", "part 3", "part 4"])
        let curves = check.elements.compactMap { $0.attributes["data-place"] }
        for cell in summary.cells {
            #expect(curves.count { $0 == anchor(cell) } == (cell.isBaseline ? 4 : 1), "\(cell.cell.label)")
        }
    }

    @Test("Pictures: each image once, its boxes in every column, right and wrong told apart without colour")
    func pictures() throws {
        let summary = SweepSummary(MeasuredSweep().results)
        let figure = try #require(summary.figures.first { $0.name == "detections" })
        let check = MarkupCheck(figure.svg)
        #expect(check.all("image").count == 6)
        #expect(check.all("use").count == 18)
        let right = check.all("rect").filter { $0.attributes["class"] == "s-right" }
        let wrong = check.all("rect").filter { $0.attributes["class"] == "s-wrong" }
        #expect(!right.isEmpty && right.allSatisfy { $0.attributes["stroke-dasharray"] == nil })
        #expect(!wrong.isEmpty && wrong.allSatisfy { $0.attributes["stroke-dasharray"] != nil })
        func told(_ word: String) -> Int {
            figure.summary.matches(of: /(\d+) (\w+)/).filter { $0.output.2 == word }
                .compactMap { Int($0.output.1) }.reduce(0, +)
        }
        #expect(told("right") == right.count && told("wrong") == wrong.count && told("images") == 6)
        let missed = check.all("rect").filter { $0.attributes["stroke-dasharray"] == "1.5 2.5" }
        #expect(told("missed") == missed.count && !missed.isEmpty)
    }

    @Test("A hundred trials are drawn and written as a page in far less than the two seconds that a report may take")
    func speed() throws {
        let summary = SweepSummary(
            MeasuredSweep(armCount: 10, scales: ["n", "s"], epochs: 100, hasPictures: false).results)
        #expect(summary.trials.count == 120)
        let time = ContinuousClock().measure {
            let figures = summary.figures
            let report = try? summary.report(ReportOptions(), figures: figures)
            #expect(report.map { Renderer.html.render($0).utf8.count > 100_000 } == true)
        }
        // Ten times what it takes on two busy cores.
        #expect(time < .seconds(8), "\(time)")
    }
}

extension SampleSweep {
    /// The records as a report takes them.
    func results(epochs: Bool) -> SweepResults {
        SweepResults(
            plan: plan, records: records(),
            epochs: epochs
                ? Dictionary(uniqueKeysWithValues: plan.trials.map { ($0.trialID, (1...2).map(Self.epoch)) }) : [:])
    }
}
