import Foundation
import HDF5
import Testing

/// Random damage; a failure names its seed.
@Suite("Fuzzed files")
struct FuzzTests {
    @Test("A file of this program with any damage is refused before the library reads it")
    func ownFiles() throws {
        try inTemporaryFolder { folder in
            let url = folder.appendingPathComponent("own.h5")
            try HDF5File.write(to: url) { file in
                try file.setAttribute("schema", .int(1))
                for index in 0..<20 {
                    try file.write((0..<30).map { Float($0 * index) }, dimensions: [5, 6], to: "w/tensor.\(index)")
                }
                try file.write(["one", "two"], to: "names")
                try file.write([Double](repeating: 0.25, count: 500), dimensions: [500], to: "z", compression: 4)
            }
            let whole = try Data(contentsOf: url)
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
