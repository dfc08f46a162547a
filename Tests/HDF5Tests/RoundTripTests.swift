import Foundation
import HDF5
import Testing

@Suite("Files written and read back")
struct RoundTripTests {
    @Test("Numbers of each type, of ranks 0 to 4", arguments: [0, 6])
    func numbers(compression: Int) throws {
        try inTemporaryFolder { folder in
            let url = folder.appendingPathComponent("numbers.h5")
            let shapes: [[Int]] = [[], [5], [2, 3], [2, 3, 4], [2, 3, 2, 2], [0, 4]]
            func writeAll<Element: HDF5Scalar>(
                _ file: borrowing HDF5File, _ make: (Int) -> Element
            ) throws {
                for shape in shapes {
                    let values = (0..<shape.reduce(1, *)).map(make)
                    try file.write(
                        values, dimensions: shape, to: "\(Element.hdf5Name)/rank\(shape)", compression: compression)
                }
            }
            func checkAll<Element: HDF5Scalar & Equatable>(
                _ file: borrowing HDF5File, _ make: (Int) -> Element
            ) throws {
                for shape in shapes {
                    let array = try file.read(Element.self, from: "\(Element.hdf5Name)/rank\(shape)")
                    #expect(array.dimensions == shape)
                    #expect(array.values == (0..<shape.reduce(1, *)).map(make))
                }
            }
            try HDF5File.write(to: url) { file in
                try writeAll(file) { Float($0) / 3 - 1 }
                try writeAll(file) { Double($0) * .pi - 9 }
                try writeAll(file) { Int32($0) - 7 }
                try writeAll(file) { Int64($0) << 40 }
                try writeAll(file) { UInt8($0) + 200 }
            }
            try HDF5File.read(url) { file in
                try checkAll(file) { Float($0) / 3 - 1 }
                try checkAll(file) { Double($0) * .pi - 9 }
                try checkAll(file) { Int32($0) - 7 }
                try checkAll(file) { Int64($0) << 40 }
                try checkAll(file) { UInt8($0) + 200 }
            }
        }
    }

    @Test("Numbers that are not finite keep their bits")
    func notFinite() throws {
        try inTemporaryFolder { folder in
            let url = folder.appendingPathComponent("nan.h5")
            let values: [Float] = [.nan, .infinity, -.infinity, -0.0, .leastNonzeroMagnitude]
            try HDF5File.write(to: url) { try $0.write(values, dimensions: [5], to: "v") }
            let read = try HDF5File.read(url) { try $0.read(Float.self, from: "v").values }
            #expect(read.map(\.bitPattern) == values.map(\.bitPattern))
        }
    }

    @Test("Strings and attributes")
    func stringsAndAttributes() throws {
        try inTemporaryFolder { folder in
            let url = folder.appendingPathComponent("attributes.h5")
            let texts = ["", "a", "größe λ", String(repeating: "x", count: 5000)]
            let attributes: [String: HDF5Attribute] = [
                "name": "v2 dfc=both", "empty": "", "epochs": 20, "lr0": 0.01, "classes": .strings(texts),
                "strides": .ints([8, 16, 32]), "gains": .doubles([7.5, .infinity]), "none": .ints([]),
            ]
            try HDF5File.write(to: url) { file in
                try file.write(texts, to: "images/names")
                try file.write([], to: "images/none")
                for (name, value) in attributes.sorted(by: { $0.key < $1.key }) { try file.setAttribute(name, value) }
                try file.setAttribute("layout", "xyxy", of: "images/names")
                try file.makeGroup("a/b")
                try file.makeGroup("a/b")
            }
            let file = try HDF5File(reading: url)
            #expect(try file.readStrings(from: "images/names") == texts)
            #expect(try file.readStrings(from: "images/none") == [])
            #expect(try file.attributes() == attributes)
            #expect(try file.attributes(of: "images/names") == ["layout": "xyxy"])
            #expect(try file.kind(of: "a/b") == .group)
        }
    }

    @Test("Large arrays are cut into chunks and read back")
    func chunks() throws {
        try inTemporaryFolder { folder in
            let url = folder.appendingPathComponent("large.h5")
            let values = (0..<3 * 700 * 300).map { Float($0 % 977) }
            try HDF5File.write(to: url) { file in
                try file.write(values, dimensions: [3, 700, 300], to: "v", compression: 4)
            }
            let size = try Data(contentsOf: url).count
            #expect(size < values.count * 2)
            var read = [Float](repeating: -1, count: values.count)
            try read.withUnsafeMutableBufferPointer { buffer in
                try HDF5File.read(url) { try $0.read(from: "v", dimensions: [3, 700, 300], into: buffer) }
                #expect(throws: HDF5Error.self) {
                    try HDF5File.read(url) { try $0.read(from: "v", dimensions: [700, 3, 300], into: buffer) }
                }
            }
            #expect(read == values)
        }
    }

    @Test("Equal content gives equal bytes, a second later too")
    func equalBytes() throws {
        try inTemporaryFolder { folder in
            let first = folder.appendingPathComponent("first.h5")
            let second = folder.appendingPathComponent("second.h5")
            for url in [first, second] {
                try HDF5File.write(to: url) { file in
                    try file.write([1, 2, 3, 4] as [Float], dimensions: [2, 2], to: "weights/model.0.conv.weight")
                    try file.write([5] as [Int64], dimensions: [], to: "state/step", compression: 4)
                    try file.write(["one", "two"], to: "names")
                    try file.setAttribute("epoch", 3)
                    try file.setAttribute("name", "v1")
                }
                if url == first { Thread.sleep(forTimeInterval: 1.1) }
            }
            #expect(try Data(contentsOf: first) == Data(contentsOf: second))
        }
    }

    @Test("Many threads at once")
    func threads() async throws {
        try await inTemporaryFolder { folder in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for index in 0..<16 {
                    group.addTask {
                        let url = folder.appendingPathComponent("\(index).h5")
                        let values = [Int32](repeating: Int32(index), count: 1000)
                        for _ in 0..<5 {
                            try HDF5File.write(to: url) { try $0.write(values, dimensions: [1000], to: "a/v") }
                            let read = try HDF5File.read(url) { try $0.read(Int32.self, from: "a/v") }
                            if read.values != values { return false }
                        }
                        return true
                    }
                }
                for try await isRight in group { #expect(isRight) }
            }
        }
    }
}
