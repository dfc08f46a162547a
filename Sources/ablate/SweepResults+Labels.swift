import Datasets
import Experiments
import Foundation
import Metrics
import Results
import Training

extension SweepResults {
    /// Opens the data of every kind of cell and keeps the labels of its validation images.
    ///
    /// Data that cannot be opened any more, or is not what was trained on, is left out and said in `problems`.
    mutating func readLabels() {
        for (key, cells) in Dictionary(grouping: plan.cells, by: \.labelsKey).sorted(by: { $0.key < $1.key })
        where validation[key] == nil {
            let ids = Set(cells.map(\.cellID))
            guard
                let record = records.first(where: {
                    ids.contains($0.trial.cellID) && $0.record?.status == .done && $0.directory != nil
                }), let directory = record.directory
            else { continue }
            do {
                let job = try JobFile(contentsOf: directory.url.appendingPathComponent(JobFile.name))
                let data = try job.configuration.openData()
                let digest = try data.digest
                guard digest == cells[0].datasetDigest else {
                    throw DatasetError(
                        message:
                            "\(data.spec) has other content now (\(digest.prefix(10))) than when it was trained on "
                            + "(\(cells[0].datasetDigest.prefix(10)))")
                }
                validation[key] = ValidationImages(groundTruth: GroundTruth(data.val), pictures: [])
            } catch {
                problems.append("the validation labels are left out: \(error)".replacing("\n", with: " "))
            }
        }
    }
}
