import Foundation
import HDF5
import Testing

@Suite("A file written by h5py")
struct GoldenFileTests {
    let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Golden/h5py.h5")

    @Test("Attributes of every kind")
    func attributes() throws {
        let attributes = try HDF5File.read(url) { try $0.attributes() }
        #expect(
            attributes == [
                "backbone": "ghostnetv2", "dfc": "", "unicode": "größe λ", "nc": 3, "width": 1.0, "lr": 0.01,
                "single": 0.5, "flag": 1, "bytes": "fixed", "sizes": .ints([8, 16, 32]),
                "gains": .doubles([7.5, 0.5, 1.5]), "names": .strings(["red", "white", "platelets"]),
                "nothing": .doubles([]),
            ])
        let file = try HDF5File(reading: url)
        #expect(try file.attribute("nc")?.int == 3)
        #expect(try file.attribute("nc")?.double == 3)
        #expect(try file.attribute("nowhere") == nil)
        #expect(try file.attribute("layout", of: "weights/model.0.conv.weight") == "OIHW")
    }

    @Test("Arrays of every kind")
    func arrays() throws {
        let file = try HDF5File(reading: url)
        let weight = try file.read(Float.self, from: "weights/model.0.conv.weight")
        #expect(weight.dimensions == [2, 3, 2, 2])
        #expect(weight.values == (0..<24).map { Float($0) / 8 })
        let counter = try file.read(Int64.self, from: "weights/model.0.bn.num_batches_tracked")
        #expect(counter == HDF5Array(dimensions: [], values: [7]))
        let pixels = try file.read(UInt8.self, from: "pixels")
        #expect(pixels == HDF5Array(dimensions: [3, 4], values: Array(0..<12)))
        #expect(try file.read(Float.self, from: "half").values == [0.5, 1.5])
        #expect(try file.read(Double.self, from: "big-endian").values == [1, -2])
        #expect(try file.read(Int32.self, from: "counts").values == [1, -2, 3, -4])
        #expect(try file.read(Double.self, from: "counts").values == [1, -2, 3, -4])
        #expect(try file.read(Float.self, from: "empty").dimensions == [0, 4])
        #expect(try file.readStrings(from: "text") == ["a", "bc", ""])
        #expect(try file.readStrings(from: "fixed") == ["one", "three"])
        #expect(try file.read(Double.self, from: "packed").values == (0..<1000).map(Double.init))
    }

    @Test("Groups and names")
    func listing() throws {
        let file = try HDF5File(reading: url)
        #expect(try file.children(of: "weights") == ["model.0.bn.num_batches_tracked", "model.0.conv.weight"])
        #expect(
            try file.datasetNames() == [
                "big-endian", "counts", "empty", "fixed", "half", "packed", "pixels", "text",
                "weights/model.0.bn.num_batches_tracked", "weights/model.0.conv.weight",
            ])
        #expect(try file.exists("weights/model.0.conv.weight"))
        #expect(try file.exists("/weights/"))
        #expect(try !file.exists("weights/model.0.conv.bias"))
        #expect(try !file.exists("nowhere/model.0.conv.bias"))
        #expect(try !file.exists("pixels/0"))
        #expect(try file.kind(of: "weights") == .group)
    }

    @Test("A wrong type is named, not converted")
    func wrongTypes() throws {
        let file = try HDF5File(reading: url)
        #expect(
            throws: HDF5Error(
                file: url.path, object: "text", attempt: "read the dataset as float32", cause: "it holds strings")
        ) { try file.read(Float.self, from: "text") }
        #expect(throws: HDF5Error.self) { try file.read(Int32.self, from: "half") }
        #expect(throws: HDF5Error.self) { try file.readStrings(from: "pixels") }
        #expect(throws: HDF5Error.self) { try file.children(of: "pixels") }
        let error = #expect(throws: HDF5Error.self) { try file.read(Float.self, from: "weights/nope") }
        #expect(error?.object == "weights/nope")
        #expect(error?.file == url.path)
        #expect(error?.cause.contains("doesn't exist") == true)
    }
}
