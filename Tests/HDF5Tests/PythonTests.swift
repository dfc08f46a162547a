import Foundation
import HDF5
import Testing

/// The Python of `ABLATE_PYTHON`, where it has h5py.
private let python: String? = {
    guard let path = ProcessInfo.processInfo.environment["ABLATE_PYTHON"],
        (try? run(path, "import h5py"))?.status == 0
    else { return nil }
    return path
}()

private func run(_ python: String, _ script: String, _ arguments: String...) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: python)
    process.arguments = ["-c", script] + arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: data, as: UTF8.self))
}

@Suite("h5py reads what this module writes", .enabled(if: python != nil, "ABLATE_PYTHON has no h5py"))
struct PythonTests {
    @Test("Numbers, strings, attributes")
    func reading() throws {
        let python = try #require(python)
        try inTemporaryFolder { folder in
            let url = folder.appendingPathComponent("swift.h5")
            try HDF5File.write(to: url) { file in
                try file.write((0..<6).map { Float($0) / 2 }, dimensions: [2, 3], to: "weights/model.0.conv.weight")
                try file.write([Int64(1) << 40], dimensions: [], to: "step", compression: 4)
                try file.write((0..<500).map(Double.init), dimensions: [500], to: "packed", compression: 4)
                try file.write(["größe", ""], to: "names")
                try file.setAttribute("backbone", "v2")
                try file.setAttribute("nc", 3)
                try file.setAttribute("lr", 0.01)
                try file.setAttribute("strides", .ints([8, 16, 32]))
                try file.setAttribute("classes", .strings(["a", "b"]))
            }
            let script = """
                import h5py, numpy as np, sys
                with h5py.File(sys.argv[1]) as f:
                    w = f['weights/model.0.conv.weight']
                    assert w.dtype == np.float32 and (w[()] == np.arange(6).reshape(2, 3) / 2).all()
                    assert f['step'][()] == 1 << 40 and f['step'].dtype == np.int64
                    assert (f['packed'][()] == np.arange(500)).all() and f['packed'].compression == 'gzip'
                    assert list(f['names'].asstr()[()]) == ['größe', '']
                    assert f.attrs['backbone'] == 'v2' and f.attrs['nc'] == 3 and f.attrs['lr'] == 0.01
                    assert list(f.attrs['strides']) == [8, 16, 32] and list(f.attrs['classes']) == ['a', 'b']
                """
            let result = try run(python, script, url.path)
            #expect(result.status == 0, "\(result.output)")
        }
    }
}
