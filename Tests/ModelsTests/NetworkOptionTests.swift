import Engine
import Models
import Testing

@Suite struct NetworkOptionTests {
    /// What building is refused with.
    private func refusal(
        _ word: String, scale: String? = "n", height: Int = 640, width: Int = 640, options: [String: String] = [:]
    ) -> String {
        do {
            _ = try network(word, scale: scale, height: height, width: width, options: options)
            return ""
        } catch {
            return "\(error)"
        }
    }

    @Test func withoutAttentionV2IsV1() throws {
        let v1 = try network("v1", scale: "s")
        let v2 = try network("v2", scale: "s", options: ["dfc": "none"])
        #expect(v1.graph.signature == v2.graph.signature)
        #expect(v1.graph.parameters == v2.graph.parameters)
        #expect(v1.dfcPlacement == DFCPlacement.none && v2.dfcPlacement == DFCPlacement.none)
        #expect(try network("baseline", scale: "s").dfcPlacement == nil)
    }

    @Test(arguments: [
        ["dfc": "output"], ["dfc": "both"], ["dfc_blocks": "2-14"], ["dfc_kernel": "7"], ["dfc_pool": "max"],
        ["dfc_upsample": "bilinear"], ["dfc_gate": "hardsigmoid"], ["width": "0.5"], ["tail": "false"],
        ["stage_dropout": "0.2"],
    ])
    func everyOptionChangesTheGraph(_ options: [String: String]) throws {
        let plain = try network("v2", scale: "n")
        let changed = try network("v2", scale: "n", options: options)
        #expect(plain.graph.signature != changed.graph.signature)
    }

    @Test func everyOptionHasItsDefault() throws {
        let plain = try network("v2", scale: "n")
        for option in BackboneOption.all {
            let same = try network("v2", scale: "n", options: [option.name: option.defaultValue])
            #expect(plain.graph.signature == same.graph.signature, "\(option.name)")
            #expect(same.options.backbone.entries.map(\.name) == [option.name])
        }
    }

    @Test func stageDropoutStandsBehindEveryStage() throws {
        let graph = try network("v1", scale: "n", options: ["stage_dropout": "0.2"]).graph
        let dropouts = graph.nodes.filter { $0.operation is Dropout }
        #expect(dropouts.count == 10)
        #expect(dropouts.allSatisfy { ($0.operation as? Dropout)?.rate == 0.2 })
        #expect(try network("v1", scale: "n").graph.nodes.allSatisfy { !($0.operation is Dropout) })
    }

    @Test(
        arguments: [
            ("v1", ["dfc": "both"], "does not read the option dfc", "Ghostnetv2"),
            ("baseline", ["width": "0.5"], "does not read the option width", "Ghostnetv1, Ghostnetv2"),
            ("v2", ["dfc": "none", "dfc_kernel": "7"], "dfc_kernel means nothing with dfc none", nil),
            (
                "v2", ["dfc": "boht"], "dfc cannot be boht, expected one of none, expanded, output, both",
                "did you mean both?"
            ),
            ("v2", ["dfc_kernel": "4"], "dfc_kernel cannot be 4, expected an odd size", nil),
            ("v2", ["dfc_kernel": "5,5,5"], "dfc_kernel cannot be 5,5,5", "four"),
            ("v2", ["dfc_blocks": "2-16"], "dfc_blocks cannot be 2-16", "s4,s5"),
            ("v2", ["dfc_blocks": "5-2"], "dfc_blocks cannot be 5-2", nil),
            ("v2", ["dfc_pool": "mean"], "dfc_pool cannot be mean, expected one of avg, max", nil),
            ("v2", ["width": "0"], "width cannot be 0, expected a number above 0", nil),
            ("v2", ["tail": "yes"], "tail cannot be yes, expected true or false", nil),
            ("v2", ["stage_dropout": "1"], "stage_dropout cannot be 1", "below 1"),
            ("v2", ["dfc_gates": "sigmoid"], "dfc_gates is no option", "did you mean dfc_gate?"),
        ] as [(String, [String: String], String, String?)])
    func optionsThatDoNotFitAreRefused(
        _ word: String, _ options: [String: String], _ message: String, _ detail: String?
    ) {
        let refusal = refusal(word, options: options)
        #expect(refusal.contains(message))
        if let detail { #expect(refusal.contains(detail)) }
    }

    @Test func sidesAreMultiplesOf32() {
        let refusal = refusal("baseline", height: 100, width: 31)
        #expect(refusal.contains("the image height is 100, expected a multiple of 32 such as 96 or 128"))
        #expect(refusal.contains("the image width is 31, expected a multiple of 32 such as 32"))
    }

    @Test func imagesTooSmallForAttentionAreRefusedWithTheSmallestSize() throws {
        #expect(refusal("v2", height: 32, width: 640).contains("it needs images of at least 64 px a side"))
        #expect(refusal("ghostnetv2-cls", scale: nil, height: 32, width: 32).contains("at least 33 px a side"))
        #expect(throws: Never.self) { try network("v2", scale: "n", height: 64, width: 64) }
        #expect(throws: Never.self) { try network("ghostnetv2-cls", height: 33, width: 33) }
        #expect(throws: Never.self) { try network("v1", scale: "n", height: 32, width: 32) }
        // Early blocks see larger maps.
        #expect(throws: Never.self) {
            try network("v2", scale: "n", height: 32, width: 32, options: ["dfc_blocks": "2-4"])
        }
    }

    @Test func rowsMaySetOptionsAndCallersOverrideThem() throws {
        let yaml = """
            nc: 10
            row_names: False
            backbone:
              - [-1, 1, Ghostnetv2, [{dfc: both, dfc_kernel: [9, 7, 5, 5], tail: False, width: 0.5}]]
            head:
              - [-1, 1, GhostClassifier, [nc]]
            """
        let description = try ModelDescription(yaml: yaml, file: "mine.yaml")
        var options = ModelOptions(imageHeight: 64, imageWidth: 64)
        let own = try Network(description: description, options: options)
        let same = try network(
            "ghostnetv2-cls", nc: 10, height: 64, width: 64,
            options: ["dfc": "both", "dfc_kernel": "9,7,5,5", "tail": "false", "width": "0.5"])
        #expect(own.graph.signature == same.graph.signature)
        #expect(own.dfcPlacement == .both)
        options.backbone.dfc = .output
        options.backbone.width = 1
        let overridden = try Network(description: description, options: options)
        let expected = try network(
            "ghostnetv2-cls", nc: 10, height: 64, width: 64,
            options: ["dfc": "output", "dfc_kernel": "9,7,5,5", "tail": "false"])
        #expect(overridden.graph.signature == expected.graph.signature)
        #expect(overridden.dfcPlacement == .output)
    }

    @Test func misspeltOptionsInRowsHaveAPlace() {
        let yaml = "backbone:\n  - [-1, 1, Ghostnetv2, [{dfc: bth}]]\nhead:\n  - [-1, 1, GhostClassifier, [nc]]\n"
        let error = #expect(throws: ModelError.self) { try ModelDescription(yaml: yaml, file: "mine.yaml") }
        #expect(error?.description.hasPrefix("mine.yaml:2:32: dfc cannot be bth") == true)
    }

    @Test(arguments: [("2-15", "2-15"), ("15, 2-4,3", "2-4,15"), ("s4,s5", "5-15"), ("7", "7"), ("0-1", "0-1")])
    func blocksHaveOneSpelling(_ text: String, _ canonical: String) {
        #expect(DFCBlocks(text)?.description == canonical)
    }

    @Test func firstValuesAreUltralytics() throws {
        let network = try network("v2", scale: "n", nc: 80, height: 320, width: 320)
        func initialization(_ name: String) -> Parameter.Initialization? {
            network.graph.parameters.first { $0.name == name }?.initialization
        }
        #expect(initialization("model.15.cv2.1.2.bias") == .constant(1))
        for (level, bias) in [Float(-11.537), -10.150, -8.764].enumerated() {
            guard case .constant(let value) = initialization("model.15.cv3.\(level).2.bias") else {
                Issue.record("level \(level) has no constant")
                continue
            }
            #expect(abs(value - bias) < 1e-3)
        }
        #expect(initialization("model.15.dfl.conv.weight") == .ramp)
        #expect(initialization("model.0.bn1.running_var") == .constant(0.9))
        #expect(initialization("model.0.conv_stem.weight") == .uniform(bound: 1 / Float(27).squareRoot()))
        #expect(initialization("model.0.blocks.3.0.se.conv_reduce.bias") == .uniform(bound: 1 / Float(72).squareRoot()))
        let norms = network.graph.nodes.compactMap { ($0.operation as? Convolution)?.normalization }
        #expect(norms.allSatisfy { $0.epsilon == 1e-3 && $0.momentum == 0.03 })
    }
}
