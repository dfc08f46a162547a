import Datasets
import Foundation
import Testing

@Suite struct DrawingTests {
    private static let red: SIMD3<UInt8> = [230, 60, 50]

    private func blank(height: Int = 60, width: Int = 90) -> RGBImage {
        RGBImage(height: height, width: width, grey: 10)
    }

    /// The pixels of one colour, as rows and columns.
    private func pixels(of color: SIMD3<UInt8>, in image: RGBImage) -> Set<[Int]> {
        var found: Set<[Int]> = []
        for row in 0..<image.height {
            for column in 0..<image.width where image[row: row, column: column] == color {
                found.insert([row, column])
            }
        }
        return found
    }

    @Test("An outline lies inside its box, as thick as asked for")
    func outline() {
        var image = blank()
        let box = PixelBox(classIndex: 0, left: 10, top: 20, right: 40, bottom: 50)
        image.draw(box, color: Self.red, style: .init(lineWidth: 2, textScale: 1))
        let inked = pixels(of: Self.red, in: image)
        #expect(inked.count == 30 * 30 - 26 * 26)
        #expect(inked.allSatisfy { (20..<50).contains($0[0]) && (10..<40).contains($0[1]) })
        #expect(!inked.contains([22, 12]) && inked.contains([21, 30]) && inked.contains([30, 39]))
    }

    @Test(
        "A box that sticks out of the image, or is smaller than a pixel, is drawn as far as it goes",
        arguments: [
            (PixelBox(classIndex: 0, left: -20, top: -5, right: 30, bottom: 20), true),
            (PixelBox(classIndex: 0, left: 80, top: 50, right: 300, bottom: 300), true),
            (PixelBox(classIndex: 0, left: 30.2, top: 30.2, right: 30.4, bottom: 30.4), true),
            (PixelBox(classIndex: 0, left: 200, top: 200, right: 300, bottom: 300), true),
        ])
    func edges(box: PixelBox, isSeen: Bool) {
        var image = blank()
        image.draw(box, label: "a very long label that runs out of the image", color: Self.red)
        #expect(pixels(of: Self.red, in: image).isEmpty != isSeen)
    }

    @Test("A label stands above its box, or inside where there is no room, in a colour that reads")
    func labels() {
        let style = RGBImage.DrawingStyle(lineWidth: 1, textScale: 1)
        for (top, rows) in [(30, 20..<30), (4, 4..<14)] {
            var image = blank()
            image.draw(
                PixelBox(classIndex: 0, left: 10, top: Float(top), right: 40, bottom: 55), label: "HI",
                color: Self.red, style: style)
            let letters = pixels(of: [255, 255, 255], in: image)
            // H has 17 dots, I has 11.
            #expect(letters.count == 28)
            #expect(letters.allSatisfy { rows.contains($0[0]) && (11..<22).contains($0[1]) })
        }
        #expect(ClassColor.text(on: [255, 200, 30]) == [0, 0, 0])
        #expect(ClassColor.text(on: [145, 50, 180]) == [255, 255, 255])
        #expect(ClassColor.color(of: 0) != ClassColor.color(of: 1))
        #expect(ClassColor.color(of: 12) == ClassColor.color(of: 0))
    }

    @Test("Every printable character has a shape of its own; accents are dropped, others are frames")
    func font() {
        let style = RGBImage.DrawingStyle(lineWidth: 1, textScale: 1)
        func shape(_ text: String) -> [UInt8] {
            var image = blank(height: 10, width: 8)
            image.draw(text, left: 0, top: 0, color: [255, 255, 255], style: style)
            return image.pixels
        }
        let shapes = (0x20..<0x7f).compactMap { UnicodeScalar($0).map { shape(String(Character($0))) } }
        #expect(Set(shapes).count == 95)
        #expect(shape("é") == shape("e"))
        #expect(shape("日") == shape("語"))
        #expect(!shapes.contains(shape("日")))
    }

    @Test("Files are PNG or JPEG by their extension, and no other")
    func writing() throws {
        let folder = try TemporaryFolder()
        var image = blank()
        image.draw(PixelBox(classIndex: 0, left: 10, top: 20, right: 40, bottom: 50), label: "x", color: Self.red)
        try image.write(to: folder.url.appendingPathComponent("a.png"))
        #expect(try RGBImage(contentsOf: folder.url.appendingPathComponent("a.png")) == image)
        try image.write(to: folder.url.appendingPathComponent("a.JPG"))
        #expect(try RGBImage(contentsOf: folder.url.appendingPathComponent("a.JPG")).meanDifference(from: image) < 4)
        let error = try #require(throws: DatasetError.self) {
            try image.write(to: folder.url.appendingPathComponent("a.gif"))
        }
        #expect(error.description.contains("a.gif: images are written as .png, .jpg or .jpeg"))
        #expect(throws: DatasetError.self) { try image.write(to: folder.url.appendingPathComponent("no/b.png")) }
    }
}
