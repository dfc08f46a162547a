import Experiments
import Foundation
import Results
import Testing

@Suite("The reference of manifests")
struct ManifestReferenceTests {
    @Test("docs/manifest.md is what the program says; `make docs` writes it again")
    func committed() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let file = root.appendingPathComponent("docs/manifest.md")
        #expect(try String(contentsOf: file, encoding: .utf8) == ManifestReference.markdown)
    }

    @Test("the examples of all sections make one manifest without a mistake")
    func examples() throws {
        let text = (ManifestSection.all + [ManifestSection.contrast]).map(\.example).joined(separator: "\n\n")
        let plan = try plan(text)
        #expect(plan.stored.removed?.isEmpty == false)
        #expect(plan.stored.compare?.contrasts.contains { $0.name == "expanded vs output" } == true)
        #expect(plan.resources.jobs == 2)
    }

    @Test("names of checks are unique and say what they find")
    func checks() {
        let names = PlanCheck.all.map(\.name) + ResultCheck.all.map(\.name)
        #expect(Set(names).count == names.count)
        #expect((PlanCheck.all.map(\.summary) + ResultCheck.all.map(\.summary)).allSatisfy { $0.hasSuffix(".") })
    }
}
