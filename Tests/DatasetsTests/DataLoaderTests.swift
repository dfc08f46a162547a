import Datasets
import Foundation
import Testing

@Suite struct DataLoaderTests {
    private func options(
        _ mode: LoaderOptions.Mode = .training(AugmentationSchedule(AugmentationConfiguration())), batch: Int = 4,
        size: Int = 32, threads: Int = 1
    ) -> LoaderOptions {
        var options = LoaderOptions(mode: mode, batchSize: batch, imageSize: size, seed: 3)
        options.threads = threads
        return options
    }

    /// Everything a batch holds.
    private struct Content: Equatable {
        var indices: [Int]
        var images: [Float]
        var targets: [Target]
        var epoch: Int
        var batch: Int

        init(_ batch: Batch) {
            indices = batch.indices
            images = batch.images
            targets = batch.targets
            epoch = batch.position.epoch
            self.batch = batch.position.batch
        }
    }

    private func epochs(_ loader: DataLoader, _ count: Int) throws -> [[Content]] {
        try (0..<count).map { _ in
            var contents: [Content] = []
            while let batch = try loader.next() { contents.append(Content(batch)) }
            return contents
        }
    }

    @Test("The same batches with any number of threads, any cache and any look-ahead")
    func threads() throws {
        let source = MemorySource(count: 10)
        var configuration = AugmentationConfiguration()
        configuration.mixup = 0.5
        let mode = LoaderOptions.Mode.training(AugmentationSchedule(configuration, closingEpoch: 2))
        let expected = try epochs(DataLoader(source, options(mode, threads: 0), epochs: 3), 3)
        #expect(expected.map(\.count) == [3, 3, 3])
        for (threads, prefetch, cache) in [(1, 2, 512 << 20), (3, 5, 0), (2, 1, 4000)] {
            var options = options(mode, threads: threads)
            options.prefetch = prefetch
            options.cacheBytes = cache
            let loader = try DataLoader(source, options, epochs: 3)
            #expect(try epochs(loader, 3) == expected)
            #expect(try loader.next() == nil)
            #expect(try loader.next() == nil)
        }
    }

    @Test("An epoch holds every image once, in an order of its own; the last batch is short")
    func epochsAreShuffled() throws {
        let loader = try DataLoader(MemorySource(count: 10), options())
        #expect(loader.batchesPerEpoch == 3)
        let contents = try epochs(loader, 3)
        for epoch in contents {
            #expect(epoch.map(\.indices.count) == [4, 4, 2])
            #expect(epoch.flatMap(\.indices).sorted() == Array(0..<10))
        }
        #expect(Set(contents.map { $0.flatMap(\.indices) }).count == 3)
        #expect(contents[0][0].images != contents[1][0].images)
        var other = options()
        other.seed = 4
        let second = try epochs(DataLoader(MemorySource(count: 10), other), 1)
        #expect(second[0].flatMap(\.indices) != contents[0].flatMap(\.indices))
    }

    @Test("A loader that starts later gives what one from the start gives there")
    func resuming() throws {
        let source = MemorySource(count: 10)
        let all = try epochs(DataLoader(source, options(), epochs: 3), 3)
        for epoch in 0..<3 {
            for batch in 0...3 {
                let position = LoaderPosition(epoch: epoch, batch: batch)
                let loader = try DataLoader(source, options(), from: position, epochs: 3)
                #expect(try epochs(loader, 1)[0] == Array(all[epoch].dropFirst(batch)))
                if epoch < 2 { #expect(try epochs(loader, 1)[0] == all[epoch + 1]) }
            }
        }
    }

    @Test("Closing the mosaic shows in what is loaded")
    func closing() throws {
        let source = MemorySource(count: 6)
        let none = AugmentationConfiguration.none
        var mosaic = none
        mosaic.mosaic = 1
        let closed = try epochs(
            DataLoader(source, options(.training(AugmentationSchedule(mosaic, closingEpoch: 1)))), 2)
        let never = try epochs(DataLoader(source, options(.training(AugmentationSchedule(mosaic)))), 2)
        let plain = try epochs(DataLoader(source, options(.training(AugmentationSchedule(none)))), 2)
        #expect(closed[0] == never[0])
        #expect(closed[1] == plain[1])
        #expect(never[1] != plain[1])
    }

    @Test("Switching one augmentation off leaves the draws of the others as they were")
    func independence() throws {
        let source = MemorySource(count: 8)
        var withColor = AugmentationConfiguration()
        withColor.mosaic = 0
        var withoutColor = withColor
        (withoutColor.hsvH, withoutColor.hsvS, withoutColor.hsvV) = (0, 0, 0)
        let first = try epochs(DataLoader(source, options(.training(AugmentationSchedule(withColor)))), 1)[0]
        let second = try epochs(DataLoader(source, options(.training(AugmentationSchedule(withoutColor)))), 1)[0]
        #expect(first.map(\.targets) == second.map(\.targets))
        #expect(first.map(\.images) != second.map(\.images))
    }

    @Test("Evaluation shows each image once, whole, with the way back to its pixels")
    func evaluation() throws {
        let source = MemorySource(sizes: [
            ImageSize(height: 50, width: 80), ImageSize(height: 31, width: 20), ImageSize(height: 64, width: 64),
            ImageSize(height: 75, width: 33), ImageSize(height: 20, width: 61),
        ])
        for mode in [LoaderOptions.Mode.evaluation, .rectangularEvaluation] {
            let loader = try DataLoader(source, options(mode, batch: 2, size: 64), epochs: 1)
            var seen: [Int] = []
            while let batch = try loader.next() {
                #expect(batch.geometry.count == batch.count)
                for (slot, index) in batch.indices.enumerated() {
                    seen.append(index)
                    let geometry = batch.geometry[slot]
                    #expect(geometry.original == source.sizes[index])
                    #expect(max(geometry.loaded.height, geometry.loaded.width) == 64)
                    let targets = batch.targets.filter { $0.image == slot }
                    let labels = source.labels(at: index)
                    #expect(targets.map(\.classIndex) == labels.map(\.classIndex))
                    for (target, label) in zip(targets, labels) {
                        let box = PixelBox(
                            Label(
                                classIndex: target.classIndex, centerX: target.centerX, centerY: target.centerY,
                                width: target.width, height: target.height),
                            in: ImageSize(height: batch.height, width: batch.width))
                        let back = geometry.original(box)
                        let expected = PixelBox(label, in: geometry.original).clipped(to: geometry.original)
                        // Sides round up to whole pixels, and odd paddings leave half a pixel.
                        #expect(back.largestDifference(from: expected) < 1.6 / geometry.gain)
                    }
                    batch.withImages { samples in
                        let start = slot * batch.height * batch.width * 3
                        let middle = ((batch.height / 2) * batch.width + batch.width / 2) * 3
                        #expect(samples[start] == Float(114) * (1 / 255) || (geometry.left == 0 && geometry.top == 0))
                        #expect(samples[start + middle] != Float(114) * (1 / 255))
                    }
                }
            }
            #expect(seen.sorted() == Array(0..<5))
        }
    }

    @Test("A square image of the network's size arrives as it is, divided by 255")
    func exactPixels() throws {
        let source = MemorySource(sizes: [ImageSize(height: 32, width: 32)])
        let batch = try #require(try DataLoader(source, options(.evaluation), epochs: 1).next())
        #expect(batch.images == (try source.image(at: 0)).pixels.map { Float($0) * (1 / 255) })
    }

    @Test("Memory is used again, however long one loads")
    func buffers() throws {
        let loader = try DataLoader(MemorySource(count: 9), options(threads: 2))
        for _ in 0..<5 { while let batch = try loader.next() { _ = batch.count } }
        let early = loader.allocatedBufferCount
        for _ in 0..<50 { while let batch = try loader.next() { _ = batch.count } }
        #expect(loader.allocatedBufferCount <= max(early, 2 + 2 + 2))
    }

    @Test("Batches that are held are not overwritten")
    func heldBatches() throws {
        let loader = try DataLoader(MemorySource(count: 12), options())
        var held: [(Batch, [Float])] = []
        for _ in 0..<8 { if let batch = try loader.next() { held.append((batch, batch.images)) } }
        for (batch, copy) in held { #expect(batch.images == copy) }
    }

    @Test("A failing image is named, and loading goes on with the next batch", arguments: [0, 1, 3])
    func failures(threads: Int) throws {
        var source = MemorySource(count: 8)
        source.failing = [5]
        let loader = try DataLoader(source, options(.evaluation, batch: 2, threads: threads), epochs: 1)
        var counts: [String] = []
        while true {
            do {
                guard let batch = try loader.next() else { break }
                counts.append("\(batch.indices)")
            } catch {
                counts.append("\(error)")
            }
        }
        #expect(counts == ["[0, 1]", "[2, 3]", "memory/5: made to fail", "[6, 7]"])
    }

    @Test func wrongOptionsAreErrors() throws {
        #expect(throws: DatasetError.self) { try DataLoader(MemorySource(count: 0), options()) }
        var configuration = AugmentationConfiguration()
        configuration.mosaic = 1.5
        #expect(throws: DatasetError.self) {
            try DataLoader(MemorySource(count: 3), options(.training(AugmentationSchedule(configuration))))
        }
    }

    /// Counts how often images are asked for.
    private final class Counter: @unchecked Sendable {
        private let lock = NSLock()
        private var calls = 0
        var count: Int { lock.withLock { calls } }
        func add() { lock.withLock { calls += 1 } }
    }

    private struct CountingSource: DetectionSource {
        let base = MemorySource(count: 64)
        let counter = Counter()
        var pause: TimeInterval = 0
        var count: Int { base.count }
        var classNames: [String] { base.classNames }
        func name(at index: Int) -> String { base.name(at: index) }
        func size(at index: Int) -> ImageSize { base.size(at: index) }
        func labels(at index: Int) -> [Label] { base.labels(at: index) }
        func image(at index: Int) throws -> RGBImage {
            counter.add()
            if pause > 0 { Thread.sleep(forTimeInterval: pause) }
            return try base.image(at: index)
        }
    }

    @Test("Threads work ahead by the number of batches allowed, and no further")
    func lookAhead() throws {
        let source = CountingSource()
        var options = options(.evaluation, threads: 2)
        options.prefetch = 3
        options.cacheBytes = 0
        let loader = try DataLoader(source, options)
        _ = try loader.next()
        let deadline = Date(timeIntervalSinceNow: 10)
        while source.counter.count < 16, Date() < deadline { Thread.sleep(forTimeInterval: 0.005) }
        Thread.sleep(forTimeInterval: 0.1)
        #expect(source.counter.count == (1 + 3) * 4)
        #expect(try loader.next() != nil)
    }

    @Test("Released, a loader stops after the image at hand")
    func stopping() throws {
        var source = CountingSource()
        source.pause = 0.05
        var loader: DataLoader? = try DataLoader(source, options(.evaluation, batch: 32))
        let deadline = Date(timeIntervalSinceNow: 10)
        while source.counter.count == 0, Date() < deadline { Thread.sleep(forTimeInterval: 0.005) }
        #expect(loader != nil)
        loader = nil
        let count = source.counter.count
        Thread.sleep(forTimeInterval: 0.5)
        #expect(source.counter.count <= count + 1)
    }

    @Test("The cache saves decoding up to its limit")
    func caching() throws {
        let source = CountingSource()
        var options = options(.evaluation, threads: 0)
        // A scaled image has at most 32 · 32 · 3 bytes.
        options.cacheBytes = 10 * 32 * 32 * 3
        let loader = try DataLoader(source, options, epochs: 2)
        while try loader.next() != nil {}
        #expect(source.counter.count == 64)
        while try loader.next() != nil {}
        #expect(source.counter.count > 64 && source.counter.count <= 128 - 10)
    }

    @Test("Consumers in several threads get every batch once")
    func severalConsumers() async throws {
        let loader = try DataLoader(MemorySource(count: 40), options(.evaluation, batch: 2), epochs: 1)
        let indices = try await withThrowingTaskGroup(of: [Int].self) { group in
            for _ in 0..<4 {
                group.addTask {
                    var indices: [Int] = []
                    while let batch = try loader.next() { indices += batch.indices }
                    return indices
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(indices.sorted() == Array(0..<40))
    }
}
