import Experiments
import Foundation
import Results
import Testing
import Training

@Suite("Expansion and identity")
struct ExpansionTests {
    @Test("the specification's manifest has 25 cells, 75 trials and four contrasts")
    func ghostPlan() throws {
        let plan = try plan(ghost)
        #expect(plan.cells.count == 25)
        #expect(plan.trials.count == 75)
        #expect(plan.stored.axes == ["backbone", "dfc", "scale"])
        #expect(plan.cells.first?.stored.label == "baseline n")
        #expect(plan.cells.last?.stored.label == "v2 dfc=both x")
        #expect(plan.trials.prefix(25).allSatisfy { $0.identity.seed == 0 })
        #expect(plan.trials.last?.identity.readableName == "v2-both-x-s2")
        let large = try #require(plan.cells.first { $0.stored.label == "v1 l" })
        #expect(large.configuration.batch == 8)
        #expect(large.stored.arm == ["backbone": "v1"])
        #expect(large.stored.within == ["scale": "l"])
        #expect(large.stored.configuration["dfc"] == nil)
        let contrasts = try #require(plan.stored.compare?.contrasts)
        #expect(
            contrasts.map(\.name) == [
                "baseline vs v1", "v2 dfc=expanded vs v1", "v2 dfc=output vs v1", "v2 dfc=both vs v1",
                "expanded vs output",
            ])
        #expect(contrasts.allSatisfy { $0.pairs.count == 5 })
        #expect(plan.warnings.isEmpty, "\(plan.warnings)")
    }

    @Test("the order of sections, keys and values changes the order of cells only", arguments: 0..<20)
    func orderFree(shuffle seed: Int) throws {
        var random = Shuffler(state: UInt64(seed) &* 7919 &+ 1)
        let reference = Set(try plan(ghost).trials.map(\.identity.id))
        // Sections start with a bracket; a contrast goes with its comparison.
        var sections = ghost.replacingOccurrences(of: "\n[[compare.", with: "\u{1}").components(separatedBy: "\n\n")
        let head = sections.removeFirst()
        let text = ([head] + sections.shuffled(using: &random)).joined(separator: "\n\n")
            .replacingOccurrences(of: "\u{1}", with: "\n[[compare.")
            .replacingOccurrences(of: #"["n", "s", "m", "l", "x"]"#, with: #"["x", "l", "m", "s", "n"]"#)
            .replacingOccurrences(of: "[16, 16, 8, 8, 4]", with: "[4, 8, 8, 16, 16]")
            .replacingOccurrences(
                of: #"["expanded", "output", "both"]"#, with: #"["both", "capacity", "expressiveness"]"#)
        #expect(Set(try plan(text).trials.map(\.identity.id)) == reference)
    }

    @Test("planning twice gives the same plan")
    func idempotent() throws {
        #expect(try plan(ghost).stored == plan(ghost).stored)
    }

    @Test("reformatting, comments and spelt-out defaults leave the IDs alone")
    func reformatting() throws {
        let reference = try plan(ghost).trials.map(\.identity.id)
        let text =
            "# a comment\n"
            + ghost.replacingOccurrences(of: " = ", with: "=")
            .replacingOccurrences(
                of: "lr0=0.01", with: "lr0 = 1e-2   # the same\nmomentum = 0.937\nwarmup_epochs = 3\n"
            )
            .replacingOccurrences(of: "imgsz=128", with: "image_size = 128.0")
            .replacingOccurrences(of: "mosaic=0", with: "mosaic = 0.0\nclose_mosaic = 10")
            .replacingOccurrences(
                of: "baseline\", \"v1\", \"v2\"", with: "baseline\",\n  \"GhostNetV1\",\n  \"ghostnetv2\",\n"
            )
            .replacingOccurrences(of: "[seeds]", with: "[resources]\nthreads = 2\njobs = 4\n[seeds]")
        #expect(try plan(text).trials.map(\.identity.id) == reference)
    }

    @Test("IDs never change")
    func goldenIDs() throws {
        let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "Golden/identities.txt")
        let lines = try plan(ghost).trials.map { "\($0.identity.id) \($0.identity.cellID) \($0.identity.readableName)" }
        let golden = try String(contentsOf: url, encoding: .utf8).split(separator: "\n").map(String.init)
        #expect(lines == golden)
    }

    /// A `[base]` and the ID of its one cell, computed by tools/golden/experiments.py.
    private struct GoldenCell: Decodable {
        var base: String
        var cellID: String
    }

    @Test("IDs of every key never change, however its value is written")
    func goldenKeys() throws {
        let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Golden/keys.json")
        let golden = try JSONDecoder().decode([GoldenCell].self, from: try Data(contentsOf: url))
        let networks = StubNetworks(
            files: ["/models/a.yaml": "rows"], weights: ["/weights/a.h5": "content", "/weights/copy.h5": "content"])
        let data = StubData(digests: ["shapes": "d1", "/data/other.yaml": "d2"])
        for cell in golden {
            let text = "schema = 1\nname = \"one\"\n[base]\n\(cell.base)\n"
            let found = try plan(text, networks: networks, data: data).cells.map(\.stored.cellID)
            #expect(found == [cell.cellID], "\(cell.base)")
        }
        // Whoever adds a key adds it to the script.
        let lines = golden.flatMap { $0.base.split(separator: "\n") }
        let words = lines.compactMap { $0.split(separator: " ").first.map(String.init) }
        let named = Set(words.compactMap { ConfigurationKey.named($0)?.name })
        #expect(named.sorted() == ConfigurationKey.all.map(\.name).filter { $0 != "seed" }.sorted())
    }

    @Test("the hashed text is what the documentation says")
    func hashedText() throws {
        let plan = try plan(
            "schema = 1\nname = \"a\"\n[base]\nepochs = 2\nbackbone = \"v2\"\nmosaic = 0\ndfc_blocks = [3, 2]\n")
        // `printf '{"configuration":{"backbone":"v2","data":"<sha256 of d1>","dfc_blocks":[2,3],"epochs":2,"mosaic":0},"schema":1,"seed":0}' | sha256sum`
        #expect(plan.trials.map(\.identity.id) == ["eb9eef729793fd45114c99dba1114d6c27c4f787c1cf7a31600bb816a2a0f6b9"])
    }

    @Test("weights to start from count by content, and arms that start from different ones are footnoted")
    func startingWeights() throws {
        func manifest(_ file: String, _ rest: String = "") -> String {
            """
            schema = 1
            name = "a"
            [base]
            weights = "\(file)"
            [matrix]
            backbone = ["v1", "v2"]
            [compare]
            baseline = { backbone = "v1" }
            \(rest)
            """
        }
        let networks = StubNetworks(weights: ["/manifests/a.h5": "1", "/elsewhere/b.h5": "1", "/manifests/c.h5": "2"])
        func ids(_ text: String) throws -> [String] { try plan(text, networks: networks).trials.map(\.identity.id) }
        // Relative to the manifest; moved and renamed; another content.
        let reference = try ids(manifest("a.h5"))
        #expect(try ids(manifest("/elsewhere/b.h5")) == reference)
        #expect(Set(try ids(manifest("c.h5"))).isDisjoint(with: reference))
        #expect(try plan(manifest("a.h5"), networks: networks).warnings.allSatisfy { !$0.message.contains("weights") })
        let mixed = try plan(
            manifest("a.h5", "[[override]]\nwhere = { backbone = \"v2\" }\nset = { weights = \"c.h5\" }\n"),
            networks: networks)
        #expect(mixed.warnings.contains { $0.message.contains("compares more than its axes: weights is") })
        // How many rows from the first is the same as all of them in a list.
        let rows = try ids(manifest("a.h5").replacingOccurrences(of: "[matrix]", with: "freeze = 2\n[matrix]"))
        let list = try ids(manifest("a.h5").replacingOccurrences(of: "[matrix]", with: "freeze = [1, 0]\n[matrix]"))
        #expect(rows == list && Set(rows).isDisjoint(with: reference))
    }

    @Test("everything that is read changes the ID, and nothing else does", arguments: ConfigurationKey.all.map(\.name))
    func eachKey(_ name: String) throws {
        let key = try #require(ConfigurationKey.named(name))
        // Here every key is read.
        let base = "schema = 1\nname = \"a\"\n[base]\nbackbone = \"v2\"\nweights = \"/a.h5\"\n"
        let values: [String: String] = [
            "data": "/data/other.yaml", "backbone": "v1", "scale": "x", "dfc": "both", "dfc_blocks": "3-4",
            "dfc_kernel": "7",
            "dfc_pool": "max", "dfc_upsample": "bilinear", "dfc_gate": "hardsigmoid", "tail": "false",
            "optimizer": "AdamW",
            "cos_lr": "true", "select": "best", "imgsz": "320", "perspective": "0.0005", "seed": "5", "lr0": "0.2",
            "val_rect": "false", "weights": "/b.h5", "strict": "true", "freeze": "1",
            "classes": "0", "single_cls": "true",
        ]
        let value = values[name] ?? (key.defaultValue == .integer(7) ? "8" : "0.3")
        let isWhole = if case .integer = key.defaultValue { true } else { false }
        let word = isWhole && values[name] == nil ? "\(name)=7" : "\(name)=\(value)"
        let data = StubData(digests: ["shapes": "d1", "/data/other.yaml": "d2"])
        let reference = try plan(base, data: data).trials.map(\.identity)
        if name == "seed" {
            let other = try plan(base + "[seeds]\nvalues = [5]\n", data: data).trials.map(\.identity)
            #expect(other.map(\.cellID) == reference.map(\.cellID))
            #expect(other.map(\.id) != reference.map(\.id))
        } else {
            let changed = try plan(base, words: [word], data: data).trials.map(\.identity)
            #expect(changed.map(\.cellID) != reference.map(\.cellID), "\(word)")
            #expect(changed.map(\.id) != reference.map(\.id), "\(word)")
        }
    }

    @Test("files and datasets count by content, not by path")
    func content() throws {
        func ids(backbone: String, data: String, digests: (String, String)) throws -> [String] {
            let text = "schema = 1\nname = \"a\"\n[base]\nbackbone = \"\(backbone)\"\ndata = \"\(data)\"\n"
            return try plan(
                text, networks: StubNetworks(files: ["/manifests/\(backbone)": digests.0]),
                data: StubData(digests: ["/manifests/\(data)": digests.1])
            ).trials.map(\.identity.id)
        }
        let reference = try ids(backbone: "a.yaml", data: "one/data.yaml", digests: ("r", "d"))
        #expect(try ids(backbone: "b.yaml", data: "two/data.yaml", digests: ("r", "d")) == reference)
        #expect(try ids(backbone: "a.yaml", data: "one/data.yaml", digests: ("r2", "d")) != reference)
        #expect(try ids(backbone: "a.yaml", data: "one/data.yaml", digests: ("r", "d2")) != reference)
    }

    @Test("one choice of classes has one identity, however it is written")
    func chosenClasses() throws {
        func ids(_ classes: String) throws -> [String] {
            try plan("schema = 1\nname = \"a\"\n[base]\n" + classes).trials.map(\.identity.id)
        }
        // The stub's classes are class0, class1 and class2.
        let chosen = try ids("classes = [0, 2]\n")
        for text in [
            "classes = [2, 0]", "classes = [\"class2\", 0, 2]", "classes = \"0+2\"", "classes = \"class0,class2\"",
        ] {
            #expect(try ids(text + "\n") == chosen, "\(text)")
        }
        let all = try ids("")
        #expect(all != chosen)
        #expect(try ids("classes = [0, 1, 2]\n") == all)
        #expect(try ids("classes = \"all\"\nsingle_cls = false\nfraction = 1.0\n") == all)
        #expect(try ids("classes = [1]\n") != chosen)
        #expect(
            complaints("schema = 1\nname = \"a\"\n[base]\nclasses = [\"class9\", 3]\n") == [
                "sweeps/test.toml:4:1: classes holds 3, but the data set has classes 0 to 2 "
                    + "(classes are counted from 0)\n"
                    + "classes holds 'class9', which is none of the data set's classes (did you mean 'class0'?)"
            ])
    }

    @Test(
        "wrong parts of data are errors",
        arguments: ["fraction = 0", "fraction = 1.5", "classes = -1", "single_cls = 2"])
    func wrongSelection(line: String) {
        let found = complaints("schema = 1\nname = \"a\"\n[base]\n\(line)\n")
        #expect(found.count == 1 && found[0].contains("expected"), "\(found)")
    }

    @Test("GhostNetV2 without DFC is GhostNetV1")
    func withoutAttention() throws {
        let head = "schema = 1\nname = \"a\"\n[base]\n"
        let v1 = try plan(head + "backbone = \"v1\"\n").trials.map(\.identity.id)
        #expect(try plan(head + "backbone = \"ghostnetv2\"\ndfc = \"none\"\n").trials.map(\.identity.id) == v1)
    }

    @Test("an include is one more cell, compared only with a baseline of its own")
    func include() throws {
        let text = ghost + "\n[[include]]\nbackbone = \"v2\"\ndfc = \"expanded\"\nscale = \"n\"\nimgsz = 160\n"
        let plan = try plan(text)
        #expect(plan.cells.count == 26)
        let cell = try #require(plan.cells.last)
        #expect(cell.configuration.imageSize == 160)
        #expect(cell.stored.label == "v2 dfc=expanded imgsz=160 n")
        #expect(plan.stored.axes == ["backbone", "dfc", "scale", "imgsz"])
        let paired = Set(plan.stored.compare?.contrasts.flatMap { $0.pairs.map(\.cellID) } ?? [])
        #expect(!paired.contains(cell.stored.cellID))
        let withBaseline = try ExperimentsTests.plan(
            text + "[[include]]\nbackbone = \"v1\"\nscale = \"n\"\nimgsz = 160\n")
        let pairs = Set(withBaseline.stored.compare?.contrasts.flatMap { $0.pairs.map(\.cellID) } ?? [])
        #expect(pairs.contains(cell.stored.cellID))
    }

    @Test("excludes take cells away and count them")
    func exclude() throws {
        let plan = try plan(ghost + "\n[[exclude]]\nbackbone = \"baseline\"\nscale = [\"l\", \"x\"]\n")
        #expect(plan.cells.count == 23)
        #expect(plan.stored.excludedCount == 2)
    }

    @Test("an override amends matching cells, and planning warns when arms no longer agree")
    func override() throws {
        let even = try plan(ghost + "\n[[override]]\nwhere = { scale = \"x\" }\nset = { epochs = 10 }\n")
        #expect(even.cells.filter { $0.configuration.epochs == 10 }.count == 5)
        #expect(even.warnings.isEmpty)
        let odd = try plan(ghost + "\n[[override]]\nwhere = { backbone = \"v2\" }\nset = { epochs = 10 }\n")
        #expect(odd.warnings.count == 3, "\(odd.warnings)")
        #expect(odd.warnings.allSatisfy { $0.message.contains("epochs is 10 in v2") })
    }

    @Test("words narrow axes and seeds, and override the base")
    func words() throws {
        let plan = try plan(ghost, words: ["scale=n,s", "seeds=0", "dfc=both", "epochs=2"])
        #expect(
            plan.cells.map(\.stored.label) == [
                "baseline n", "baseline s", "v1 n", "v1 s", "v2 dfc=both n", "v2 dfc=both s",
            ])
        #expect(plan.trials.count == 6)
        #expect(plan.cells.allSatisfy { $0.configuration.epochs == 2 })
        #expect(plan.stored.isNarrowed)
        #expect(plan.stored.narrowing == ["scale=n,s", "seeds=0", "dfc=both"])
        #expect(plan.stored.overrides == ["epochs=2"])
        #expect(
            plan.stored.leftOut == ["scale": ["m", "l", "x"], "seeds": ["1", "2"], "dfc": ["expanded", "output"]])
        let whole = Set(try ExperimentsTests.plan(ghost, words: ["epochs=2"]).trials.map(\.identity.id))
        #expect(Set(plan.trials.map(\.identity.id)).isSubset(of: whole))
    }

    @Test("a file on an axis is narrowed to by its name or its path")
    func narrowedFile() throws {
        let text = "schema = 1\nname = \"a\"\n[matrix]\nbackbone = [\"nets/one.yaml\", \"nets/two.yaml\", \"v1\"]\n"
        let networks = StubNetworks(files: ["/manifests/nets/one.yaml": "1", "/manifests/nets/two.yaml": "2"])
        for word in ["backbone=two", "backbone=/manifests/nets/two.yaml"] {
            let plan = try plan(text, words: [word], networks: networks)
            #expect(plan.cells.map(\.stored.label) == ["two"])
            #expect(plan.stored.leftOut == ["backbone": ["one", "v1"]])
        }
    }

    @Test("a training without a manifest is a sweep of one cell")
    func single() throws {
        let manifest = Manifest(
            words: ["backbone=v2", "dfc=both", "dfc_blocks=2-4,7", "seed=3", "data=sets/data.yaml"], name: "train",
            workingDirectory: "/working")
        let plan = try Plan(
            manifest, network: StubNetworks(), data: StubData(digests: ["/working/sets/data.yaml": "d"]))
        #expect(plan.trials.map(\.identity.readableName) == ["v2-n-s3"])
        #expect(plan.cells.first?.configuration.dfcBlocks == [2, 3, 4, 7])
        #expect(plan.trials.first?.configuration.seed == 3)
    }
}

/// A small generator with a seed.
struct Shuffler: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
