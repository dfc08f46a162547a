import Foundation
import Results
import Testing

@Suite("A stored plan")
struct StoredPlanTests {
    @Test("Comes back from JSON, and equal plans give equal bytes")
    func roundTrip() throws {
        let plan = samplePlan()
        #expect(try StoredPlan(decoding: plan.encoded()) == plan)
        #expect(try plan.encoded() == plan.encoded())
        #expect(plan.isNarrowed)
    }

    /// Two backbones × two scales, DFC inside v2, one included cell at another size.
    private let cells: [StoredCell] = {
        var cells: [StoredCell] = []
        func add(_ arm: [String: String], _ scale: String, imgsz: String = "128") {
            let label = arm.sorted { $0.key < $1.key }.map(\.value).joined(separator: " ") + " " + scale
            cells.append(
                StoredCell(
                    cellID: digits(label + imgsz), arm: arm, within: ["scale": scale], label: label,
                    configuration: ["imgsz": imgsz, "scale": scale], datasetDigest: "", parameters: 0,
                    backboneParameters: 0, gflops: 0, gflops640: 0, gflopsU: 0, gflopsAll: 0))
        }
        for scale in ["n", "s"] {
            add(["backbone": "baseline"], scale)
            add(["backbone": "v1"], scale)
            add(["backbone": "v2", "dfc": "expanded"], scale)
            add(["backbone": "v2", "dfc": "both"], scale)
        }
        add(["backbone": "v2", "dfc": "both", "imgsz": "160"], "n", imgsz: "160")
        return cells
    }()

    private func labels(_ contrast: StoredContrast) -> [String] {
        contrast.pairs.map { pair in
            func label(_ id: String) -> String { cells.first { $0.cellID == id }?.label ?? "?" }
            return "\(label(pair.cellID)) / \(label(pair.againstCellID))"
        }
    }

    @Test("Every arm is paired with the baseline inside each scale; an included cell without its own baseline is not")
    func againstBaseline() throws {
        let contrasts = try StoredContrast.againstBaseline(
            cells: cells, baseline: ["backbone": "v1"], within: ["scale"], conditional: ["dfc"])
        #expect(contrasts.map(\.name) == ["baseline vs v1", "v2 dfc=expanded vs v1", "v2 dfc=both vs v1"])
        #expect(labels(contrasts[2]) == ["v2 both n / v1 n", "v2 both s / v1 s"])
        #expect(contrasts.allSatisfy { $0.isAgainstBaseline })
    }

    @Test("Declared contrasts agree in all other axes")
    func declared() throws {
        let contrast = try StoredContrast.declared(
            name: "expanded vs both", arm: ["dfc": "expanded"], against: ["dfc": "both"], cells: cells,
            within: ["scale"], conditional: ["dfc"])
        #expect(labels(contrast) == ["v2 expanded n / v2 both n", "v2 expanded s / v2 both s"])
        #expect(!contrast.isAgainstBaseline)
    }

    @Test("A pattern that fits several cells is an error that lists them")
    func ambiguous() throws {
        let error = #expect(throws: PairingError.self) {
            try StoredContrast.againstBaseline(
                cells: cells, baseline: ["backbone": "v2"], within: ["scale"], conditional: ["dfc"])
        }
        #expect(error?.candidates == ["v2 expanded n", "v2 both n"])
    }
}
