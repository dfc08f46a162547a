import Datasets
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
}
