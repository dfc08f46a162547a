import Foundation
import Models
import Testing

/// Predictions and boxes in the original image against the reference's.
@Suite struct DetectionDecodingTests {
    private func decode(_ maps: DetectionMaps, classes: Int) -> [Float] {
        let anchors = maps.levels.reduce(0) { $0 + $1.anchorCount }
        let size = (4 + classes) * anchors
        let memory = UnsafeMutableBufferPointer<Float>.allocate(capacity: size * maps.imageCount)
        memory.initialize(repeating: .nan)
        defer { memory.deallocate() }
        if let start = memory.baseAddress {
            for image in 0..<maps.imageCount {
                BoxDecoding(classCount: classes).decode(levels: maps.levels, image: image, into: start + image * size)
            }
        }
        return Array(memory)
    }

    @Test(arguments: DetectionGolden.cases("decode"))
    func agreesWithReference(golden: DetectionGolden.Case) throws {
        let expected = try golden.numbers("predictions")
        let ours = decode(DetectionMaps(golden, gap: 3), classes: golden.classes ?? 1)
        try #require(ours.count == expected.count)
        let anchors = (golden.height ?? 0) * (golden.width ?? 0) * 21 / 1024
        let planes = 4 + (golden.classes ?? 0)
        for (i, (a, b)) in zip(ours, expected).enumerated() {
            // Pixels to 2e-4, scores to 1e-6.
            #expect(abs(a - b) <= (i / anchors % planes < 4 ? 2e-4 : 1e-6))
        }
    }

    /// Every class logit from −80 to 80 against the exact sigmoid.
    @Test func scoresAreAccurate() {
        let classes = 21
        let channels = 64 + classes
        func logit(_ index: Int) -> Float {
            let cell = index / channels
            let position = cell * classes + index % channels - 64
            return -80 + 160 * Float(position) / Float(1024 * classes)
        }
        let maps = DetectionMaps(images: 1, height: 256, width: 256, classes: classes, strides: [8]) { _, i in
            i % channels < 64 ? 0 : logit(i)
        }
        let memory = UnsafeMutablePointer<Float>.allocate(capacity: (4 + classes) * 1024)
        defer { memory.deallocate() }
        BoxDecoding(classCount: classes, strides: [8]).decode(levels: maps.levels, image: 0, into: memory)
        for cell in 0..<1024 {
            for c in 0..<classes {
                let x = Double(logit(cell * channels + 64 + c))
                let exact = 1 / (1 + exp(-x))
                let error = abs(Double(memory[(4 + c) * 1024 + cell]) - exact) / exact
                #expect(error < 3e-7, "logit \(x)")
            }
        }
    }

    @Test(arguments: DetectionGolden.cases("mapping"))
    func mapsBackLikeReference(golden: DetectionGolden.Case) throws {
        let width = try #require(golden.originalWidth)
        let height = try #require(golden.originalHeight)
        let gain = try #require(golden.gain)
        let placement =
            gain > 0
            ? ImagePlacement(
                gain: gain, left: try #require(golden.left), top: try #require(golden.top), originalWidth: width,
                originalHeight: height)
            : ImagePlacement(
                fitting: width, height, intoWidth: try #require(golden.inputWidth),
                height: try #require(golden.inputHeight))
        let input = try golden.numbers("input")
        let expected = try golden.numbers("original")
        for i in stride(from: 0, to: input.count, by: 4) {
            let box = placement.original(
                DetectedBox(
                    x1: input[i], y1: input[i + 1], x2: input[i + 2], y2: input[i + 3], score: 0.5, classIndex: 2))
            for (a, b) in zip([box.x1, box.y1, box.x2, box.y2], expected[i..<i + 4]) {
                #expect(abs(a - b) <= 1e-6 * max(1, abs(b)))
            }
            #expect(box.score == 0.5 && box.classIndex == 2)
        }
    }
}
