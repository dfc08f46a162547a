import Foundation
import Metrics

extension DatasetKind {
    /// Images on disk with COCO's annotation files.
    static let coco = DatasetKind(
        name: "path/to/coco",
        summary: "A folder with COCO's annotations/instances_train*.json and instances_val*.json, or with a "
            + "_annotations.coco.json in train and valid; crowds are ignored regions",
        reference: "https://cocodataset.org/#format-data",
        accepts: { !cocoFiles($0).isEmpty },
        read: { location, problems in
            let found = cocoFiles(location)
            var splits: [String: SplitEntries] = [:]
            for (key, files) in found {
                if files.count > 1 {
                    problems.add(
                        file: location.url.path,
                        "several annotation files for '\(key)': \(files.joined(separator: ", "))",
                        suggestion: "name the right one as \(key) in a data.yaml")
                }
                splits[key] = SplitEntries(
                    key: key, entries: [files[0]], file: location.url, line: nil, root: location.url)
            }
            for key in ["train", "val"] where splits[key] == nil {
                problems.add(
                    file: location.url.path,
                    "the folder holds no annotation file for '\(key)': expected annotations/instances_\(key)*.json",
                    suggestion: "name the files as train and val in a data.yaml")
            }
            return readCOCO(location, splits: splits, classNames: [], warnings: [], problems: &problems)
        })
}

/// The annotation files of a folder's splits, by the names that COCO and exporting services give them.
private func cocoFiles(_ location: DataLocation) -> [String: [String]] {
    var found: [String: [String]] = [:]
    let folder = location.url.appendingPathComponent("annotations")
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
    for (key, folders) in [("train", ["train"]), ("val", ["val", "valid"]), ("test", ["test"])] {
        let patterns = ["instances_\(key)", "\(key).", "\(key)_", "_annotations.\(key)"]
        let inFolder = names.filter { name in
            name.hasSuffix(".json") && patterns.contains { name.hasPrefix($0) }
        }
        let beside = folders.map { "\($0)/_annotations.coco.json" }.filter { location.holdsFile($0) }
        let all = inFolder.map { "annotations/\($0)" } + beside
        if !all.isEmpty { found[key] = all }
    }
    return found
}

/// Reads splits of COCO's annotation files.
///
/// - Parameter classNames: what the description calls the classes; without any, they are the categories of the training
///   split in the order of their ids.
func readCOCO(
    _ location: DataLocation, splits: [String: SplitEntries], classNames: [String], warnings: [DatasetError.Problem],
    problems: inout ProblemList
) -> DetectionData? {
    var reader = COCOReader(classNames: classNames, warnings: warnings)
    var items: [String: [FileSource.Item]] = [:]
    for key in ["train", "val", "test"] {
        guard let split = splits[key] else { continue }
        items[key] = split.entries.flatMap { reader.items(of: $0, in: split, problems: &problems) }
            .sorted { ImageFile.precedes($0.file, $1.file) }
    }
    let sources = items.mapValues {
        FileSource(classNames: reader.classNames, classNumbers: reader.classNumbers, items: $0)
    }
    return DetectionData(location, sources: sources, notes: reader.warnings)
}
