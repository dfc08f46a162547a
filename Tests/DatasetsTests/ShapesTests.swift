import Datasets
import Foundation
import Testing

@Suite struct ShapesTests {
    private func options(_ cue: ShapesOptions.ContextCue = .aligned, train: Int = 6, val: Int = 3) -> ShapesOptions {
        var options = ShapesOptions()
        (options.train, options.val, options.contextCue) = (train, val, cue)
        return options
    }

    private func open(_ options: ShapesOptions, in folder: TemporaryFolder) throws -> DetectionData {
        try openShapes(options, spec: "shapes", folder: folder.url)
    }

    @Test("Equal options give equal bytes, on every machine")
    func digest() throws {
        let first = try open(options(), in: TemporaryFolder())
        let second = try open(options(), in: TemporaryFolder())
        #expect(try first.digest == second.digest)
        // Pinned: if rendering changes, `ShapesScene.version` must change with this number.
        let digest = try first.digest
        #expect(digest == "589ae7e8d4e5a140b05e9e091ef7a7d86a933afe9dfefce9b85388d47ef25e77")
        var other = options()
        other.seed = 1
        #expect(try open(other, in: TemporaryFolder()).digest != first.digest)
        #expect(try open(options(.shuffled), in: TemporaryFolder()).digest != first.digest)
    }

    @Test("A spec's options are read")
    func spec() throws {
        var expected = ShapesOptions()
        #expect(try ShapesOptions(spec: "shapes") == expected)
        (expected.train, expected.size, expected.seed, expected.contextCue) = (500, 96, 7, .shuffled)
        #expect(try ShapesOptions(spec: "shapes?cue=shuffled&train=500&size=96&seed=7") == expected)
    }

    @Test(
        "Wrong options are errors with suggestions",
        arguments: [
            ("shapes?trian=3", "there is no option 'trian' (did you mean 'train'?)"),
            ("shapes?colour=3", "there is no option 'colour' (known: cue, train, val, size, seed)"),
            ("shapes?cue=shufled", "'cue' is 'shufled' (did you mean 'shuffled'?)"),
            ("shapes?train=0", "'train' is '0', expected a whole number from 1 to"),
            ("shapes?size=12", "'size' is '12', expected a whole number from 64 to 640"),
            ("shapes?seed=x", "'seed' is 'x'"),
            ("shapes?train", "'train' is not of the form key=value"),
            ("shapes?seed=1&seed=2", "'seed' is given twice"),
        ])
    func wrongSpecs(spec: String, message: String) {
        let problems = problems(opening: spec)
        #expect(problems.count == 1)
        #expect(problems.first?.description.contains(message) == true, "\(problems)")
    }

    @Test func allWrongOptionsAtOnce() {
        #expect(problems(opening: "shapes?a=1&cue=2&val=x").count == 3)
    }

    @Test("Images have one to six objects, all classes occur, boxes lie inside")
    func contents() throws {
        let data = try open(options(train: 150, val: 1), in: TemporaryFolder())
        var classes = [Int](repeating: 0, count: data.classNames.count)
        var sizes: [Float] = []
        for index in 0..<data.train.count {
            let labels = data.train.labels(at: index)
            #expect((1...6).contains(labels.count))
            for label in labels {
                classes[label.classIndex] += 1
                let box = PixelBox(label, in: data.train.size(at: index))
                #expect(box.left >= 0 && box.top >= 0 && box.right <= 128.001 && box.bottom <= 128.001)
                sizes.append(max(box.width, box.height))
            }
        }
        #expect(classes.allSatisfy { $0 > 25 }, "\(classes)")
        #expect(sizes.min() ?? 0 >= 6 && sizes.min() ?? 99 < 11)
        #expect(sizes.max() ?? 0 > 40 && sizes.max() ?? 99 < 60)
    }

    @Test("Rendered twice, an image is the same; two images differ; a larger size shows the same scene")
    func images() throws {
        let folder = try TemporaryFolder()
        let data = try open(options(), in: folder)
        #expect(try data.train.image(at: 0) == data.train.image(at: 0))
        #expect(try data.train.image(at: 0) != data.train.image(at: 1))
        #expect(try data.train.image(at: 0) != data.val.image(at: 0))
        #expect(data.train.name(at: 2) == "shapes/train/2")
        var large = options()
        large.size = 192
        #expect(try open(large, in: folder).train.image(at: 0).size == ImageSize(height: 192, width: 192))
    }

    @Test("Shuffling the cue changes grounds, and with them nothing else")
    func shuffling() throws {
        let folder = try TemporaryFolder()
        let aligned = try open(options(.aligned, train: 60, val: 1), in: folder)
        let shuffled = try open(options(.shuffled, train: 60, val: 1), in: folder)
        var changedShare: [Double] = []
        for index in 0..<60 {
            #expect(aligned.train.labels(at: index) == shuffled.train.labels(at: index))
            let (a, b) = (try aligned.train.image(at: index), try shuffled.train.image(at: index))
            let changed = stride(from: 0, to: a.pixels.count, by: 3).filter { a.pixels[$0] != b.pixels[$0] }.count
            changedShare.append(Double(changed) / Double(a.height * a.width))
        }
        // Grounds are a few times as large as their objects; most images have one that changed, but not all.
        #expect(changedShare.allSatisfy { $0 < 0.5 })
        let changedCount = changedShare.filter { $0 > 0 }.count
        #expect(changedCount > 24 && changedCount < 55)
    }

    @Test("The extent an outline claims is that of the pixels it paints", arguments: 0..<8)
    func tightBoxes(kind: Int) {
        var random = CounterRandom(seed: 6, purpose: .test, index: kind)
        for _ in 0..<50 {
            let size = random.uniform(9, 80)
            let outline = ShapesScene.outline(
                kind: kind, size: size, aspect: random.uniform(0.75, 1), turn: random.integer(below: 64))
            let extent = outline.extent
            // Moved into the image; pixels that are barely touched do not count as painted.
            let shift = SIMD2(random.uniform(1, 20), random.uniform(1, 20)) - extent.low
            let moved = outline.moved(by: shift)
            var (low, high) = (SIMD2<Double>(1000, 1000), SIMD2<Double>(-1, -1))
            var area = 0.0
            moved.forEachPixel(height: 128, width: 128) { row, column, coverage in
                area += coverage
                if coverage < 0.02 { return }
                low = pointwiseMin(low, SIMD2(Double(column), Double(row)))
                high = pointwiseMax(high, SIMD2(Double(column + 1), Double(row + 1)))
            }
            let (claimedLow, claimedHigh) = moved.extent
            for axis in 0..<2 {
                // Corners thinner than a pixel may fall between the lines along which coverage is taken.
                #expect(low[axis] > claimedLow[axis] - 1 && low[axis] < claimedLow[axis] + 1.5)
                #expect(high[axis] < claimedHigh[axis] + 1 && high[axis] > claimedHigh[axis] - 1.5)
            }
            let span = claimedHigh - claimedLow
            #expect(area > 0.2 * span.x * span.y && area <= span.x * span.y * 1.02)
        }
    }

    @Test("The rendered file is used again, and made anew if it is not whole")
    func cache() throws {
        let folder = try TemporaryFolder()
        let digest = try open(options(), in: folder).digest
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
        #expect(names.count == 1)
        let file = folder.url.appendingPathComponent(names[0])
        let whole = try Data(contentsOf: file)
        func modified() throws -> Date? {
            try FileManager.default.attributesOfItem(atPath: file.path)[.modificationDate] as? Date
        }
        let before = try modified()
        _ = try open(options(), in: folder)
        #expect(try modified() == before)
        for damaged in [whole.prefix(1000), Data(), Data("ABLSHP1\n".utf8), Data(count: whole.count)] {
            try damaged.write(to: file)
            #expect(try open(options(), in: folder).digest == digest)
            #expect(try Data(contentsOf: file) == whole)
        }
    }

    @Test("Several that render at once all end with the same whole file")
    func race() async throws {
        let folder = try TemporaryFolder()
        let url = folder.url
        let options = options(train: 20, val: 5)
        let digests = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<6 { group.addTask { try openShapes(options, spec: "shapes", folder: url).digest } }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(digests.count == 1)
        #expect(try FileManager.default.contentsOfDirectory(atPath: url.path).count == 1)
    }

    @Test func aFolderThatCannotBeWrittenIsNamed() throws {
        let folder = try TemporaryFolder()
        try folder.write("file", "in the way")
        let error = try #require(throws: DatasetError.self) {
            try openShapes(options(), spec: "shapes", folder: folder.url.appendingPathComponent("file"))
        }
        #expect(error.description.contains("cannot write the rendered data set"))
        #expect(error.description.contains("ABLATE_CACHE"))
    }
}
