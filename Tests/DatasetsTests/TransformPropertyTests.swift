import Datasets
import Testing

/// A coloured rectangle drawn at its box is still under its box after every transform.
@Suite struct TransformPropertyTests {
    private static let grey: UInt8 = 60
    private static let ink: SIMD3<UInt8> = [230, 40, 90]

    /// A dark image with one bright rectangle of whole pixels, and its box.
    private func scene(_ random: inout CounterRandom, side: Int) -> Sample {
        let height = random.integer(in: (side / 2)...side)
        let width = height == side ? random.integer(in: (side / 2)...side) : side
        var image = RGBImage(height: height, width: width, grey: Self.grey)
        let boxWidth = random.integer(in: 8...(width / 2))
        let boxHeight = random.integer(in: 8...(height / 2))
        let left = random.integer(in: 0...(width - boxWidth))
        let top = random.integer(in: 0...(height - boxHeight))
        for row in top..<(top + boxHeight) {
            for column in left..<(left + boxWidth) { image[row: row, column: column] = Self.ink }
        }
        let box = PixelBox(
            classIndex: 1, left: Float(left), top: Float(top), right: Float(left + boxWidth),
            bottom: Float(top + boxHeight))
        return Sample(image: image, boxes: [box])
    }

    /// How far a pixel's red stands above its green: large only on the rectangle.
    private func isInk(_ image: RGBImage, row: Int, column: Int, contrast: Int = 85) -> Bool {
        let color = image[row: row, column: column]
        return Int(color[0]) - Int(color[1]) > contrast
    }

    /// The extremes of the rectangle's pixels.
    private func inkBox(_ image: RGBImage, contrast: Int = 85) -> PixelBox? {
        var box: PixelBox?
        for row in 0..<image.height {
            for column in 0..<image.width where isInk(image, row: row, column: column, contrast: contrast) {
                let (x, y) = (Float(column), Float(row))
                let old = box ?? PixelBox(classIndex: 1, left: x, top: y, right: x + 1, bottom: y + 1)
                box = PixelBox(
                    classIndex: 1, left: min(old.left, x), top: min(old.top, y), right: max(old.right, x + 1),
                    bottom: max(old.bottom, y + 1))
            }
        }
        return box
    }

    private func context(_ index: Int, side: Int, others: @escaping @Sendable (Int) -> Sample) -> TransformContext {
        TransformContext(imageSize: side, imageCount: 50, seed: 11, epoch: 0, index: index, load: others)
    }

    private func blank(_ side: Int) -> Sample {
        Sample(image: RGBImage(height: side, width: side, grey: 20), boxes: [])
    }

    /// Transforms that move the rectangle, with the tolerance in pixels that rounding and missing half pixels need.
    static let moving: [(name: String, transform: any Transform, tolerance: Float)] = [
        ("letterbox", Letterbox(frame: ImageSize(height: 64, width: 64), scalesUp: true), 1.6),
        ("letterbox without scaling up", Letterbox(frame: ImageSize(height: 96, width: 110), scalesUp: false), 0.6),
        ("fit", FitLongerSide(side: 48), 1.1),
        ("flip left right", FlipLeftRight(probability: 1), 0),
        ("flip up down", FlipUpDown(probability: 1), 0),
        ("mosaic", Mosaic(probability: 1), 0),
        (
            "perspective, defaults",
            RandomPerspective(degrees: 0, translate: 0.1, scale: 0.5, shear: 0, perspective: 0), 1.6
        ),
        (
            "mixup",
            MixUp(probability: 1, preparation: [Letterbox(frame: ImageSize(height: 1, width: 1), scalesUp: true)]), 0
        ),
    ]

    @Test("The box still fits the rectangle", arguments: moving.indices)
    func boxFits(position: Int) throws {
        let (name, given, tolerance) = Self.moving[position]
        var compared = 0
        for index in 0..<1000 {
            var random = CounterRandom(seed: 1, purpose: .test, index: index)
            let sample = scene(&random, side: 64)
            let empty = Sample(
                image: RGBImage(height: sample.image.height, width: sample.image.width, grey: Self.grey), boxes: [])
            // The partner of a mixup has the same colour around the rectangle, so that only the rectangle fades.
            let transform = given is MixUp ? MixUp(probability: 1, preparation: []) : given
            let isMixUp = given is MixUp
            let blank = blank(64)
            let result = try transform.apply(to: sample, in: context(index, side: 64) { _ in isMixUp ? empty : blank })
            guard let box = result.boxes.first else {
                // A mosaic or shift may push the rectangle out; then at most a sliver may be left.
                let left = inkBox(result.image)
                #expect((left?.area ?? 0) <= 0.2 * sample.boxes[0].area * 2.25 || left == nil, "\(name) \(index)")
                continue
            }
            #expect(result.boxes.count == 1)
            #expect(box.classIndex == 1)
            if isMixUp {
                #expect(box == sample.boxes[0])
                let (row, column) = (Int((box.top + box.bottom) / 2), Int((box.left + box.right) / 2))
                #expect(result.image[row: row, column: column][0] > Self.grey + 40)
                compared += 1
                continue
            }
            guard let found = inkBox(result.image) else {
                Issue.record("\(name) \(index): the rectangle is gone, its box is not")
                continue
            }
            let difference = box.largestDifference(from: found)
            #expect(difference <= tolerance, "\(name) \(index): box \(box), rectangle \(found)")
            compared += 1
        }
        #expect(compared > 500, "\(name): too few cases were comparable")
    }

    @Test("After turns, shears and tilts the box holds the rectangle and touches it")
    func boxHolds() throws {
        let transform = RandomPerspective(degrees: 30, translate: 0.1, scale: 0.3, shear: 10, perspective: 0.0008)
        var compared = 0
        for index in 0..<1000 {
            var random = CounterRandom(seed: 2, purpose: .test, index: index)
            let sample = Letterbox(frame: ImageSize(height: 64, width: 64), scalesUp: true)
                .apply(to: scene(&random, side: 64))
            let blank = blank(64)
            let result = try transform.apply(to: sample, in: context(index, side: 64) { _ in blank })
            guard let box = result.boxes.first, let found = inkBox(result.image) else { continue }
            #expect(found.left > box.left - 2 && found.top > box.top - 2, "\(index)")
            #expect(found.right < box.right + 2 && found.bottom < box.bottom + 2, "\(index)")
            let touches = [
                box.left < 1 || found.left < box.left + 6, box.top < 1 || found.top < box.top + 6,
                box.right > 63 || found.right > box.right - 6, box.bottom > 63 || found.bottom > box.bottom - 6,
            ]
            // Sharp corners of a turned rectangle fade below the threshold: most sides touch, not all.
            #expect(touches.filter { $0 }.count >= 3, "\(index): box \(box), rectangle \(found)")
            compared += 1
        }
        #expect(compared > 700)
    }

    @Test("Changing colours moves nothing")
    func colors() throws {
        for index in 0..<1000 {
            var random = CounterRandom(seed: 3, purpose: .test, index: index)
            let sample = scene(&random, side: 64)
            let blank = blank(64)
            let result = try HSVJitter(hue: 0.015, saturation: 0.7, value: 0.4)
                .apply(to: sample, in: context(index, side: 64) { _ in blank })
            #expect(result.boxes == sample.boxes)
            #expect(result.image != sample.image)
            #expect(inkBox(result.image, contrast: 20) == sample.boxes[0], "\(index)")
        }
    }

    /// Images with one square each, of a colour of its own.
    private struct SquareSource: DetectionSource {
        static let side = 64
        static let colors: [SIMD3<UInt8>] = [
            [230, 40, 90], [30, 200, 60], [40, 60, 220], [220, 210, 30], [210, 60, 220],
        ]
        var classNames: [String] { Self.colors.indices.map { "color\($0)" } }
        var count: Int { 40 }
        func name(at index: Int) -> String { "square/\(index)" }
        func size(at index: Int) -> ImageSize { ImageSize(height: Self.side - index % 3 * 8, width: Self.side) }

        func box(at index: Int) -> PixelBox {
            var random = CounterRandom(seed: 8, purpose: .test, index: index)
            let size = size(at: index)
            let (width, height) = (random.integer(in: 16...30), random.integer(in: 16...30))
            let left = random.integer(in: 0...(size.width - width))
            let top = random.integer(in: 0...(size.height - height))
            return PixelBox(
                classIndex: index % Self.colors.count, left: Float(left), top: Float(top), right: Float(left + width),
                bottom: Float(top + height))
        }

        func labels(at index: Int) -> [Label] { [box(at: index).normalized(in: size(at: index))] }

        func image(at index: Int) throws -> RGBImage {
            let (size, box) = (size(at: index), box(at: index))
            var image = RGBImage(height: size.height, width: size.width, grey: 60)
            image.fill(
                left: Int(box.left), top: Int(box.top), right: Int(box.right), bottom: Int(box.bottom),
                color: Self.colors[box.classIndex])
            return image
        }
    }

    @Test("After the whole way of a training image, every box has its square's colour under its middle")
    func wholePipeline() throws {
        var configuration = AugmentationConfiguration()
        configuration.flipud = 0.3
        configuration.mosaic = 0.8
        configuration.degrees = 5
        configuration.shear = 3
        configuration.perspective = 0.0003
        (configuration.hsvH, configuration.hsvS, configuration.hsvV) = (0.01, 0.1, 0.1)
        var options = LoaderOptions(
            mode: .training(AugmentationSchedule(configuration)), batchSize: 8, imageSize: SquareSource.side, seed: 2)
        options.threads = 0
        let loader = try DataLoader(SquareSource(), options, epochs: 25)
        var (images, boxes, wrong) = (0, 0, 0)
        for _ in 0..<25 {
            while let batch = try loader.next() {
                images += batch.count
                let samples = batch.images
                for target in batch.targets {
                    let row = min(63, Int(target.centerY * 64))
                    let start = ((target.image * 64 + row) * 64 + min(63, Int(target.centerX * 64))) * 3
                    let color = SquareSource.colors[target.classIndex]
                    let largest = (0..<3).map { abs(samples[start + $0] * 255 - Float(color[$0])) }.max() ?? 255
                    boxes += 1
                    if largest > 60 { wrong += 1 }
                }
            }
        }
        #expect(images == 1000)
        #expect(boxes > 1500)
        // The middle of the box around a turned square's visible corner may lie beside it.
        #expect(Double(wrong) < 0.01 * Double(boxes), "\(wrong) of \(boxes)")
    }

    @Test("A mosaic has all four tiles' boxes, each under its tile")
    func mosaic() {
        var random = CounterRandom(seed: 4, purpose: .test)
        let tiles = (0..<4).map { _ in scene(&random, side: 40) }
        let result = Mosaic.assembled(tiles, side: 40, centerX: 41, centerY: 39)
        #expect(result.image.size == ImageSize(height: 80, width: 80))
        #expect(result.boxes.count == 4)
        for (box, tile) in zip(result.boxes, tiles) {
            #expect(isInk(result.image, row: Int(box.bottom) - 1, column: Int(box.right) - 1))
            #expect(isInk(result.image, row: Int(box.top), column: Int(box.left)))
            #expect(box.area <= tile.boxes[0].area)
        }
        // The own image ends at the centre.
        let own = tiles[0].image
        #expect(result.image[row: 38, column: 40] == own[row: own.height - 1, column: own.width - 1])
        #expect(result.image[row: 39, column: 41] == tiles[3].image[row: 0, column: 0])
    }

    @Test func flipsUndoThemselves() throws {
        let image = try MemorySource(count: 2).image(at: 1)
        #expect(image.flippedLeftRight().flippedLeftRight() == image)
        #expect(image.flippedUpDown().flippedUpDown() == image)
        #expect(image.flippedLeftRight() != image)
        #expect(image.flippedUpDown() != image)
        #expect(image.flippedUpDown()[row: 0, column: 3] == image[row: image.height - 1, column: 3])
        #expect(image.flippedLeftRight()[row: 2, column: 0] == image[row: 2, column: image.width - 1])
    }

    @Test func mapsInvert() throws {
        let map = ProjectiveMap([0.9, 0.2, 3], [-0.1, 1.2, -7], [0.0005, -0.0003, 1])
        let inverse = try #require(map.inverse)
        let there = map(x: 12, y: 34)
        let back = inverse(x: there.x, y: there.y)
        #expect(abs(back.x - 12) < 1e-9 && abs(back.y - 34) < 1e-9)
        #expect(ProjectiveMap([1, 2, 0], [2, 4, 0], [0, 0, 1]).inverse == nil)
    }

    @Test("Blending is by share, rounded down, with the boxes of both")
    func blending() {
        let first = Sample(
            image: RGBImage(height: 2, width: 2, grey: 200),
            boxes: [PixelBox(classIndex: 0, left: 0, top: 0, right: 1, bottom: 1)])
        let second = Sample(
            image: RGBImage(height: 2, width: 2, grey: 101),
            boxes: [PixelBox(classIndex: 1, left: 1, top: 1, right: 2, bottom: 2)])
        let result = MixUp.blend(first, second, share: 0.25)
        #expect(result.image.pixels.allSatisfy { $0 == 125 })
        #expect(result.boxes.map(\.classIndex) == [0, 1])
    }

    @Test("Every augmentation of the catalogue is off under `none` or leaves a square image as it is")
    func nothing() throws {
        var random = CounterRandom(seed: 5, purpose: .test)
        let sample = Letterbox(frame: ImageSize(height: 64, width: 64), scalesUp: true)
            .apply(to: scene(&random, side: 64))
        var result = sample
        let blank = blank(64)
        for transform in Augmentation.pipeline(.none) {
            result = try transform.apply(to: result, in: context(0, side: 64) { _ in blank })
        }
        #expect(result == sample)
    }

    @Test("Every setting is checked", arguments: AugmentationConfiguration.settings.map(\.name))
    func validation(name: String) throws {
        let setting = try #require(AugmentationConfiguration.settings.first { $0.name == name })
        var configuration = AugmentationConfiguration()
        try configuration.validate()
        configuration[keyPath: setting.path] = setting.range.upperBound + 0.1
        configuration.fliplr = -1
        let error = try #require(throws: DatasetError.self) { try configuration.validate() }
        #expect(error.problems.contains { $0.message.hasPrefix("\(name) is ") })
        #expect(error.problems.count == (name == "fliplr" ? 1 : 2))
    }
}
