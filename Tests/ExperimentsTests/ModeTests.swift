import Experiments
import Results
import Testing
import Training

/// Cells of the modes, written out by hand.
@Suite("Modes that count from the baseline")
struct ModeTests {
    private func manifest(
        _ mode: String, matrix: String, more: String = "", baseline: String = "backbone = \"v1\"",
        within: String = "[]", base: String = "epochs = 2"
    ) -> String {
        """
        schema = 1
        name = "modes"
        mode = "\(mode)"
        [base]
        \(base)
        [matrix]
        \(matrix)
        [compare]
        baseline = { \(baseline) }
        within = \(within)
        \(more)
        """
    }

    private let threeAxes = """
        backbone = ["v1", "v2"]
        tail = [true, false]
        optimizer = ["SGD", "AdamW", "Adam"]
        """

    @Test("one at a time: the baseline and its neighbours")
    func oneAtATime() throws {
        let plan = try plan(manifest("one-at-a-time", matrix: threeAxes))
        #expect(
            Set(plan.cells.map(\.stored.label)) == [
                "v1 tail=true optimizer=SGD", "v2 tail=true optimizer=SGD", "v1 tail=false optimizer=SGD",
                "v1 tail=true optimizer=AdamW", "v1 tail=true optimizer=Adam",
            ])
        let compare = try #require(plan.stored.compare)
        // The baseline is completed by the axes that the manifest's does not name.
        #expect(compare.baseline == ["backbone": "v1", "tail": "true", "optimizer": "SGD"])
        #expect(compare.contrasts.count == 4)
        #expect(compare.contrasts.allSatisfy { $0.isAgainstBaseline && $0.pairs.count == 1 })
    }

    @Test("leave one out: the baseline, everything changed, and everything but one")
    func leaveOneOut() throws {
        let text = manifest(
            "leave-one-out",
            matrix: "backbone = [\"v1\", \"v2\"]\ntail = [true, false]\nmosaic = [1.0, 0.0]")
        let plan = try plan(text)
        #expect(
            Set(plan.cells.map(\.stored.label)) == [
                "v1 tail=true mosaic=1", "v2 tail=false mosaic=0", "v1 tail=false mosaic=0", "v2 tail=true mosaic=0",
                "v2 tail=false mosaic=1",
            ])
        let contrasts = try #require(plan.stored.compare?.contrasts)
        #expect(contrasts.filter(\.isAgainstBaseline).count == 4)
        let steps = contrasts.filter { !$0.isAgainstBaseline }
        #expect(Set(steps.map(\.name)) == ["without backbone", "without tail", "without mosaic"])
        let full = try #require(plan.cells.first { $0.stored.label == "v2 tail=false mosaic=0" })
        #expect(steps.allSatisfy { $0.pairs.map(\.againstCellID) == [full.stored.cellID] })
        let tail = try #require(steps.first { $0.name == "without tail" })
        #expect(tail.arm == ["backbone": "v2", "tail": "true", "mosaic": "0"])
    }

    @Test("within axes are taken whole, and steps are paired inside them")
    func within() throws {
        let zip = "[[zip]]\nscale = [\"n\", \"s\"]\nbatch = [16, 8]"
        for (mode, arms) in [("one-at-a-time", 5), ("leave-one-out", 8), ("grid", 12)] {
            let plan = try plan(manifest(mode, matrix: threeAxes, more: zip, within: "[\"scale\"]"))
            #expect(plan.cells.count == 2 * arms, "\(mode)")
            #expect(plan.stored.mode == mode)
            if mode != "grid" {
                #expect(plan.stored.compare?.contrasts.allSatisfy { $0.pairs.count == 2 } == true, "\(mode)")
            }
        }
    }

    @Test("an axis of [[when]] that the baseline does not have belongs to the step that brought it in")
    func conditional() throws {
        let when = "[[when]]\nif = { backbone = \"v2\" }\nmatrix = { dfc = [\"expanded\", \"both\"] }"
        let matrix = "backbone = [\"baseline\", \"v1\", \"v2\"]\nmosaic = [1.0, 0.5]"
        #expect(
            Set(try plan(manifest("one-at-a-time", matrix: matrix, more: when)).cells.map(\.stored.label)) == [
                "v1 mosaic=1", "v1 mosaic=0.5", "baseline mosaic=1", "v2 mosaic=1 dfc=expanded", "v2 mosaic=1 dfc=both",
            ])
        // Where the baseline has it, it is an axis like any other.
        let own = try plan(
            manifest("one-at-a-time", matrix: matrix, more: when, baseline: "backbone = \"v2\", dfc = \"expanded\""))
        #expect(
            Set(own.cells.map(\.stored.label)) == [
                "v2 mosaic=1 dfc=expanded", "v2 mosaic=1 dfc=both", "v2 mosaic=0.5 dfc=expanded", "v1 mosaic=1",
                "baseline mosaic=1",
            ])
    }

    @Test("excludes, includes, overrides and words work on what a mode leaves")
    func rest() throws {
        let more = """
            [[exclude]]
            optimizer = "Adam"
            [[include]]
            backbone = "v2"
            tail = false
            optimizer = "Adam"
            [[override]]
            where = { tail = false }
            set = { epochs = 3 }
            """
        let whole = try plan(manifest("one-at-a-time", matrix: threeAxes, more: more))
        #expect(whole.cells.count == 5)
        #expect(whole.stored.removed?.map(\.label) == ["v1 tail=true optimizer=Adam"])
        #expect(whole.stored.removed?.first?.rule == "[[exclude]] optimizer = \"Adam\"")
        #expect(whole.stored.removed?.first?.place == "sweeps/test.toml:13:1")
        #expect(whole.cells.filter { $0.configuration.epochs == 3 }.count == 2)
        let narrowed = try plan(manifest("one-at-a-time", matrix: threeAxes, more: more), words: ["tail=true"])
        #expect(narrowed.cells.count == 3)
        #expect(Set(narrowed.trials.map(\.identity.id)).isSubset(of: whole.trials.map(\.identity.id)))
    }

    @Test(
        "what a mode cannot do is said",
        arguments: [
            (
                "schema = 1\nname = \"a\"\nmode = \"one-at-a-time\"\n[matrix]\nscale = [\"n\", \"s\"]\n",
                "sweeps/test.toml:3:8: mode \"one-at-a-time\" counts from the baseline of [compare], and there is no"
            ),
            (
                "schema = 1\nname = \"a\"\nmode = \"leave-one-in\"\n",
                "sweeps/test.toml:3:8: mode is \"leave-one-in\", expected one of grid, one-at-a-time, leave-one-out; did you mean \"leave-one-out\"?"
            ),
            ("schema = 1\nname = \"a\"\nmode = 3\n", "sweeps/test.toml:3:8: mode is a whole number, expected one of"),
            (
                "schema = 1\nname = \"a\"\nmode = \"one-at-a-time\"\n[matrix]\nbackbone = [\"v1\", \"v2\"]\nlr0 = [0.1, 0.2]\n[seeds]\nvalues = [0, 1]\n[compare]\nbaseline = { backbone = \"v1\" }\n",
                "sweeps/test.toml:6:1: mode \"one-at-a-time\": the baseline of [compare] does not name lr0, and the axis has not [base]'s lr0 = 0.01"
            ),
            (
                "schema = 1\nname = \"a\"\n[base]\nmode = \"grid\"\n",
                "sweeps/test.toml:4:1: [base]: mode is no key here: how axes are combined stands at the top"
            ),
        ])
    func mistakes(_ text: String, _ complaint: String) {
        let found = complaints(text)
        #expect(found.count == 1, "\(found)")
        #expect(found.first?.hasPrefix(complaint) == true, "\(found)")
    }

    @Test("a product that nobody could train is refused at once")
    func size() {
        let keys = ["box", "cls", "dfl", "hsv_h", "hsv_s", "hsv_v"]
        let values = (1...8).map { "0.\($0)" }.joined(separator: ", ")
        let text =
            "schema = 1\nname = \"a\"\n[matrix]\n" + keys.map { "\($0) = [\(values)]\n" }.joined()
        let found = complaints(text)
        #expect(found.contains { $0.contains("multiply to more than 100000 cells") }, "\(found)")
    }
}
