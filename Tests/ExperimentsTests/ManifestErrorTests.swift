import Experiments
import Foundation
import Testing

@Suite("What is wrong with a manifest")
struct ManifestErrorTests {
    @Test(
        "what ended the library that reads TOML is a complaint with its line",
        arguments: ["[=]\n", "a = 1\n[.b]\n", "[[\n]]\n", "[a.]\n", "[a.=]\n", "[ [a]]\n", "x = [1,\n[=]\n"])
    func brokenHeaders(text: String) {
        let found = complaints("schema = 1\n" + text)
        #expect(found.count == 1, "\(found)")
        #expect(found.first?.hasPrefix("sweeps/test.toml:") == true, "\(found)")
        #expect(found.first?.hasPrefix("sweeps/test.toml:0") == false, "\(found)")
    }

    @Test("a header without a key is complained about where it stands")
    func headerWithoutKey() {
        #expect(
            complaints("schema = 1\nname = \"a\"\n\n[=]\n[base]\n").first?.hasPrefix("sweeps/test.toml:4:") == true)
    }

    @Test("ten different mistakes are reported at once, each with its place and what was meant")
    func tenMistakes() {
        let text = """
            schema = 1
            name = "ten"
            [base]
            epoch = 20
            imgsz = 130
            optimizer = "auto"
            [matrix]
            backbone = ["baseline", "v3", "v2"]
            scale = ["n", "s"]
            [[zip]]
            scale = ["n", "s"]
            batch = [16, 8]
            [[when]]
            if = { backbone = "v2" }
            matrix = { dfc = ["expanded", "capasity"] }
            [[exclude]]
            scael = "x"
            [seeds]
            values = [0, 0]
            [compare]
            baseline = { backbone = "baseline" }
            primary = "mAP50-59"
            within = ["epochs"]
            [resource]
            threads = 2
            """
        let found = complaints(text)
        let expected = [
            "sweeps/test.toml:4:1: [base]: unknown key \"epoch\"; did you mean \"epochs\"?",
            "sweeps/test.toml:5:9: [base]: imgsz is 130, expected a multiple of 32 from 32 to 8192; did you mean \"160\"?",
            "sweeps/test.toml:6:13: [base]: optimizer \"auto\" ignores lr0 and depends on the size of the data; name one "
                + "of SGD, Adam, AdamW",
            "sweeps/test.toml:8:25: [matrix]: backbone is \"v3\", expected one of baseline, v1, v2, or the path of a "
                + "YAML file; did you mean \"v1\"?",
            "sweeps/test.toml:11:10: scale is in two axes, the other one at line 9",
            "sweeps/test.toml:15:31: matrix of [[when]]: dfc is \"capasity\", expected one of none, expanded, output, "
                + "both; did you mean \"capacity\"?",
            "sweeps/test.toml:17:1: [[exclude]]: unknown key \"scael\"; did you mean \"scale\"?",
            "sweeps/test.toml:19:14: [seeds]: seed 0 is listed twice",
            "sweeps/test.toml:22:11: [compare]: primary is \"mAP50-59\", expected one of mAP50-95, mAP50, mAP75, APs, "
                + "APm, APl, AR1, AR10, AR100, ARs, ARm, ARl, mAP50(U), mAP50-95(U), precision(U), recall(U), fitness; "
                + "did you mean \"mAP50-95\"?",
            "sweeps/test.toml:23:11: within of [compare]: epochs is no axis of this manifest, expected one of backbone, "
                + "scale, batch, dfc",
            "sweeps/test.toml:24:2: unknown section \"resource\"; did you mean \"resources\"?",
        ]
        for line in expected {
            #expect(found.contains(line), "missing: \(line)\nfound:\n\(found.joined(separator: "\n"))")
        }
        #expect(found.count == expected.count, "found:\n\(found.joined(separator: "\n"))")
    }

    @Test("a break of the syntax is reported with its place")
    func syntax() {
        let found = complaints("schema = 1\nname = \"x\nepochs = 2\n")
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("sweeps/test.toml:2:") == true, "\(found)")
    }

    /// A manifest with one mistake, and the start of the complaint.
    struct Mistake: Sendable, CustomTestStringConvertible {
        var text: String
        var words: [String] = []
        var complaint: String
        var testDescription: String { complaint }
    }

    static let head = "schema = 1\nname = \"one\"\n"

    @Test(
        "one mistake gives one complaint",
        arguments: [
            Mistake(text: "name = \"a\"\n", complaint: "sweeps/test.toml:1:1: schema is missing"),
            Mistake(
                text: "schema = 2\nname = \"a\"\n",
                complaint: "sweeps/test.toml:1:10: this program reads manifests of schema 1"),
            Mistake(text: "schema = 1\nname = \"a/b\"\n", complaint: "sweeps/test.toml:2:8: name names a folder"),
            Mistake(text: head + "epochs = 3\n", complaint: "sweeps/test.toml:3:1: epochs stands outside any table"),
            Mistake(
                text: head + "[base]\nepochs = 0\n",
                complaint: "sweeps/test.toml:4:10: [base]: epochs is 0, expected a whole number from 1"),
            Mistake(
                text: head + "[base]\nepochs = 2.5\n",
                complaint: "sweeps/test.toml:4:10: [base]: epochs is 2.5, expected a whole number"),
            Mistake(
                text: head + "[base]\nlr0 = \"fast\"\n",
                complaint: "sweeps/test.toml:4:7: [base]: lr0 is \"fast\", expected a number from 0 to 10"),
            Mistake(text: head + "[base]\nlr0 = nan\n", complaint: "sweeps/test.toml:4:7: [base]: lr0 is nan"),
            Mistake(
                text: head + "[base]\ncos_lr = \"True\"\n",
                complaint:
                    "sweeps/test.toml:4:10: [base]: cos_lr is \"True\", expected true or false; did you mean \"true\"?"),
            Mistake(
                text: head + "[base]\nbatch = 8\nbatch_size = 8\n",
                complaint: "sweeps/test.toml:5:1: [base]: batch_size sets batch, which is set already"),
            Mistake(
                text: head + "[base]\nseed = 3\n", complaint: "sweeps/test.toml:4:1: seed does not belong into [base]"),
            Mistake(
                text: head + "[base]\nthreads = 3\n",
                complaint: "sweeps/test.toml:4:1: [base]: threads is no key here: it belongs under [resources]"),
            Mistake(
                text: head + "[base]\ndata = 1979-05-27\n",
                complaint: "sweeps/test.toml:4:8: [base]: expected a value, found a date"),
            Mistake(
                text: head + "[base]\ndfc_kernel = 4\nbackbone = \"v2\"\n",
                complaint:
                    "sweeps/test.toml:4:14: [base]: dfc_kernel is 4, expected an odd whole number from 1 to 31, or a list of 4 of them for strides 4, 8, 16, 32"
            ),
            Mistake(
                text: head + "[base]\nbackbone = \"v1\"\ndfc = \"both\"\n",
                complaint: "sweeps/test.toml:5:1: dfc is read by nothing: it is read only with backbone = \"v2\""),
            Mistake(
                text: head + "[base]\ndata = \"shpes\"\n",
                complaint: "sweeps/test.toml:4:1: data shpes: no such dataset"),
            Mistake(text: head + "[base]\nbackbone = \"nets/a.yaml\"\n", complaint: "sweeps/test.toml:4:1: network of"),
            Mistake(
                text: head + "[matrix]\nscale = \"n\"\n",
                complaint: "sweeps/test.toml:4:9: [matrix]: scale is a string, expected a list of values"),
            Mistake(
                text: head + "[matrix]\nscale = []\n",
                complaint: "sweeps/test.toml:4:9: [matrix]: scale is an empty list"),
            Mistake(
                text: head + "[matrix]\nscale = [\"n\", \"n\"]\n",
                complaint: "sweeps/test.toml:4:15: [matrix]: scale = \"n\" is listed twice"),
            Mistake(
                text: head + "[matrix]\nbackbone = [\"v1\", \"ghostnetv1\"]\n",
                complaint: "sweeps/test.toml:4:19: [matrix]: backbone = \"v1\" is listed twice"),
            Mistake(
                text: head + "[matrix]\nbackbone = [\"baseline\", \"v2\"]\ndfc = [\"expanded\", \"both\"]\n",
                complaint:
                    "sweeps/test.toml:5:1: axis dfc is read by nothing in 2 of its 4 cells: it is read only with backbone = \"v2\"; make it the axis of a [[when]]"
            ),
            Mistake(
                text: head + "[matrix]\nbackbone = [\"baseline\", \"v1\"]\ndfc_kernel = [3, 5]\n",
                complaint: "sweeps/test.toml:5:1: axis dfc_kernel is read by nothing: it is read only with backbone"),
            Mistake(
                text: head + "[base]\nmosaic = 0\n[matrix]\nclose_mosaic = [0, 10]\n",
                complaint:
                    "sweeps/test.toml:6:1: axis close_mosaic is read by nothing: it is read only with mosaic or mixup above 0"
            ),
            Mistake(
                text: head + "[zip]\nscale = [\"n\"]\n",
                complaint: "sweeps/test.toml:3:2: zip is a table, expected tables, each under [[zip]]"),
            Mistake(
                text: head + "[[zip]]\nscale = [\"n\", \"s\"]\nbatch = [8]\n",
                complaint: "sweeps/test.toml:5:1: [[zip]]: batch has 1 values and scale has 2, expected as many"),
            Mistake(
                text: head + "[[when]]\nif = { backbone = \"v2\" }\nmatrix = { dfc = [\"both\"] }\n",
                complaint:
                    "sweeps/test.toml:4:1: [[when]]: no cell has backbone = \"v2\", so its axes are read by nothing"),
            Mistake(
                text: head + "[[when]]\nif = { backbone = \"v2\" }\n",
                complaint: "sweeps/test.toml:3:1: [[when]]: expected if"),
            Mistake(
                text: head
                    + "[base]\nbackbone = \"v2\"\n[[when]]\nif = { backbone = \"v2\" }\nmatrix = { dfc = [\"both\"] }\n[[when]]\nif = { scale = \"n\" }\nmatrix = { dfc = [\"output\"] }\n",
                complaint: "sweeps/test.toml:10:12: dfc is in two axes of one cell, the other one at line 7"),
            Mistake(
                text: head + "[base]\nepochs = 5\n[[include]]\nepochs = 5\n",
                complaint: "sweeps/test.toml:5:1: cell \"epochs=5\" would train the same as"),
            Mistake(
                text: head + "[[override]]\nwhere = { scale = \"x\" }\nset = { epochs = 3 }\n",
                complaint: "sweeps/test.toml:4:1: [[override]]: no cell has scale = \"x\""),
            Mistake(
                text: head
                    + "[matrix]\nepochs = [3, 4]\n[[override]]\nwhere = { scale = \"n\" }\nset = { epochs = 5 }\n",
                complaint: "sweeps/test.toml:7:9: [[override]]: epochs is an axis of a matching cell"),
            Mistake(
                text: head
                    + "[matrix]\nbackbone = [\"v1\", \"v2\"]\n[[override]]\nwhere = { scale = \"n\" }\nset = { dfc = \"both\" }\n",
                complaint: "sweeps/test.toml:7:9: dfc is read by nothing here"),
            Mistake(
                text: head + "[matrix]\nscale = [\"n\", \"s\"]\n[[exclude]]\nscale = [\"n\", \"s\"]\n",
                complaint: "sweeps/test.toml:1:1: no cell is left"),
            Mistake(
                text: head + "[seeds]\nvalues = 3\n",
                complaint: "sweeps/test.toml:4:10: [seeds]: values is a whole number, expected a list"),
            Mistake(
                text: head + "[seeds]\nvalues = [-1]\n",
                complaint: "sweeps/test.toml:4:11: [seeds]: expected a whole number from 0"),
            Mistake(
                text: head + "[compare]\nwithin = []\n",
                complaint: "sweeps/test.toml:3:2: [compare]: baseline is missing"),
            Mistake(
                text: head + "[compare]\nbaseline = { backbone = \"v1\" }\n",
                complaint: "sweeps/test.toml:4:1: baseline of [compare]: no cell has backbone = \"v1\""),
            Mistake(
                text: head
                    + "[matrix]\nscale = [\"n\", \"s\"]\n[compare]\nbaseline = { scale = \"n\" }\nwithin = [\"scale\"]\n",
                complaint: "sweeps/test.toml:7:11: within of [compare]: scale names the baseline"),
            Mistake(
                text: head + "[compare]\nbaseline = { backbone = \"baseline\" }\nmargin = 2\n",
                complaint: "sweeps/test.toml:5:10: [compare]: expected margin as a number between 0 and 1"),
            Mistake(
                text: head + "[resources]\njobs = 0\n",
                complaint: "sweeps/test.toml:4:8: [resources]: expected jobs as a whole number from 1"),
            Mistake(
                text: head + "[base]\nbackbone = \"v2\"\nimgsz = 32\n",
                complaint: "sweeps/test.toml:5:1: DFC attention halves a feature map of stride 32"),
            Mistake(
                text: head
                    + "[matrix]\nbackbone = [\"v1\", \"v2\"]\n[[when]]\nif = { backbone = \"v2\" }\nmatrix = { dfc = [\"none\", \"both\"] }\n",
                complaint:
                    "sweeps/test.toml:7:19: cell \"v2 dfc=none\" would train the same as \"v1\": they have the same configuration"
            ),
            Mistake(text: head, words: ["epochs"], complaint: "command line: \"epochs\": expected key=value"),
            Mistake(
                text: head, words: ["epcohs=2"],
                complaint: "command line: \"epcohs=2\": unknown key \"epcohs\"; did you mean \"epochs\"?"),
            Mistake(
                text: head, words: ["epochs=2,3"],
                complaint: "command line: \"epochs=2,3\": epochs is \"2,3\", expected a whole number"),
            Mistake(
                text: head, words: ["epochs=2", "epochs=3"],
                complaint: "command line: \"epochs=3\": epochs is given twice"),
            Mistake(
                text: head, words: ["seeds=7"],
                complaint: "command line: \"seeds=7\": seed 7 is not in the manifest's [seeds] (0)"),
            Mistake(
                text: head, words: ["dfc=both"],
                complaint: "command line: dfc is read by nothing: it is read only with backbone = \"v2\""),
            Mistake(
                text: head + "[matrix]\nscale = [\"n\", \"s\"]\n", words: ["scale=x"],
                complaint: "command line: \"scale=x\": no cell has scale = \"x\", the axis has n, s"),
        ])
    func one(_ mistake: Mistake) {
        let found = complaints(mistake.text, words: mistake.words)
        #expect(found.count == 1, "\(found)")
        #expect(found.first?.hasPrefix(mistake.complaint) == true, "\(found)")
    }

    @Test("two networks with one graph are an error though their names differ")
    func equalGraphs() {
        let text = Self.head + "[matrix]\nbackbone = [\"baseline\", \"same.yaml\"]\n"
        let networks = StubNetworks(
            files: ["/manifests/same.yaml": "rows"], graphs: ["baseline": "g", "/manifests/same.yaml": "g"])
        let found = complaints(text, networks: networks)
        #expect(found.count == 1, "\(found)")
        #expect(
            found.first?.hasPrefix(
                "sweeps/test.toml:4:25: cell \"same\" would train the same as \"baseline\": they have the same network graph"
            )
                == true, "\(found)")
    }

    @Test("a manifest without a mistake has none")
    func right() { #expect(complaints(ghost) == []) }
}
