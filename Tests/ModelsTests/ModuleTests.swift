import Engine
import Models
import Testing

@Suite struct ModuleTests {
    /// A row of each module behind a stem of 64 channels, and the shape that it leads to.
    static let rows: [String: (row: String, shape: Shape)] = [
        "Conv": ("[-1, 1, Conv, [32, [1, 5], 1, [0, 2]]]", Shape(height: 32, width: 48, channels: 32)),
        "DWConv": ("[-1, 1, DWConv, [128, 3, 2]]", Shape(height: 16, width: 24, channels: 128)),
        "C3k2": ("[-1, 2, C3k2, [48, True, 0.5, 2, False]]", Shape(height: 32, width: 48, channels: 48)),
        "C3k": ("[-1, 2, C3k, [48, 1]]", Shape(height: 32, width: 48, channels: 48)),
        "Bottleneck": ("[-1, 3, Bottleneck, [64]]", Shape(height: 32, width: 48, channels: 64)),
        "SPPF": ("[-1, 1, SPPF, [80, 9]]", Shape(height: 32, width: 48, channels: 80)),
        "C2PSA": ("[-1, 2, C2PSA, [64, 1.0]]", Shape(height: 32, width: 48, channels: 64)),
        "nn.Upsample": ("[-1, 1, nn.Upsample, [None, 2, bilinear]]", Shape(height: 64, width: 96, channels: 64)),
        "Concat": ("[[-1, 0, -1], 1, Concat, [1]]", Shape(height: 32, width: 48, channels: 192)),
        "Detect": ("[[-1], 1, Detect, [nc]]", Shape(height: 32, width: 48, channels: 71)),
        "Ghostnetv1": ("[-1, 1, Ghostnetv1, []]", Shape(height: 1, width: 2, channels: 960)),
        "Ghostnetv2": ("[-1, 1, Ghostnetv2, [{dfc_blocks: 2-4}]]", Shape(height: 1, width: 2, channels: 960)),
        "GhostClassifier": ("[-1, 1, GhostClassifier, [nc, 32, 0]]", Shape(height: 1, width: 1, channels: 7)),
    ]

    @Test(arguments: Module.all.map(\.name))
    func everyModuleCanBeARow(_ name: String) throws {
        let (row, shape) = try #require(Self.rows[name], "no row is listed for \(name)")
        let yaml = "nc: 7\nbackbone:\n  - [-1, 1, Conv, [64, 3, 2]]\nhead:\n  - \(row)\n"
        let network = try Network(
            description: try ModelDescription(yaml: yaml, file: "one.yaml"),
            options: ModelOptions(imageHeight: 64, imageWidth: 96))
        #expect(network.graph.outputs.last?.shape == shape)
        #expect(network.rows[1].outputs.last == shape)
        #expect(network.graph.parameters.allSatisfy { $0.name.hasPrefix("model.") })
    }

    @Test func namesAndAliasesAreUnique() {
        let words = Module.all.flatMap { [$0.name] + $0.aliases }
        #expect(Set(words).count == words.count)
        for word in words { #expect(Module.named(word) != nil) }
        #expect(Module.all.allSatisfy { !$0.summary.isEmpty })
    }

    @Test func repeatsAreChainedOrTakenInside() throws {
        let yaml = "backbone:\n  - [-1, 3, Conv, [16]]\nhead:\n  - [-1, 2, C3k2, [16]]\n"
        let network = try Network(description: try ModelDescription(yaml: yaml, file: "chain.yaml"))
        let names = Set(network.graph.parameters.map(\.name))
        #expect(
            names.isSuperset(of: ["model.0.0.conv.weight", "model.0.2.conv.weight", "model.1.m.1.cv2.conv.weight"]))
        #expect(!names.contains("model.0.3.conv.weight") && !names.contains("model.1.m.2.cv1.conv.weight"))
    }

    @Test(arguments: BundledNetwork.all.map(\.file))
    func bundledNetworksHaveTheirAliases(_ file: String) throws {
        let network = try #require(BundledNetwork.all.first { $0.file == file })
        let description = try network.description()
        #expect(description == (try ModelDescription.load(file)))
        for alias in network.aliases { #expect(try ModelDescription.load(alias) == description) }
    }

    @Test func wordsAndNumbersAreSpeltAsInPython() throws {
        let quoted = "backbone:\n  - [-1, 1, Conv, ['16', 3, \"1\", 'None']]\nhead:\n  - [-1, 2, C3k2, [16, 'False']]\n"
        let plain = "backbone:\n  - [-1, 1, Conv, [16, 3, 1, None]]\nhead:\n  - [-1, 2, C3k2, [16, False]]\n"
        #expect(
            try ModelDescription(yaml: quoted, file: "a.yaml").canonicalText
                == ModelDescription(yaml: plain, file: "a.yaml").canonicalText)
    }
}
