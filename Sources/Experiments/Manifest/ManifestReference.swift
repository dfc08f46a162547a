import Results
import Training

/// The reference of manifests as Markdown, made of the catalogues that manifests are read by.
public enum ManifestReference {
    /// The whole page.
    public static var markdown: String {
        ([head] + ManifestSection.all.flatMap(section) + keys + checks).joined(separator: "\n\n") + "\n"
    }

    private static let head = """
        # Manifests

        This page is made by `ablate list manifest --format md`; a test holds it against the program.

        A manifest is a TOML file that says what a sweep trains and compares. Cells come about in this order: \
        (`[matrix]` × `[[zip]]`) → `[[when]]`, in file order → `mode` → `[[exclude]]` → `[[include]]` → `[[override]]`. \
        A *cell* is a trial without its seed, an *arm* a cell without its `within` axes. A key in two axes of one cell, an \
        unknown key or value, an axis that nothing reads and two cells that would train the same are errors; all come \
        at once, each with its place.

        Words on the command line: one that names an axis, or `seeds`, narrows it (`scale=n,s`); a value outside it is an \
        error, and cells without that key stay. Any other overrides `[base]` (`epochs=2`). Paths on the command line are \
        relative to the current folder, in a manifest to its file.
        """

    // MARK: Sections

    private static func section(_ section: ManifestSection) -> [String] {
        var parts = [
            "## \(section.heading.hasPrefix("[") ? "`\(section.heading)`" : section.heading)", section.summary,
        ]
        if !section.members.isEmpty {
            parts.append(section.members.map { "- `\($0.name)`: \($0.summary)." }.joined(separator: "\n"))
        }
        parts.append("```toml\n\(section.example)\n```")
        if section.name == ManifestSection.compare.name {
            parts += self.section(ManifestSection.contrast).map { $0.replacing("## ", with: "### ") }
        }
        return parts
    }

    // MARK: Keys

    private static var keys: [String] {
        ["## Keys", "For `[base]`, axes, patterns and the command line."]
            + ConfigurationKey.Section.allCases.filter { $0 != .replication }.flatMap { section -> [String] in
                let rows = ConfigurationKey.all.filter { $0.section == section }.map(row)
                let head = "| key | default | values | meaning |\n| --- | --- | --- | --- |"
                return ["### \(section.rawValue.prefix(1).uppercased() + section.rawValue.dropFirst())"]
                    + [([head] + rows).joined(separator: "\n")]
            }
    }

    private static func row(_ key: ConfigurationKey) -> String {
        var meaning = key.summary.prefix(1).uppercased() + key.summary.dropFirst()
        if let condition = key.readingCondition { meaning += "; read only \(condition)" }
        if !key.aliases.isEmpty {
            meaning += "; also \(key.aliases.map { "`\($0)`" }.joined(separator: ", "))"
        }
        let words = key.domain.aliases.sorted { ($0.value, $0.key) < ($1.value, $1.key) }
            .map { "`\($0.key)` = `\($0.value)`" }
        if !words.isEmpty { meaning += "; \(words.joined(separator: ", "))" }
        return "| `\(key.name)` | `\(key.defaultValue.canonicalJSON)` | \(key.domain.expected) | \(meaning) |"
    }

    // MARK: Checks

    private static var checks: [String] {
        [
            "## Checks",
            "Of every plan, before anything is trained; what they note stands under the plan and the report:",
            PlanCheck.all.map { "- `\($0.name)`: \($0.summary)" }.joined(separator: "\n"),
            "And of the results, by `ablate report`:",
            ResultCheck.all.map { "- `\($0.name)`: \($0.summary)" }.joined(separator: "\n"),
        ]
    }
}
