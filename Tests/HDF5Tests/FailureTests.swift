import Foundation
import HDF5
import Testing

@Suite("Files that are damaged or cannot be written")
struct FailureTests {
    struct Interruption: Error {}

    @Test("A file that is missing, empty, or something else is named")
    func notHDF5() throws {
        try inTemporaryFolder { folder in
            let url = folder.appendingPathComponent("x.h5")
            #expect(throws: HDF5Error(file: url.path, attempt: "open the file", cause: "no such file")) {
                _ = try HDF5File(reading: url)
            }
            for content in [Data(), Data("hello, this is no such file".utf8), Data(count: 4096)] {
                try content.write(to: url)
                let error = #expect(throws: HDF5Error.self) { _ = try HDF5File(reading: url) }
                #expect(error?.file == url.path)
                #expect(error?.description.contains("cannot open the file") == true)
            }
        }
    }

    @Test("A truncated file never reads as something else", arguments: [1, 8, 15, 30, 50, 70, 90, 99])
    func truncated(percent: Int) throws {
        try inTemporaryFolder { folder in
            let url = folder.appendingPathComponent("cut.h5")
            try HDF5File.write(to: url) { file in
                for index in 0..<40 { try file.write([Float(index)], dimensions: [1], to: "w/tensor.\(index)") }
            }
            let whole = try Data(contentsOf: url)
            try whole.prefix(whole.count * percent / 100).write(to: url)
            #expect(throws: HDF5Error.self) {
                try HDF5File.read(url) { file in
                    for name in try file.datasetNames() { _ = try file.read(Float.self, from: name) }
                }
            }
        }
    }

    @Test("A failing body leaves the old file and no temporary one")
    func interrupted() throws {
        try inTemporaryFolder { folder in
            let url = folder.appendingPathComponent("kept.h5")
            try HDF5File.write(to: url) { try $0.write([1] as [Float], dimensions: [1], to: "v") }
            #expect(throws: Interruption.self) {
                try HDF5File.write(to: url) { file in
                    try file.write([2] as [Float], dimensions: [1], to: "v")
                    throw Interruption()
                }
            }
            #expect(try HDF5File.read(url) { try $0.read(Float.self, from: "v").values } == [1])
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["kept.h5"])
        }
    }

    @Test("A name used twice is an error")
    func duplicate() throws {
        try inTemporaryFolder { folder in
            let url = folder.appendingPathComponent("twice.h5")
            let error = #expect(throws: HDF5Error.self) {
                try HDF5File.write(to: url) { file in
                    try file.write([1] as [Float], dimensions: [1], to: "g/v")
                    try file.write([1] as [Float], dimensions: [1], to: "g/v")
                }
            }
            #expect(error?.object == "g/v")
            #expect(!FileManager.default.fileExists(atPath: url.path))
        }
    }

    @Test("A folder that is not there is named")
    func noFolder() throws {
        try inTemporaryFolder { folder in
            let url = folder.appendingPathComponent("nowhere/x.h5")
            let error = #expect(throws: HDF5Error.self) {
                try HDF5File.write(to: url) { try $0.makeGroup("g") }
            }
            #expect(error?.file == url.path)
            #expect(error?.cause.contains("No such file or directory") == true)
        }
    }
}
