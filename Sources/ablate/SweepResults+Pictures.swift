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

    /// Reads what the picture sheet of a report shows: the detections of two trials, the labels of the images that they were
    /// measured on, and the images in which they are shown. What is at hand already is not read again.
    ///
    /// Data that cannot be opened any more, or is not what was trained on, is left out and said in `problems`.
    mutating func readPictures() {
        guard let choice = PictureChoice(self) else { return }
        readDetections(of: choice.trialIDs)
        let key = choice.labelsKey
        guard validation[key]?.pictures.isEmpty ?? true,
            let record = records.first(where: { choice.trialIDs.contains($0.trial.trialID) }),
            let directory = record.directory, let metrics = metrics[record.trial.trialID]
        else { return }
        do {
            let job = try JobFile(contentsOf: directory.url.appendingPathComponent(JobFile.name))
            let data = try job.configuration.openData()
            try Self.check(data, is: metrics)
            var images = validation[key] ?? ValidationImages(groundTruth: GroundTruth(data.val), pictures: [])
            // Which images are shown goes by the labels.
            var labelled = self
            labelled.validation[key] = images
            let chosen = PictureChoice(labelled)?.images ?? []
            images.pictures = try chosen.map { try Self.picture($0, of: data.val) }
            validation[key] = images
        } catch {
            problems.append("the pictures of detections are left out: \(error)".replacing("\n", with: " "))
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
            image = image.resized(height: image.height / 2, width: image.width / 2)
        }
        let longer = max(image.width, image.height)
        if longer <= side { return image }
        return image.resized(
            height: (image.height * side + longer / 2) / longer, width: (image.width * side + longer / 2) / longer)
    }

    private func resized(height: Int, width: Int) -> RGBImage {
        resized(to: Datasets.ImageSize(height: max(1, height), width: max(1, width)))
    }
}
