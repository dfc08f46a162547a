import Engine
import Models
import Testing

@Suite struct NetworkCountTests {
    @Test func everyVariantIsInTheReference() {
        #expect(NetworkGolden.variants.count == 25)
    }

    @Test(arguments: NetworkGolden.variants)
    func variantsCountAsTheReferencePrints(_ variant: NetworkGolden.Variant) throws {
        let options = variant.network == "ghostnetv2" ? ["dfc": variant.dfc] : [:]
        let network = try network(variant.network, scale: variant.scale, options: options)
        #expect(network.parameterCount == variant.parameters)
        #expect(network.gigaflops == variant.gflops)
        #expect(network.gigaflopsUltralytics == variant.gflopsUltralytics)
        #expect(network.strides == [8, 16, 32])
        #expect(network.rows.reduce(0) { $0 + $1.parameterCount } == variant.parameters)
    }

    @Test(arguments: NetworkGolden.all.counts)
    func optionsCountAsInPyTorch(_ counts: NetworkGolden.Counts) throws {
        let network = try network(
            counts.network, scale: counts.scale, nc: counts.nc, height: counts.size[0], width: counts.size[1],
            options: counts.options)
        let products = network.graph.nodes.reduce(0) {
            $0 + ($1.operation is MatrixProduct ? network.graph.cost(of: $1).productMACs : 0)
        }
        #expect(network.parameterCount == counts.parameters)
        #expect(network.multiplyAccumulates - products == counts.macs)
        #expect(network.gigaflopsUltralytics == counts.gflopsUltralytics)
    }

    @Test(arguments: [
        ("none", 5_182_508, 141_150_512), ("expanded", 6_156_908, 167_048_288), ("output", 6_130_668, 160_680_880),
        ("both", 7_105_068, 186_578_656),
    ])
    func classifiersCountAsPublished(_ dfc: String, _ parameters: Int, _ macs: Int) throws {
        let network = try network("ghostnetv2-cls", height: 224, width: 224, options: ["dfc": dfc])
        #expect(network.parameterCount == parameters)
        #expect(network.multiplyAccumulates == macs)
        #expect(network.gigaflopsUltralytics == nil)
    }

    @Test(arguments: [("3", 6.130), ("5", 6.157), ("7", 6.184), ("9", 6.211), ("9,7,5,5", 6.160)])
    func kernelsCountAsInTheAblation(_ kernel: String, _ millions: Double) throws {
        let network = try network("ghostnetv2-cls", height: 224, width: 224, options: ["dfc_kernel": kernel])
        #expect(abs(Double(network.parameterCount) / 1e6 - millions) < 0.0005)
    }

    @Test func rowsOfYOLO11nCountAsUltralyticsListsThem() throws {
        let listed = [
            0: 464, 1: 4672, 2: 6640, 3: 36992, 4: 26080, 5: 147712, 6: 87040, 7: 295424, 8: 346112, 9: 164608,
            10: 249728, 11: 0, 13: 111296, 16: 32096, 17: 36992, 19: 86720, 20: 147712, 22: 378880, 23: 464912,
        ]
        let rows = try network("baseline", scale: "n").rows
        for (row, parameters) in listed { #expect(rows[row].parameterCount == parameters, "row \(row)") }
    }

    @Test(arguments: zip(["n", "s", "m", "l", "x"], [951_136, 3_794_112, 8_704_320, 10_721_088, 24_105_696]))
    func backbonesAreCountedApart(_ scale: String, _ baseline: Int) throws {
        #expect(try network("baseline", scale: scale).backboneParameterCount == baseline)
        #expect(try network("v1", scale: scale).backboneParameterCount == 2_671_428)
        #expect(try network("v2", scale: scale).backboneParameterCount == 3_645_828)
    }

    @Test(arguments: [
        ("v1", "true", 690_612), ("v1", "false", 651_252), ("v2", "true", 961_156), ("v2", "false", 921_796),
    ])
    func halfWidthBackbonesAreCounted(_ name: String, _ tail: String, _ parameters: Int) throws {
        let network = try network(name, scale: "n", options: ["width": "0.5", "tail": tail])
        #expect(network.backboneParameterCount == parameters)
        #expect(network.rows[0].outputs.map(\.channels) == [12, 20, 56, tail == "true" ? 480 : 80])
    }

    @Test func attentionIsCountedOnlyWhereProductsAre() throws {
        // T = 400 positions at P5, two heads of 64 channels with keys of 32, one block.
        let network = try network("baseline", scale: "n")
        let products = Double(2 * 400 * 400 * (32 + 64) * 2) / 1e9
        #expect(abs(network.gigaflopsWithProducts - network.gigaflops - products) < 1e-12)
    }

    @Test func countsFollowTheImage() throws {
        let square = try network("v2", scale: "n", height: 640, width: 640)
        let half = try network("v2", scale: "n", height: 320, width: 640)
        #expect(half.parameterCount == square.parameterCount)
        // Squeeze-excite costs the same at any size: more than half remains.
        #expect(half.gigaflops > square.gigaflops / 2)
        #expect(half.gigaflops - square.gigaflops / 2 < 2 * 1_498_944 / 1e9)
    }
}
