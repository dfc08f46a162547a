import Foundation
import Metrics

/// Turns COCO's annotation files into items of splits, one file after the other, all with the same classes.
struct COCOReader {
    /// By class index; categories of equal name are one class.
    private(set) var classNames: [String]
    private(set) var warnings: [DatasetError.Problem]
    /// The first category id of each class.
    private var numbers: [Int: Int] = [:]

    init(classNames: [String], warnings: [DatasetError.Problem]) {
        self.classNames = classNames
        self.warnings = warnings
    }

    /// The category ids by class index; nil if the annotations do not number every class, or number two alike.
    var classNumbers: [Int]? {
        let all = classNames.indices.compactMap { numbers[$0] }
        return all.count == classNames.count && Set(all).count == all.count ? all : nil
    }

    /// The images of one annotation file. What is wrong goes to `problems`.
    mutating func items(
        of entry: String, in split: SplitEntries, problems: inout ProblemList
    ) -> [FileSource.Item] {
        let file = DataLocation.resolve(entry, against: split.root)
        guard FileManager.default.fileExists(atPath: file.path) else {
            split.note(
                "'\(split.key)' does not exist: \(file.path)", suggestion: SplitEntries.nearby(file.path),
                problems: &problems)
            return []
        }
        let annotations: COCOAnnotations
        do throws(COCOFileError) {
            annotations = try COCOAnnotations(file: file.path)
        } catch {
            for problem in error.problems { problems.add(file: file.path, line: problem.line, problem.message) }
            if error.omitted > 0 { problems.add(file: file.path, "and \(error.omitted) more") }
            return []
        }
        if annotations.imageFiles.isEmpty {
            problems.add(file: file.path, "the file lists no images")
            return []
        }
        let categories = annotations.groundTruth.categories.sorted { $0.id < $1.id }
        if classNames.isEmpty {
            for category in categories where !classNames.contains(category.name) { classNames.append(category.name) }
        }
        var classOfCategory: [Int: Int] = [:]
        for category in categories {
            if let index = classNames.firstIndex(of: category.name) {
                classOfCategory[category.id] = index
                if numbers[index] == nil { numbers[index] = category.id }
            } else {
                problems.add(
                    file: file.path,
                    "the category '\(category.name)' (id \(category.id)) is not among the \(classNames.count) classes",
                    suggestion: Spelling.suggestion(for: category.name, in: classNames))
            }
        }
        guard let folder = imageFolder(of: annotations, file: file, split: split, problems: &problems)
        else { return [] }
        var tally = BoxTally()
        let positions = Dictionary(
            annotations.groundTruth.images.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        var boxes = [[Int]](repeating: [], count: annotations.imageFiles.count)
        for (index, box) in annotations.groundTruth.boxes.enumerated() {
            if let position = positions[box.imageID] { boxes[position].append(index) }
        }
        var items: [FileSource.Item] = []
        var seen: Set<String> = []
        for (position, image) in annotations.imageFiles.enumerated() {
            guard
                var item = self.item(
                    image, number: position, folder: folder, annotations: file, split: split, problems: &problems)
            else { continue }
            if !seen.insert(item.file.url.path).inserted {
                problems.add(file: file.path, "images[\(position)]: '\(image.name)' is listed twice")
                continue
            }
            item.number = annotations.groundTruth.images[position]
            for index in boxes[position] {
                let box = annotations.groundTruth.boxes[index]
                guard let classIndex = classOfCategory[box.categoryID] else { continue }
                let place = DatasetError.Problem(
                    file: file.path, line: annotations.boxLines[index],
                    message: "annotation \(box.id) of '\(image.name)'")
                guard
                    var label = tally.label(
                        classIndex: classIndex, left: box.box.x, top: box.box.y, right: box.box.x + box.box.width,
                        bottom: box.box.y + box.box.height, in: item.size, at: place, problems: &problems)
                else { continue }
                label.area = Float(box.area)
                if box.isCrowd { item.ignored.append(label) } else { item.labels.append(label) }
            }
            items.append(item)
        }
        warnings += tally.warnings(for: "'\(split.key)'")
        return items
    }

    private func item(
        _ image: COCOAnnotations.ImageFile, number: Int, folder: URL, annotations: URL, split: SplitEntries,
        problems: inout ProblemList
    ) -> FileSource.Item? {
        let file = ImageFile(DataLocation.resolve(image.name, against: folder), in: split.root)
        if !FileManager.default.fileExists(atPath: file.url.path) {
            problems.add(
                file: annotations.path, "images[\(number)]: the image does not exist: \(file.url.path)",
                suggestion: SplitEntries.nearby(file.url.path))
            return nil
        }
        guard let header = file.header(problems: &problems) else { return nil }
        if let width = image.width, let height = image.height,
            ImageSize(height: height, width: width) != header.size
        {
            let isTurned = header.size != header.stored && ImageSize(height: height, width: width) == header.stored
            problems.add(
                file: annotations.path,
                "images[\(number)]: '\(image.name)' is \(width)×\(height) here, but the file is \(header.size)",
                suggestion: isTurned ? "the file's EXIF orientation turns it: store it upright" : nil)
            return nil
        }
        return FileSource.Item(file: file, size: header.size, byteCount: header.byteCount, labels: [])
    }

    /// The folder that `file_name` is relative to: the first of the usual ones that holds the first image.
    private func imageFolder(
        of annotations: COCOAnnotations, file: URL, split: SplitEntries, problems: inout ProblemList
    ) -> URL? {
        // COCO calls the images of `instances_train2017.json` `train2017/…`.
        let stem = file.deletingPathExtension().lastPathComponent
        let suffix = stem.split(separator: "_").last.map(String.init) ?? stem
        var candidates = [file.deletingLastPathComponent(), split.root]
        for name in [suffix, split.key] + (split.key == "val" ? ["valid"] : []) {
            for pattern in ["\(name)", "images/\(name)", "\(name)/images"] {
                candidates.append(split.root.appendingPathComponent(pattern))
            }
        }
        candidates.append(split.root.appendingPathComponent("images"))
        let first = annotations.imageFiles[0].name
        for folder in candidates
        where FileManager.default.fileExists(atPath: DataLocation.resolve(first, against: folder).path) {
            return folder
        }
        var folders: [String] = []
        for path in candidates.map(\.path) where !folders.contains(path) { folders.append(path) }
        problems.add(
            file: file.path, "images[0]: '\(first)' was found in none of \(folders.joined(separator: ", "))",
            suggestion: "set 'path' in a data.yaml to the folder of the images and give the .json file's whole path")
        return nil
    }
}
