import Datasets
import Foundation
import Testing

/// The folder of real data sets, if this machine has them.
private let realData = ProcessInfo.processInfo.environment["ABLATE_DATA"].map { URL(fileURLWithPath: $0) }

@Suite(.enabled(if: realData != nil, "ABLATE_DATA names a folder of data sets")) struct RealDataTests {
    @Test(
        "Real data sets open and load",
        arguments: [
            ("bccd320", 3, 205, 87), ("raccoon320", 1, 160, 40), ("neudet", 6, 1439, 360), ("coco8", 80, 4, 4),
        ])
    func opens(name: String, classes: Int, train: Int, val: Int) throws {
        let data = try Datasets.open(spec: name, relativeTo: try #require(realData))
        #expect(data.classNames.count == classes)
        #expect(data.train.count == train)
        #expect(data.val.count == val)
        let loader = try DataLoader(
            data.val, LoaderOptions(mode: .rectangularEvaluation, batchSize: 16, imageSize: 320), epochs: 1)
        var boxes = 0
        while let batch = try loader.next() { boxes += batch.targets.count }
        #expect(boxes == (0..<val).reduce(0) { $0 + data.val.labels(at: $1).count })
        #expect(boxes >= val)
    }

    @Test("An epoch of training batches has boxes inside the image")
    func training() throws {
        let data = try Datasets.open(spec: "bccd320", relativeTo: try #require(realData))
        let mode = LoaderOptions.Mode.training(AugmentationSchedule(AugmentationConfiguration()))
        let loader = try DataLoader(data.train, LoaderOptions(mode: mode, batchSize: 16, imageSize: 320), epochs: 1)
        var boxes = 0
        while let batch = try loader.next() {
            boxes += batch.targets.count
            for target in batch.targets {
                #expect(target.centerX - target.width / 2 > -1e-5 && target.centerX + target.width / 2 < 1 + 1e-5)
                #expect(target.centerY - target.height / 2 > -1e-5 && target.centerY + target.height / 2 < 1 + 1e-5)
                #expect(target.width * 320 > 1.99 && target.height * 320 > 1.99)
            }
        }
        #expect(boxes > 205 * 4)
    }

    @Test("Images decode to their headers' sizes", arguments: ["bccd", "coco8"])
    func sizes(name: String) throws {
        let data = try Datasets.open(spec: name, relativeTo: try #require(realData))
        for index in 0..<data.val.count { #expect(try data.val.image(at: index).size == data.val.size(at: index)) }
    }
}
