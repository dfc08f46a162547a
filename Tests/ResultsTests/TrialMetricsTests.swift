import Foundation
import HDF5
import Results
import Testing

@Suite("metrics.h5")
struct TrialMetricsTests {
    let metrics = TrialMetrics(
        metrics: ["mAP50-95": 0.25, "mAP50": 0.5, "precision(U)": 0.75], classNames: ["circle", "größe"],
        classMetrics: ["AP": [0.5, 0.25], "AP50": [1, 0]],
        epochs: (1...3).map { epoch in
            var row = sampleEpoch(epoch)
            row.time = 0
            return row
        },
        precisionRecall: .init(recalls: [0, 0.5, 1], precisions: [[1, 0.5, 0], [1, 1, 0.25]]),
        images: .init(ids: [7, 9], names: ["a.jpg", "b.jpg"]),
        detections: .init(
            images: [0, 0, 1], classes: [1, 0, 1], scores: [0.9, 0.5, 0.1], boxes: (0..<12).map(Float.init)))

    @Test("Everything comes back")
    func roundTrip() throws {
        try inTemporaryFolder { folder in
            let url = folder.appendingPathComponent("metrics.h5")
            try metrics.write(to: url)
            #expect(try TrialMetrics(reading: url) == metrics)
            let bare = TrialMetrics(metrics: [:], classNames: [], classMetrics: [:], epochs: [])
            try bare.write(to: url)
            #expect(try TrialMetrics(reading: url) == bare)
        }
    }

    @Test("Wall-clock time does not change the bytes")
    func equalBytes() throws {
        try inTemporaryFolder { folder in
            let one = folder.appendingPathComponent("one.h5")
            let two = folder.appendingPathComponent("two.h5")
            var slower = metrics
            for index in slower.epochs.indices { slower.epochs[index].time = 99 }
            try metrics.write(to: one)
            try slower.write(to: two)
            #expect(try Data(contentsOf: one) == Data(contentsOf: two))
        }
    }

    @Test(
        "A damaged file is an error with file and advice",
        arguments: ["empty", "cut in half", "zeros", "something else"])
    func damaged(kind: String) throws {
        try inTemporaryFolder { folder in
            let url = folder.appendingPathComponent("metrics.h5")
            try metrics.write(to: url)
            try damage(Data(contentsOf: url), kind).write(to: url)
            let error = #expect(throws: StoreError.self) { try TrialMetrics(reading: url) }
            #expect(error?.path == url.path)
            #expect(error?.advice.contains("ablate reindex") == true)
        }
    }

    @Test("Parts that do not fit together are an error")
    func contradiction() throws {
        try inTemporaryFolder { folder in
            let url = folder.appendingPathComponent("metrics.h5")
            try HDF5File.write(to: url) { file in
                try file.setAttribute("schema", 1)
                try file.write(["mAP50"], to: "metrics/names")
                try file.write([0.5, 0.25] as [Double], dimensions: [2], to: "metrics/values")
            }
            let error = #expect(throws: StoreError.self) { try TrialMetrics(reading: url) }
            #expect(error?.cause == "metrics: 1 names for 2 values")
            try HDF5File.write(to: url) { try $0.setAttribute("schema", 2) }
            let newer = #expect(throws: StoreError.self) { try TrialMetrics(reading: url) }
            #expect(newer?.cause == "it has schema 2, this program reads 1")
        }
    }
}
