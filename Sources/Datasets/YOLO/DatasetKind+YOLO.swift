import Foundation

extension DatasetKind {
    /// Images and label files on disk, described by a `data.yaml`.
    static let yolo = DatasetKind(
        name: "path/to/data.yaml",
        summary:
            "Images on disk with one text file of boxes each, described by a data.yaml, or the folder that holds one",
        reference: "https://docs.ultralytics.com/datasets/detect/",
        accepts: { _ in true },
        make: openYOLO)
}

/// Opens the data set a `data.yaml` describes.
private func openYOLO(spec: String, relativeTo directory: URL?) throws -> DetectionData {
    let file = try dataFile(spec, relativeTo: directory)
    var problems = ProblemList()
    let description = DataDescription(file, problems: &problems)
    var warnings = description.warnings
    if !description.isReadable { try problems.throwIfAny() }
    var listings: [String: ImageListing] = [:]
    for key in ["train", "val", "test"] {
        if let split = description.splits[key] {
            listings[key] = ImageListing(split, key: key, of: description, problems: &problems)
        } else if key != "test" {
            description.noteMissing(key, problems: &problems)
        }
    }
    if description.classNames.isEmpty { try problems.throwIfAny() }
    var sources: [String: YOLOSource] = [:]
    for key in ["train", "val", "test"] {
        guard let listing = listings[key], !listing.images.isEmpty else { continue }
        sources[key] = YOLOSource(
            listing, classNames: description.classNames, problems: &problems, warnings: &warnings)
    }
    try problems.throwIfAny()
    guard let train = sources["train"], let val = sources["val"] else {
        throw DatasetError(file: file.path, message: "the data set has no images to train and validate on")
    }
    let all = [("train", train), ("val", val)] + (sources["test"].map { [("test", $0)] } ?? [])
    return DetectionData(
        spec: spec, classNames: description.classNames, train: train, val: val, test: sources["test"],
        warnings: warnings
    ) {
        var digest = ContentDigest()
        digest.update("ablate data set 1")
        digest.update(train.classNames.count)
        for name in train.classNames {
            digest.update(name.utf8.count)
            digest.update(name)
        }
        for (key, source) in all {
            digest.update(key)
            try source.update(&digest)
        }
        return digest.finalized()
    }
}

/// The `data.yaml` that a spec means: the file itself, or the one description in a folder.
private func dataFile(_ spec: String, relativeTo directory: URL?) throws -> URL {
    let working = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
    let url = DataDescription.resolve(spec, against: directory ?? working)
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else {
        throw missing(url, spec: spec)
    }
    if !isFolder.boolValue {
        if ["yaml", "yml"].contains(url.pathExtension.lowercased()) { return url }
        throw DatasetError(file: url.path, message: "a data set is described by a .yaml file, or is a folder with one")
    }
    let usual = url.appendingPathComponent("data.yaml")
    if FileManager.default.fileExists(atPath: usual.path) { return usual }
    let others = ((try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []).filter {
        $0.hasSuffix(".yaml") || $0.hasSuffix(".yml")
    }
    if others.count == 1, let only = others.first { return url.appendingPathComponent(only) }
    throw DatasetError(
        file: url.path, message: "the folder holds no data.yaml",
        suggestion: others.isEmpty ? nil : "name one of: \(others.sorted().joined(separator: ", "))")
}

private func missing(_ url: URL, spec: String) -> DatasetError {
    // A word without a slash or extension was more likely meant as a built-in set.
    if !spec.contains("/"), !spec.contains(".") {
        return DatasetError(
            message: "there is no data set '\(spec)'",
            suggestion: Spelling.suggestion(for: String(spec.prefix { $0 != "?" }), in: ["shapes"])
                + "; otherwise give the path of a data.yaml")
    }
    let neighbours = (try? FileManager.default.contentsOfDirectory(atPath: url.deletingLastPathComponent().path)) ?? []
    let nearest = Spelling.nearest(to: url.lastPathComponent, in: neighbours.sorted())
    return DatasetError(
        file: url.path, message: "the data set's description does not exist",
        suggestion: nearest.map { "did you mean '\($0)'?" })
}
