/// One thing that may stand at the top of a manifest: the catalogue behind reading, messages and the reference.
public struct ManifestSection: Sendable {
    /// How it is written.
    public enum Form: Sendable {
        /// `name = value`.
        case value
        /// `[name]`, once.
        case table
        /// `[[name]]`, as often as one likes.
        case tables
    }

    /// A name inside the section that is no key of a training.
    public struct Member: Sendable {
        public var name: String
        public var summary: String

        init(_ name: String, _ summary: String) {
            self.name = name
            self.summary = summary
        }
    }

    public let name: String
    public let form: Form
    /// What it does, in sentences.
    public let summary: String
    /// The names that it takes; empty where it takes the keys of a training.
    public let members: [Member]
    /// Lines that can stand in a manifest as they are.
    public let example: String

    /// `name`, `[name]` or `[[name]]`.
    public var heading: String {
        switch form {
        case .value: name
        case .table: "[\(name)]"
        case .tables: "[[\(name)]]"
        }
    }

    /// Every section, in the order in which a manifest is best written.
    public static let all = [
        schema, name, mode, base, matrix, zip, when, exclude, include, override, seeds, compare, resources,
    ]

    static let schema = ManifestSection(
        name: "schema", form: .value, summary: "The version of this format, which is 1. Required.", members: [],
        example: "schema = 1")

    static let name = ManifestSection(
        name: "name", form: .value,
        summary: "The sweep's name, and its folder under `results/`: letters, digits, `.`, `_` and `-`. Required.",
        members: [], example: "name = \"ghost\"")

    static let mode = ManifestSection(
        name: "mode", form: .value,
        summary: """
            Which cells of the product are kept. An axis is a key of `[matrix]`, a whole `[[zip]]`, or a key of a \
            `[[when]]`. The two modes besides `grid` count in how many axes a cell differs from the baseline of \
            `[compare]`; they need one. An axis that the baseline does not name has the value of `[base]` there. Axes \
            of `within` are always taken whole, and an axis of a `[[when]]` that the baseline does not have belongs \
            to the step that brought it in. With `leave-one-out`, each cell that lacks one step is also held against \
            the one that has them all.
            """,
        members: Manifest.Mode.allCases.map { Member($0.rawValue, $0.summary) }, example: "mode = \"one-at-a-time\"")

    static let base = ManifestSection(
        name: "base", form: .table,
        summary: """
            One complete configuration, under Ultralytics' names; every cell is a difference to it, and what is not \
            said has its default.
            """,
        members: [], example: "[base]\ndata = \"shapes\"\nepochs = 20\nimgsz = 128")

    static let matrix = ManifestSection(
        name: "matrix", form: .table,
        summary: "Axes: each key has a list of values, and the cells are all combinations.", members: [],
        example: "[matrix]\nbackbone = [\"baseline\", \"v1\", \"v2\"]")

    static let zip = ManifestSection(
        name: "zip", form: .tables,
        summary: "One axis that moves several keys together: lists of one length.", members: [],
        example: "[[zip]]\nscale = [\"n\", \"s\", \"m\"]\nbatch = [16, 16, 8]")

    static let when = ManifestSection(
        name: "when", form: .tables,
        summary: "Axes that exist only in the cells that a pattern fits; in file order.",
        members: [
            Member("if", "the pattern: keys with a value, or a list that means any of"),
            Member("matrix", "the axes, as in `[matrix]`"),
        ],
        example: "[[when]]\nif = { backbone = \"v2\" }\nmatrix = { dfc = [\"expanded\", \"output\", \"both\"] }")

    static let exclude = ManifestSection(
        name: "exclude", form: .tables,
        summary: "A pattern of cells that are not trained; a list means any of.", members: [],
        example: "[[exclude]]\nbackbone = \"baseline\"\nscale = [\"s\", \"m\"]")

    static let include = ManifestSection(
        name: "include", form: .tables,
        summary: """
            One more cell, made of `[base]` and these keys; it never amends another. It is compared only where its own \
            baseline cell exists.
            """,
        members: [],
        example: "[[include]]\nbackbone = \"v2\"\ndfc = \"expanded\"\nscale = \"n\"\nimgsz = 160")

    static let override = ManifestSection(
        name: "override", form: .tables,
        summary: "Amends the cells that a pattern fits; it cannot move an axis.",
        members: [Member("where", "the pattern"), Member("set", "keys with their new values")],
        example: "[[override]]\nwhere = { scale = \"m\" }\nset = { epochs = 10 }")

    static let seeds = ManifestSection(
        name: "seeds", form: .table,
        summary: "The seeds, the same in every arm, so that differences are paired. Without it, seed 0.",
        members: [Member("values", "whole numbers from 0")], example: "[seeds]\nvalues = [0, 1, 2]")

    static let compare = ManifestSection(
        name: "compare", form: .table,
        summary: "What makes it an ablation: every arm is held against the baseline, seed by seed.",
        members: [
            Member("baseline", "keys with the values of the baseline arm. Required"),
            Member("within", "axes inside which cells are paired before they are pooled"),
            Member("primary", "the metric that decides; `mAP50-95` unless something else is said"),
            Member("margin", "the largest difference that does not matter, between 0 and 1: tests equivalence"),
            Member("correction", "`holm` (unless something else is said) or `none`"),
            Member("contrast", "`[[compare.contrast]]`: further questions"),
        ],
        example: """
            [compare]
            baseline = { backbone = "v1" }
            within = ["scale"]
            primary = "mAP50-95"
            margin = 0.005
            correction = "holm"
            """)

    /// `[[compare.contrast]]`, which is a member of `[compare]`.
    public static let contrast = ManifestSection(
        name: "compare.contrast", form: .tables,
        summary: "One more question: two arms held against each other in the cells that agree in everything else.",
        members: [
            Member("name", "what tables call it"), Member("arm", "keys with values"),
            Member("against", "keys with values"),
        ],
        example: """
            [[compare.contrast]]
            name = "expanded vs output"
            arm = { dfc = "expanded" }
            against = { dfc = "output" }
            """)

    static let resources = ManifestSection(
        name: "resources", form: .table,
        summary: """
            How trainings share the machine; never part of a trial's identity. Without it `run` measures whether \
            several trainings of one thread each or one training of several threads is faster here, within the memory \
            there is.
            """,
        members: [Member("threads", "threads of one training"), Member("jobs", "trainings at a time")],
        example: "[resources]\nthreads = 1\njobs = 2")
}
