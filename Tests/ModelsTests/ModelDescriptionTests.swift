import Engine
import Foundation
import Models
import Testing

@Suite struct ModelDescriptionTests {
    /// A small detector whose rows a test can change.
    static let small = """
        nc: 3
        scales:
          n: [0.50, 0.25, 1024]
          m: [0.50, 1.00, 512]
        backbone:
          - [-1, 1, Conv, [64, 3, 2]]
          - [-1, 1, Conv, [128, 3, 2]]
          - [-1, 1, Conv, [256, 3, 2]]
          - [-1, 2, C3k2, [256, False, 0.25]]
        head:
          - [[3], 1, Detect, [nc]]
        """

    /// What a description with `old` replaced by `new` is refused with.
    private func problems(_ old: String, _ new: String, scale: String = "n") -> [String] {
        let yaml = Self.small.replacingOccurrences(of: old, with: new)
        do throws(ModelError) {
            let description = try ModelDescription(yaml: yaml, file: "my.yaml")
            _ = try Network(description: description, options: ModelOptions(scale: scale))
            return []
        } catch {
            return error.problems.map(\.description)
        }
    }

    @Test func theSmallDetectorIsFine() {
        #expect(problems("nc: 3", "nc: 3").isEmpty)
    }

    @Test(arguments: [
        ("Conv, [64", "Cnov, [64", "my.yaml:6:13: there is no module Cnov", "did you mean Conv?"),
        ("backbone:", "backbon:", "my.yaml:5:1: unknown key backbon", "did you mean backbone?"),
        ("- [-1, 1, Conv, [64, 3, 2]]", "- [-1, 1, Conv]", "my.yaml:6:5: expected a row", "not 3"),
        ("[64, 3, 2]", "[64, 3, 2, None, 1, 9]", "my.yaml:6:39: Conv takes at most 5 arguments", "kernel=1"),
        ("[64, 3, 2]", "[sixty, 3, 2]", "my.yaml:6:20: the argument channels of Conv is sixty", "whole number"),
        ("[64, 3, 2]", "[]", "my.yaml:6:19: Conv lacks the argument channels", nil),
        ("False, 0.25", "no, 0.25", "my.yaml:9:25: the argument c3k of C3k2 is no", "True or False"),
        ("- [-1, 2, C3k2", "- [-1, 0, C3k2", "my.yaml:9:10: the number of repeats is 0", "from 1 to 1048576"),
        ("- [-1, 2, C3k2", "- [last, 2, C3k2", "my.yaml:9:6: from is last", "such as -1"),
        ("[[3], 1", "[[7], 1", "my.yaml:11:5: layer 7 does not exist: this row is layer 4", "0 to 3"),
        ("[[3], 1", "[[-9], 1", "my.yaml:11:5: layer -9 does not exist", nil),
        ("[[3], 1, Detect", "[[3], 2, Detect", "my.yaml:11:22: Detect cannot be repeated", nil),
        ("[-1, 2, C3k2", "[[-1, 1], 2, C3k2", "my.yaml:9:5: C3k2 reads one layer", nil),
        ("nc: 3", "nc: -3", "my.yaml:1:5: nc is -3", "from 1 to 1048576"),
        ("nc: 3", "nc: 3\nnc: 4", "my.yaml:1:1: the key nc stands here twice", nil),
        ("[0.50, 0.25, 1024]", "[0.50, 0.25]", "my.yaml:3:6: expected [depth, width", "scale n"),
        ("[0.50, 0.25, 1024]", "[0.50, wide, 1024]", "my.yaml:3:13: the width of scale n is wide", nil),
        ("[64, 3, 2]", "[64, 3, 2, {dfc: both}]", "Conv reads no option dfc", nil),
        ("nc: 3", "nc: [3", "my.yaml:", "this is not YAML"),
        ("[64, 3, 2]", "[64, 3, 2, None, 5]", "my.yaml:6:5: Conv: model.0.conv: 5 groups do not divide", nil),
        ("[256, False, 0.25]]", "[256, False, 0.25]]\n  - [[0, 1], 1, Concat, [1]]", "my.yaml:10:5: Concat:", "cannot"),
    ])
    func whatIsWrongIsNamedWithItsPlace(_ old: String, _ new: String, _ message: String, _ detail: String?) throws {
        let found = problems(old, new)
        let match = try #require(found.first { $0.contains(message) }, "\(found)")
        if let detail { #expect(match.contains(detail)) }
    }

    @Test func allProblemsAreReportedAtOnce() {
        let yaml = Self.small.replacingOccurrences(of: "Conv", with: "Cnov").replacingOccurrences(
            of: "nc: 3", with: "nc: x")
        let error = #expect(throws: ModelError.self) { try ModelDescription(yaml: yaml, file: "my.yaml") }
        #expect(error?.problems.count == 4)
    }

    @Test func theEmptyPlaceBeforeABackboneCannotBeRead() throws {
        let yaml = """
            backbone:
              - [-1, 1, Ghostnetv1, []]
            head:
              - [[0, 1], 1, Concat, [1]]
            """
        let description = try ModelDescription(yaml: yaml, file: "gap.yaml")
        let error = #expect(throws: ModelError.self) { try Network(description: description) }
        #expect(error?.description.hasPrefix("gap.yaml:4:5: layer 0 holds no map") == true)
    }

    @Test func aMissingScaleNamesTheChoices() throws {
        for file in ["baseline", "v1", "v2"] {
            let error = #expect(throws: ModelError.self) { try network(file) }
            #expect(error?.description.contains("one of n, s, m, l, x") == true)
        }
        let unknown = #expect(throws: ModelError.self) { try network("baseline", scale: "q") }
        #expect(unknown?.description.contains("expected one of n, s, m, l, x") == true)
        let useless = #expect(throws: ModelError.self) {
            try network("ghostnetv1-cls", scale: "n", height: 224, width: 224)
        }
        #expect(useless?.description.contains("has no scales") == true)
    }

    @Test(arguments: [
        ("yolo11n.yaml", "n", "yolo11n"), ("yolo11x", "x", "yolo11x"),
        ("YOLO11s-GhostNetV1.yaml", "s", "yolo11s-ghostnetv1"),
        ("yolo11m-ghostnetv2.yml", "m", "yolo11m-ghostnetv2"),
    ])
    func namesMayCarryTheScale(_ word: String, _ scale: String, _ name: String) throws {
        let network = try network(word)
        #expect(network.scale.name == scale)
        #expect(network.name == name)
    }

    @Test func aScaleThatContradictsTheNameIsAnError() {
        #expect(throws: ModelError.self) { try network("yolo11n.yaml", scale: "s") }
        #expect(throws: Never.self) { try network("yolo11n.yaml", scale: "n") }
    }

    @Test func unknownNetworksAreRefusedWithTheNearest() {
        let error = #expect(throws: ModelError.self) { try ModelDescription.load("ghostnetv3") }
        #expect(error?.description.contains("did you mean ghostnetv") == true)
        let dialect = #expect(throws: ModelError.self) { try ModelDescription.load("yolov11n.yaml") }
        #expect(dialect?.description.contains("did you mean yolo11?") == true)
        #expect(throws: ModelError.self) { try ModelDescription.load("nowhere/yolo11.yaml") }
    }

    @Test func filesAreFoundWithAndWithoutTheirLetter() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "models-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Self.small.write(to: folder.appending(path: "yolo11-mine.yaml"), atomically: true, encoding: .utf8)
        let direct = try ModelDescription.load("yolo11-mine.yaml", relativeTo: folder.path)
        #expect(direct.impliedScale == nil)
        let scaled = try ModelDescription.load("yolo11m-mine.yaml", relativeTo: folder.path)
        #expect(scaled.impliedScale == "m")
        #expect(scaled.canonicalText == direct.canonicalText)
        #expect(try Network(description: scaled).name == "yolo11m-mine")
    }

    @Test func canonicalTextIgnoresCommentsAndLayout() throws {
        let plain = try ModelDescription(yaml: Self.small, file: "a.yaml")
        let yaml = Self.small.replacingOccurrences(of: "head:", with: "\n# the head\nhead:")
            .replacingOccurrences(of: "[-1, 1, Conv, [64, 3, 2]]", with: "[ -1,1,Conv,[64,3,2] ]   # stem")
        #expect(try ModelDescription(yaml: yaml, file: "b.yaml").canonicalText == plain.canonicalText)
        let other = Self.small.replacingOccurrences(of: "[64, 3, 2]", with: "[48, 3, 2]")
        #expect(try ModelDescription(yaml: other, file: "a.yaml").canonicalText != plain.canonicalText)
    }

    @Test func multiplesScaleAFileWithoutScales() throws {
        let yaml = Self.small.replacingOccurrences(
            of: "scales:\n  n: [0.50, 0.25, 1024]\n  m: [0.50, 1.00, 512]",
            with: "depth_multiple: 0.50\nwidth_multiple: 0.25")
        let fixed = try Network(description: try ModelDescription(yaml: yaml, file: "fixed.yaml"))
        let scaled = try Network(
            description: try ModelDescription(yaml: Self.small, file: "small.yaml"), options: ModelOptions(scale: "n"))
        #expect(fixed.graph.signature == scaled.graph.signature)
    }
}
