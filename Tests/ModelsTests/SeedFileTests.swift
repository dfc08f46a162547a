import Engine
import Foundation
import Models
import Testing

/// The network files that the project began with.
@Suite struct SeedFileTests {
    @Test(arguments: ["n", "s", "m", "l", "x"], [1, 2])
    func theSeedsFilesGiveTheBundledNetworks(_ scale: String, _ version: Int) throws {
        let path = NetworkGolden.folder.appending(path: "yolo11-GhostNetV\(version).yaml").path
        let seed = try network(path, scale: scale)
        let bundled = try network("v\(version)", scale: scale)
        #expect(seed.graph.signature == bundled.graph.signature)
        #expect(seed.graph.parameters.map(\.name) == bundled.graph.parameters.map(\.name))
        let variant = NetworkGolden.variants.first {
            $0.scale == scale && $0.network == "ghostnetv\(version)" && ["none", "expanded"].contains($0.dfc)
        }
        #expect(seed.parameterCount == variant?.parameters)
        #expect(seed.description.canonicalText == bundled.description.canonicalText)
    }

    @Test(arguments: [1, 2])
    func withoutAScaleTheChoicesAreNamed(_ version: Int) throws {
        let path = NetworkGolden.folder.appending(path: "yolo11-GhostNetV\(version).yaml").path
        let error = #expect(throws: ModelError.self) { try network(path) }
        #expect(error?.description.contains("one of n, s, m, l, x") == true)
        let scaled = NetworkGolden.folder.appending(path: "yolo11s-GhostNetV\(version).yaml").path
        #expect(try network(scaled).name == "yolo11s-GhostNetV\(version)")
    }

    @Test func theBackboneFillsFiveLayers() throws {
        let path = NetworkGolden.folder.appending(path: "yolo11-GhostNetV2.yaml").path
        let rows = try network(path, scale: "n").rows
        #expect(rows[0].layers == 0..<5)
        #expect(rows[0].outputs.map(\.channels) == [24, 40, 112, 960])
        #expect(rows[0].outputs.map(\.height) == [160, 80, 40, 20])
        #expect(rows[1].layers == 5..<6)
        #expect(rows[15].layers == 19..<20)
    }
}
