import Foundation
import HDF5
import Mutations
import Testing

/// Random damage; a failure names its seed.
@Suite("Fuzzed files")
struct FuzzTests {
    /// A file with everything that this program writes.
    private func write(_ url: URL) throws -> Data {
        try HDF5File.write(to: url) { file in
            try file.setAttribute("schema", .int(1))
            for index in 0..<20 {
                try file.write((0..<30).map { Float($0 * index) }, dimensions: [5, 6], to: "w/tensor.\(index)")
            }
            try file.write(["one", "two"], to: "names")
            try file.write([Double](repeating: 0.25, count: 500), dimensions: [500], to: "z", compression: 4)
        }
        return try Data(contentsOf: url)
    }

    @Test("A file cut off at any of its last bytes, or with zeros there, is refused")
    func ends() throws {
        try inTemporaryFolder { folder in
            let url = folder.appendingPathComponent("own.h5")
            let whole = try write(url)
            // The last byte of the checksum may be a zero itself.
            for count in 1...min(1000, whole.count) {
                for damaged in [whole.dropLast(count), whole.dropLast(count) + Data(count: count)]
                where damaged != whole {
                    try damaged.write(to: url)
                    #expect(throws: HDF5Error.self, "\(count) bytes") {
                        _ = try HDF5File(reading: url, checksum: .required)
                    }
                }
            }
        }
    }

    /// Such files come from other programs: converted weights, files that h5py has changed.
    @Test("A file without a checksum and with any damage is read or refused, quickly")
    func foreignFiles() throws {
        try inTemporaryFolder { folder in
            let url = folder.appendingPathComponent("foreign.h5")
            let whole = try write(url).dropLast(24)
            var (read, refused) = (0, 0)
            for seed in Mutation.seeds {
                var mutation = Mutation(seed: seed)
                try mutation.damage(Data(whole)).write(to: url)
                let duration = try ContinuousClock().measure {
                    do {
                        let file = try HDF5File(reading: url)
                        _ = try file.attributes()
                        for name in try file.datasetNames(under: "w") { _ = try file.read(Float.self, from: name) }
                        _ = try file.readStrings(from: "names")
                        _ = try file.read(Double.self, from: "z")
                        read += 1
                    } catch let error as HDF5Error {
                        #expect(error.file == url.path, "seed \(seed)")
                        refused += 1
                    }
                }
                #expect(duration < .seconds(20), "seed \(seed) took \(duration)")
            }
            #expect(read > 0 && refused > 0, "\(read) read, \(refused) refused")
        }
    }

    @Test("A file of this program with any damage is refused before the library reads it")
    func ownFiles() throws {
        try inTemporaryFolder { folder in
            let url = folder.appendingPathComponent("own.h5")
            let whole = try write(url)
            for seed in Mutation.seeds {
                var mutation = Mutation(seed: seed)
                let damaged = mutation.damage(whole)
                if damaged == whole { continue }
                try damaged.write(to: url)
                #expect(throws: HDF5Error.self, "seed \(seed)") {
                    _ = try HDF5File(reading: url, checksum: .required)
                }
            }
        }
    }
}
