import Datasets
import Foundation
import Testing

@Suite struct TrainingOrderTests {
    @Test("Mosaics draw from the images that Ultralytics holds at that moment")
    func partners() throws {
        struct Case: Decodable {
            struct Epoch: Decodable { var indices: [Int], held: [[Int]] }
            var imageCount: Int, batchSize: Int, epochs: [Epoch]
        }
        let cases = try JSONDecoder().decode([Case].self, from: Data(contentsOf: Golden.url("order.json")))
        #expect(cases.count == 4)
        for test in cases {
            let order = TrainingOrder(imageCount: test.imageCount, batchSize: test.batchSize, seed: 0)
            var last: TrainingOrder.Epoch?
            for (number, wanted) in test.epochs.enumerated() {
                let epoch = order.epoch(after: last, indices: wanted.indices)
                #expect(epoch.number == number)
                #expect(epoch.indices.indices.map { Array(epoch.partners(at: $0)) } == wanted.held)
                last = epoch
            }
        }
    }

    @Test("The image at hand is among its mosaic's partners, and no image is there twice")
    func ownImage() {
        let order = TrainingOrder(imageCount: 300, batchSize: 4, seed: 3)
        var last: TrainingOrder.Epoch?
        for _ in 0..<4 {
            let epoch = order.epoch(after: last)
            #expect(epoch.indices.sorted() == Array(0..<300))
            for (position, index) in epoch.indices.enumerated() {
                let partners = epoch.partners(at: position)
                #expect(partners.contains(index))
                #expect(Set(partners).count == partners.count)
                #expect(partners.count <= 31)
            }
            last = epoch
        }
    }
}
