import Datasets
import Foundation
import Testing

/// Transforms against images that OpenCV and Ultralytics 8.3.0 made.
@Suite struct GoldenTransformTests {
    @Test func resizingAgreesToTheBit() throws {
        let source = try Golden.image("transforms/source.png")
        for test in try Golden.cases().resize {
            let resized = source.resized(to: ImageSize(height: test.height, width: test.width))
            #expect(resized.largestDifference(from: try Golden.image(test.file)) == 0, "\(test.file)")
        }
    }

    @Test func warpingAgreesToTheBit() throws {
        let source = try Golden.image("transforms/source.png")
        for test in try Golden.cases().warp {
            let warped = source.warped(
                by: Golden.map(test.matrix), to: ImageSize(height: test.height, width: test.width))
            #expect(warped.largestDifference(from: try Golden.image(test.file)) == 0, "\(test.file)")
        }
    }

    @Test func colorsAgreeToTheBit() throws {
        let source = try Golden.image("transforms/wide.png")
        for test in try Golden.cases().hsv {
            let adjusted = source.adjusted(
                hue: 1 + test.draws[0] * 0.015, saturation: 1 + test.draws[1] * 0.7, value: 1 + test.draws[2] * 0.4)
            #expect(adjusted.largestDifference(from: try Golden.image(test.file)) == 0, "\(test.file)")
        }
    }

    @Test func letterboxAgrees() throws {
        let source = try Golden.image("transforms/source.png")
        for test in try Golden.cases().letterbox {
            let letterbox = Letterbox(frame: ImageSize(height: test.height, width: test.width), scalesUp: test.scalesUp)
            let result = letterbox.apply(to: Sample(image: source, boxes: Golden.boxes(test.before)))
            #expect(result.image.largestDifference(from: try Golden.image(test.file)) == 0, "\(test.file)")
            for (box, expected) in zip(result.boxes, Golden.boxes(test.after)) {
                #expect(box.largestDifference(from: expected) < 1e-4, "\(test.file)")
            }
        }
    }

    @Test func perspectiveAgrees() throws {
        let source = try Golden.image("transforms/square.png")
        for test in try Golden.cases().perspective {
            let result = RandomPerspective.apply(
                Golden.map(test.matrix), scale: test.scale, to: Sample(image: source, boxes: Golden.boxes(test.before)),
                side: 48)
            #expect(result.image.largestDifference(from: try Golden.image(test.file)) == 0, "\(test.file)")
            #expect(result.boxes.map(\.classIndex) == test.classes, "\(test.file)")
            for (box, expected) in zip(result.boxes, Golden.boxes(test.after)) {
                #expect(box.largestDifference(from: expected) < 1e-3, "\(test.file)")
            }
        }
    }

    @Test func rectangularBatchesHaveUltralyticsShapes() throws {
        for test in try Golden.cases().batchShapes {
            let source = MemorySource(sizes: test.sizes.map { ImageSize(height: $0[0], width: $0[1]) })
            var options = LoaderOptions(
                mode: .rectangularEvaluation, batchSize: test.batchSize, imageSize: test.imageSize)
            options.threads = 0
            let loader = try DataLoader(source, options, epochs: 1)
            var frames: [[Int]] = []
            var order: [Int] = []
            while let batch = try loader.next() {
                frames.append([batch.height, batch.width])
                order += batch.indices
            }
            #expect(frames == test.frames)
            #expect(order == test.order)
        }
    }

    @Test func mosaicsAgreeToTheBit() throws {
        struct Cases: Decodable {
            struct Case: Decodable {
                var file: String, centerY: Int, centerX: Int, classes: [Int], after: [[Float]]
            }
            var tiles: [String], boxes: [[[Float]]], side: Int, cases: [Case]
        }
        let golden = try JSONDecoder().decode(Cases.self, from: Data(contentsOf: Golden.url("mosaic/cases.json")))
        let tiles = try golden.tiles.indices.map { number in
            let boxes = Golden.boxes(golden.boxes[number]).map { box in
                var box = box
                box.classIndex = number
                return box
            }
            return Sample(image: try Golden.image(golden.tiles[number]), boxes: boxes)
        }
        for test in golden.cases {
            let result = Mosaic.assembled(tiles, side: golden.side, centerX: test.centerX, centerY: test.centerY)
            #expect(result.image.largestDifference(from: try Golden.image(test.file)) == 0, "\(test.file)")
            try #require(result.boxes.map(\.classIndex) == test.classes, "\(test.file)")
            for (box, expected) in zip(result.boxes, Golden.boxes(test.after)) {
                #expect(box.largestDifference(from: expected) < 1e-4, "\(test.file)")
            }
        }
    }

    @Test("Boxes are drawn around what perspective leaves of outlines")
    func outlinesAgree() throws {
        struct Cases: Decodable {
            struct Case: Decodable { var matrix: [Double], scale: Double, classes: [Int], after: [[Float]] }
            var corners: [[[Float]]], side: Int, cases: [Case]
        }
        let golden = try JSONDecoder().decode(Cases.self, from: Data(contentsOf: Golden.url("outlines.json")))
        let size = ImageSize(height: golden.side, width: golden.side)
        let boxes = golden.corners.enumerated().map { number, corners in
            let (xs, ys) = (corners.map { $0[0] }, corners.map { $0[1] })
            let (left, right) = (xs.min() ?? 0, xs.max() ?? 0)
            let (top, bottom) = (ys.min() ?? 0, ys.max() ?? 0)
            var label = Label(
                classIndex: number, centerX: (left + right) / 2, centerY: (top + bottom) / 2, width: right - left,
                height: bottom - top)
            label.outline = corners.map { [$0[0], $0[1]] }
            return PixelBox(label, in: size)
        }
        let sample = Sample(image: RGBImage(height: golden.side, width: golden.side, grey: 0), boxes: boxes)
        var compared = 0
        for test in golden.cases {
            let result = RandomPerspective.apply(
                Golden.map(test.matrix), scale: test.scale, to: sample, side: golden.side)
            try #require(result.boxes.map(\.classIndex) == test.classes)
            for (box, expected) in zip(result.boxes, Golden.boxes(test.after)) {
                #expect(box.largestDifference(from: expected) < 1e-3)
                compared += 1
            }
        }
        #expect(compared > 8)
    }
}
