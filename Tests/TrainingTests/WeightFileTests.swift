import Engine
import Foundation
import HDF5
import Testing
import Training

/// Weight files: what was written comes back to the bit, and what does not fit is named in full.
@Suite struct WeightFileTests {
    private static let parameters = [
        Parameter(
            name: "a.weight", dimensions: [4, 3, 3, 2], role: .weight, layout: .convolution(groups: 1),
            initialization: .uniform(bound: 1)),
        Parameter(
            name: "b.weight", dimensions: [5, 1, 3, 3], role: .weight, layout: .convolution(groups: 5),
            initialization: .uniform(bound: 1)),
        Parameter(name: "b.bias", dimensions: [5], role: .bias, initialization: .uniform(bound: 1)),
        Parameter(name: "b.running_mean", dimensions: [5], role: .runningMean, initialization: .uniform(bound: 1)),
        Parameter(name: "dfl", dimensions: [1, 4, 1, 1], role: .constant, initialization: .ramp),
    ]

    private static func store(seed: UInt64) -> ParameterStore {
        let store = ParameterStore(parameters)
        store.initialize(seed: seed)
        return store
    }

    /// A file in a folder of its own, which `body` may fill.
    private func withFile(_ body: (URL) throws -> Void) throws {
        let folder = try TrialRun.newFolder("weights")
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder.appending(path: "last.h5"))
    }

    private func bits(_ store: ParameterStore) -> [UInt32] { store.all.map(\.bitPattern) }

    @Test func roundTrip() throws {
        try withFile { file in
            let written = Self.store(seed: 3)
            // Numbers that a detour through text or another width would change.
            written[0][0] = -0.0
            written[0][1] = .leastNonzeroMagnitude
            written[0][2] = .infinity
            written[0][3] = 1 + .ulpOfOne
            try WeightFile.write(written, to: file, attributes: ["network": .string("test")])
            let read = Self.store(seed: 4)
            #expect(bits(read) != bits(written))
            try WeightFile.read(file, into: read)
            #expect(bits(read) == bits(written))

            // PyTorch's names and layout, constants left out.
            try HDF5File.read(file) { content in
                let names = try content.datasetNames(under: WeightFile.group)
                let expected = ["a.weight", "b.bias", "b.running_mean", "b.weight"].map { "weights/" + $0 }
                #expect(names.sorted() == expected)
                let weight = try content.read(Float.self, from: "weights/b.weight")
                #expect(weight.dimensions == [5, 1, 3, 3] && weight.values == written.values(1))
                #expect(try content.attributes()["network"] == .string("test"))
            }
        }
    }

    @Test func equalWeightsGiveEqualBytes() throws {
        try withFile { file in
            let other = file.deletingLastPathComponent().appending(path: "other.h5")
            try WeightFile.write(Self.store(seed: 3), to: file, attributes: ["b": .int(1), "a": .int(2)])
            try WeightFile.write(Self.store(seed: 3), to: other, attributes: ["a": .int(2), "b": .int(1)])
            #expect(try Data(contentsOf: file) == Data(contentsOf: other))
            try WeightFile.write(Self.store(seed: 4), to: other)
            #expect(try Data(contentsOf: file) != Data(contentsOf: other))
        }
    }

    @Test func everyDifferenceIsNamed() throws {
        try withFile { file in
            try HDF5File.write(to: file) { content in
                let zeros = { (count: Int) in [Float](repeating: 0, count: count) }
                try content.write(zeros(72), dimensions: [4, 3, 2, 3], to: "weights/a.weight")
                try content.write(zeros(45), dimensions: [5, 1, 3, 3], to: "weights/b.weight")
                try content.write(zeros(7), dimensions: [7], to: "weights/b.running_mean")
                try content.write(zeros(1), dimensions: [1], to: "weights/c.weight")
                try content.write(zeros(2), dimensions: [2], to: "weights/c.bias")
            }
            let store = Self.store(seed: 3)
            let before = bits(store)
            let error = #expect(throws: WeightFile.Mismatch.self) { try WeightFile.read(file, into: store) }
            #expect(bits(store) == before, "a file that does not fit changed the weights")
            #expect(error?.file == file.path)
            #expect(error?.missing == ["b.bias"])
            #expect(error?.unexpected == ["c.bias", "c.weight"])
            #expect(
                error?.differing == [
                    "a.weight: [4, 3, 2, 3] instead of [4, 3, 3, 2]", "b.running_mean: [7] instead of [5]",
                ])
            #expect(
                error?.description == """
                    \(file.path): the weights do not fit the network; 1 missing: b.bias; \
                    2 not part of the network: c.bias, c.weight; \
                    2 of another shape: a.weight: [4, 3, 2, 3] instead of [4, 3, 3, 2], b.running_mean: [7] instead of [5]
                    """)
        }
    }

    @Test func longListsAreCut() throws {
        try withFile { file in
            try HDF5File.write(to: file) { try $0.write([0] as [Float], dimensions: [1], to: "weights/t0") }
            let store = ParameterStore(
                (0...8).map {
                    Parameter(name: "t\($0)", dimensions: [1], role: .bias, initialization: .constant(0))
                })
            let error = #expect(throws: WeightFile.Mismatch.self) { try WeightFile.read(file, into: store) }
            #expect(error?.missing.count == 8)
            #expect(error?.description.hasSuffix("; 8 missing: t1, t2, t3, t4, t5 and 3 more") == true)
        }
    }

    @Test func unreadableFilesAreNamed() throws {
        try withFile { file in
            let store = Self.store(seed: 3)
            let missing = #expect(throws: HDF5Error.self) { try WeightFile.read(file, into: store) }
            #expect(missing?.description.contains(file.path) == true)
            try Data("no HDF5".utf8).write(to: file)
            let damaged = #expect(throws: HDF5Error.self) { try WeightFile.read(file, into: store) }
            #expect(damaged?.description.contains(file.path) == true)
        }
    }
}
