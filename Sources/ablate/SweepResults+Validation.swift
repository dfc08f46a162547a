import Datasets
import Experiments
import Foundation
import Metrics
import Reports
import Results
import Training

extension SweepResults {
    /// Longer side of a picture that is kept, in pixels.
    private static let pictureSide = 320

    /// Reads the labels of the validation images that trials were measured on, and the pictures that a report shows.
    ///
    /// What cannot be opened any more, or is not what was trained on, is left out and said in `problems`.
    mutating func readValidation() {
        for record in records {
            let digest = plan.cells.first { $0.cellID == record.trial.cellID }?.datasetDigest
            guard let digest, validation[digest] == nil, let metrics = metrics[record.trial.trialID],
                let directory = record.directory
            else { continue }
            do {
                let job = try JobFile(contentsOf: directory.url.appendingPathComponent(JobFile.name))
                let data = try job.configuration.openData()
                try Self.check(data, is: metrics)
                validation[digest] = ValidationImages(groundTruth: GroundTruth(data.val), pictures: [])
                // The choice goes by the labels, and the pictures follow the choice.
                if let choice = PictureChoice(self), choice.datasetDigest == digest {
                    validation[digest]?.pictures = try choice.images.map { try Self.picture($0, of: data.val) }
                }
            } catch {
                // Said once, not for each trial.
                validation[digest] = nil
                let sentence = "the validation images are left out: \(error)".replacing("\n", with: " ")
                if !problems.contains(sentence) { problems.append(sentence) }
            }
        }
    }

    private static func check(_ data: DetectionData, is metrics: TrialMetrics) throws {
        let names = (0..<data.val.count).map { data.val.name(at: $0) }
        guard names == metrics.images.names, data.classNames == metrics.classNames else {
            throw DatasetError(
                message: "\(data.spec) has other images or classes now than when it was trained on")
        }
    }

    private static func picture(_ index: Int, of source: any DetectionSource) throws -> Picture {
        let image = try source.image(at: index)
        return Picture(
            image: index, name: source.name(at: index), width: image.width, height: image.height,
            png: [UInt8](try image.shrunk(to: pictureSide).pngData()))
    }
}

extension RGBImage {
    /// The image with a longer side of at most so many pixels: halved as often as that is not enough, then scaled.
    fileprivate func shrunk(to side: Int) -> RGBImage {
        var image = self
        while max(image.width, image.height) >= 2 * side {
            image = image.resized(to: ImageSize(height: max(1, image.height / 2), width: max(1, image.width / 2)))
        }
        let longer = max(image.width, image.height)
        if longer <= side { return image }
        return image.resized(
            to: ImageSize(
                height: max(1, (image.height * side + longer / 2) / longer),
                width: max(1, (image.width * side + longer / 2) / longer)))
    }
}
