import Foundation
import Models
import Testing
import Training

@Suite("The catalogue of keys")
struct ConfigurationTests {
    @Test("names and aliases are unique, and summaries are there")
    func names() {
        let names = ConfigurationKey.all.flatMap { [$0.name] + $0.aliases }
        #expect(Set(names).count == names.count)
        #expect(ConfigurationKey.all.allSatisfy { !$0.summary.isEmpty && !$0.domain.expected.isEmpty })
    }

    @Test("defaults never change without a schema bump: old IDs leave them out")
    func introductionDefaults() throws {
        let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "Golden/defaults.txt")
        let golden = try String(contentsOf: url, encoding: .utf8).split(separator: "\n").map(String.init)
        let current = ConfigurationKey.all.map { "\($0.name) = \($0.defaultValue.canonicalJSON)" }
        // New keys may be added at will; what is in the file stays.
        for line in golden { #expect(current.contains(line), "\(line)") }
        #expect(current.count >= golden.count)
    }

    @Test("each key accepts its default and writes what it reads", arguments: ConfigurationKey.all.map(\.name))
    func roundTrip(_ name: String) throws {
        let key = try #require(ConfigurationKey.named(name))
        var configuration = TrainingConfiguration()
        try key.write(key.defaultValue, to: &configuration)
        #expect(configuration == TrainingConfiguration())
        #expect(try key.domain.resolve(key.defaultValue) == key.defaultValue)
    }

    @Test(
        "values come from words in every spelling",
        arguments: [
            ("lr0", "1e-2", "0.01"), ("epochs", "20", "20"), ("epochs", "2e1", "20"), ("tail", "false", "false"),
            ("backbone", "GhostNetV2", "v2"), ("dfc", "capacity", "output"), ("dfc_blocks", "4-6,2", "2+4+5+6"),
            ("dfc_blocks", "all", "0+1+2+3+4+5+6+7+8+9+10+11+12+13+14+15"), ("optimizer", "adamw", "AdamW"),
            ("warmup_epochs", "3", "3"), ("dfc_kernel", "9,7,5,5", "9+7+5+5"), ("dfc_kernel", "9+7+5+5", "9+7+5+5"),
            ("dfc_kernel", "7,7,7,7", "7"),
        ])
    func words(_ name: String, _ word: String, _ text: String) throws {
        let key = try #require(ConfigurationKey.named(name))
        #expect(try key.domain.resolve(key.domain.value(of: word)).description == text)
    }

    @Test(
        "what does not fit is refused with what was expected",
        arguments: [
            ("imgsz", "100", "a multiple of 32 from 32 to 8192"),
            ("dfc_kernel", "6", "an odd whole number from 1 to 31, or a list of 4"), ("dfc_kernel", "9,7,5", "an odd"),
            ("lr0", "0", "a number from 0 to 10, 0 excluded"), ("lr0", "inf", "a number from 0 to 10, 0 excluded"),
            ("flipud", "1.1", "a number from 0 to 1"), ("tail", "yes", "true or false"),
            ("dfc_blocks", "16", "a list of block indices"), ("dfc_blocks", "5-3", "a list of block indices"),
            ("dfc_blocks", "", "a list of block indices"), ("scale", "xl", "one of n, s, m, l, x"),
            ("data", "", "the name of"),
        ])
    func refusals(_ name: String, _ word: String, _ expected: String) throws {
        let key = try #require(ConfigurationKey.named(name))
        let mismatch = #expect(throws: ConfigurationMismatch.self) {
            try key.domain.resolve(key.domain.value(of: word))
        }
        #expect(mismatch?.expected.hasPrefix(expected) == true, "\(String(describing: mismatch))")
    }

    @Test("canonical JSON leaves out defaults and what is not read, and sorts its keys")
    func canonical() {
        var configuration = TrainingConfiguration()
        #expect(configuration.canonicalJSON() == "{}")
        configuration.epochs = 3
        configuration.dfcKernel = DFCKernel(size: 7)
        configuration.augmentScale = 0.25
        configuration.seed = 9
        #expect(configuration.canonicalJSON() == #"{"augment_scale":0.25,"epochs":3}"#)
        configuration.backbone = .ghostNetV2
        #expect(configuration.canonicalJSON() == #"{"augment_scale":0.25,"backbone":"v2","dfc_kernel":7,"epochs":3}"#)
        configuration.dfc = .none
        #expect(configuration.canonicalJSON() == #"{"augment_scale":0.25,"backbone":"v1","epochs":3}"#)
        configuration.backbone = .file("/a \"b\"/net.yaml")
        #expect(configuration.canonicalJSON() == #"{"augment_scale":0.25,"backbone":"/a \"b\"/net.yaml","epochs":3}"#)
        #expect(
            configuration.canonicalJSON(replacing: ["backbone": "abc", "data": "d"])
                == #"{"augment_scale":0.25,"backbone":"abc","data":"d","epochs":3}"#)
    }

    @Test("args.toml says everything that is read")
    func toml() {
        var configuration = TrainingConfiguration()
        configuration.seed = 4
        let text = configuration.toml
        #expect(text.hasPrefix("# data\ndata = \"shapes\"\nimgsz = 640\n"))
        #expect(text.hasSuffix("seed = 4\n"))
        #expect(!text.contains("dfc"))
        configuration.backbone = .ghostNetV2
        #expect(configuration.toml.contains("\ndfc_blocks = [2,3,4,5,6,7,8,9,10,11,12,13,14,15]\n"))
    }

    @Test("an unknown key in JSON is an error")
    func unknownKey() {
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(TrainingConfiguration.self, from: Data(#"{"epoch":3}"#.utf8))
        }
    }

    @Test(
        "the nearest spelling is the one that was meant",
        arguments: [
            ("epcohs", "epochs"), ("batchsize", "batch"), ("learning", nil), ("lr", "lr0"), ("Imgsz", "imgsz"),
            ("mosiac", "mosaic"),
            ("x", nil), ("", nil),
        ] as [(String, String?)])
    func spelling(_ word: String, _ meant: String?) {
        let names = ["epochs", "batch", "lr0", "lrf", "imgsz", "mosaic", "box"]
        #expect(Spelling.nearest(to: word, among: names) == meant)
    }
}
