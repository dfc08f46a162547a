import Datasets
import Foundation
import Testing

@Suite struct ContactSheetTests {
    private func data() throws -> (TemporaryFolder, DetectionData) {
        let folder = try TemporaryFolder()
        try SampleData.writeYOLO(folder)
        return (folder, try Datasets.open(spec: folder.url.path, relativeTo: nil))
    }

    @Test("The same settings draw the same bytes, another seed draws others")
    func deterministic() throws {
        let (folder, data) = try data()
        func png(seed: UInt64) throws -> Data {
            try ContactSheet(count: 3, tile: 64, imageSize: 64, seed: seed, augmentation: .init()).draw(data).pngData()
        }
        let first = try png(seed: 0)
        #expect(try png(seed: 0) == first)
        #expect(try png(seed: 1) != first)
        _ = folder
    }

    @Test("A sheet has a place for each image, or for each pair, and shows boxes in the classes' colours")
    func layout() throws {
        let (folder, data) = try data()
        let plain = try ContactSheet(count: 3, tile: 64).draw(data)
        #expect(plain.size == ImageSize(height: 2 * (10 + 64 + 6) + 6, width: 2 * (64 + 6) + 6))
        let pairs = try ContactSheet(count: 3, tile: 64, imageSize: 64, augmentation: AugmentationConfiguration.none)
            .draw(data)
        #expect(pairs.size == ImageSize(height: 3 * (10 + 64 + 6) + 6, width: 2 * 64 + 3 + 6 + 6))
        // The dog of image a fills the whole width: its frame is at the tile's left edge.
        #expect(plain[row: 6 + 10 + 32, column: 6] == ClassColor.color(of: 1))
        // Without augmentation both halves of a pair show the same picture.
        for top in [6, 86, 166] {
            for row in (top + 10)..<(top + 74) {
                for column in 6..<70 {
                    #expect(pairs[row: row, column: column] == pairs[row: row, column: column + 67])
                }
            }
        }
        _ = folder
    }

    @Test("There are never more places than images")
    func few() throws {
        let (folder, data) = try data()
        var seen: [Int] = []
        let sheet = try ContactSheet(split: .val, count: 100, tile: 64).draw(data) { done, total in
            #expect(total == 2)
            seen.append(done)
        }
        #expect(seen == [1, 2])
        #expect(sheet.width == 2 * 70 + 6)
        _ = folder
    }
}
