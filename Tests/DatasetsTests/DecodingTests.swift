import Datasets
import Foundation
import Testing

@Suite struct DecodingTests {
    @Test(
        "Every storage form decodes as other programs decode it",
        arguments: [
            ("baseline.jpg", 1), ("full-color.jpg", 1), ("progressive.jpg", 1), ("grey.jpg", 0), ("inks.jpg", 2),
            ("orientation1.jpg", 1), ("orientation2.jpg", 1), ("orientation3.jpg", 1), ("orientation4.jpg", 1),
            ("orientation5.jpg", 1), ("orientation6.jpg", 1), ("orientation7.jpg", 1), ("orientation8.jpg", 1),
            ("color.png", 0), ("grey.png", 0), ("bit.png", 0), ("palette.png", 0), ("alpha.png", 0),
            ("grey-alpha.png", 0), ("sixteen.png", 1), ("grey-sixteen.png", 1),
        ])
    func forms(name: String, tolerance: Int) throws {
        let image = try Golden.image("decoding/\(name)")
        let expected = try Golden.image("decoding/\(name).expected.png")
        let difference = try #require(image.largestDifference(from: expected))
        #expect(difference <= tolerance)
    }

    @Test("The golden picture has the colours its script gave it")
    func knownColors() throws {
        // Otherwise reading the expected files with the code under test would prove nothing.
        let image = try Golden.image("decoding/color.png")
        #expect(image.size == ImageSize(height: 18, width: 27))
        #expect(image[row: 0, column: 0] == [250, 10, 30])
        #expect(image[row: 17, column: 26] == [0, 0, 0])
        #expect(image[row: 9, column: 13] == [255, 255, 255])
    }

    @Test func encodingAsPNGLosesNothing() throws {
        let image = try MemorySource(count: 1).image(at: 0)
        #expect(try RGBImage(decoding: image.pngData(), name: "png") == image)
    }

    @Test func encodingAsJPEGLosesLittle() throws {
        let image = try Golden.image("transforms/source.png")
        let best = try RGBImage(decoding: image.jpegData(quality: 100), name: "jpeg")
        #expect(best.meanDifference(from: image) < 1)
        let poor = try RGBImage(decoding: image.jpegData(quality: 20), name: "jpeg")
        #expect(poor.meanDifference(from: image) > best.meanDifference(from: image))
        #expect(try image.jpegData(quality: 20).count < image.jpegData(quality: 100).count)
    }

    private func message(decoding data: Data) -> String {
        do {
            _ = try RGBImage(decoding: data, name: "some/file")
            return "decoded"
        } catch {
            return "\(error)"
        }
    }

    @Test(
        "A truncated file is an error that names the file", arguments: ["baseline.jpg", "progressive.jpg", "color.png"])
    func truncated(name: String) throws {
        let data = try Data(contentsOf: Golden.url("decoding/\(name)"))
        for length in [0, 1, 7, 20, data.count / 2, data.count * 9 / 10] {
            let message = message(decoding: data.prefix(length))
            #expect(message.hasPrefix("some/file: "), "\(length) of \(data.count) bytes: \(message)")
        }
        #expect(message(decoding: data) == "decoded")
    }

    @Test func damagedJPEGWarningsAreErrors() throws {
        var data = try Data(contentsOf: Golden.url("decoding/baseline.jpg"))
        // The end-of-image marker is missing: libjpeg warns and makes one up.
        data.removeLast(2)
        #expect(message(decoding: data).contains("cannot decode the JPEG: Premature end"))
    }

    @Test func otherFormatsAreNamed() {
        #expect(message(decoding: Data("GIF89a......".utf8)).contains("it looks like a GIF"))
        #expect(message(decoding: Data("<html></html>".utf8)).contains("text or HTML"))
        #expect(
            message(decoding: Data("version https://git-lfs.github.com/spec/v1".utf8)).contains("Git LFS pointer"))
        #expect(message(decoding: Data([1, 2, 3, 4, 5, 6, 7, 8])).contains("starts with the bytes 1 2 3 4"))
    }

    @Test func missingFilesAreNamed() throws {
        let error = try #require(throws: DatasetError.self) {
            try RGBImage(contentsOf: URL(fileURLWithPath: "/nowhere/at/all.jpg"))
        }
        #expect(error.problems.first?.file == "/nowhere/at/all.jpg")
        #expect(error.description.contains("cannot read the image"))
    }

    @Test(
        "No prefix and no damaged byte crashes a decoder", arguments: ["baseline.jpg", "orientation6.jpg", "alpha.png"])
    func damage(name: String) throws {
        let data = try Data(contentsOf: Golden.url("decoding/\(name)"))
        var random = CounterRandom(seed: 4, purpose: .test)
        for _ in 0..<400 {
            var damaged = data
            for _ in 0..<random.integer(in: 1...4) {
                damaged[random.integer(below: data.count)] = UInt8(random.integer(below: 256))
            }
            // The size stays within bounds, or decoding would ask for gigabytes.
            if let image = try? RGBImage(decoding: damaged.prefix(random.integer(in: 1...data.count)), name: "damaged")
            {
                #expect(image.pixels.count == image.height * image.width * 3)
            }
        }
    }
}
