import Foundation

extension DataInspection {
    /// Images that do not decode to the end, or to another size than their header tells.
    static func corrupt(
        _ source: any DetectionSource, threads: Int, progress: @escaping @Sendable (Int) -> Void
    ) -> [Finding] {
        let results = Results()
        let count = source.count
        DispatchQueue.concurrentPerform(iterations: max(1, min(threads, count))) { _ in
            while let index = results.next(below: count) {
                do {
                    let image = try source.image(at: index)
                    if image.size != source.size(at: index) {
                        throw DatasetError(
                            file: source.file(at: index)?.path ?? source.name(at: index),
                            message: "the image is \(image.size), but its header says \(source.size(at: index))")
                    }
                } catch let error as DatasetError {
                    results.add(index, error.problems)
                } catch {
                    results.add(
                        index, [DatasetError.Problem(file: source.name(at: index), message: "\(error)")])
                }
                let done = results.finishOne()
                if done == count || done % 50 == 0 { progress(done) }
            }
        }
        return results.problems.map { Finding(kind: .corrupt, problem: $0) }
    }

    /// What several threads have found.
    private final class Results: @unchecked Sendable {
        private let lock = NSLock()
        // Guarded by `lock`.
        private var taken = 0
        private var done = 0
        private var found: [Int: [DatasetError.Problem]] = [:]

        func next(below count: Int) -> Int? {
            lock.withLock {
                if taken >= count { return nil }
                defer { taken += 1 }
                return taken
            }
        }

        func finishOne() -> Int {
            lock.withLock {
                done += 1
                return done
            }
        }

        func add(_ index: Int, _ problems: [DatasetError.Problem]) {
            lock.withLock { found[index] = problems }
        }

        /// In the order of the images.
        var problems: [DatasetError.Problem] {
            lock.withLock { found.sorted { $0.key < $1.key }.flatMap(\.value) }
        }
    }

    /// Files of one split that have the same bytes as an earlier one.
    static func duplicates(_ source: any DetectionSource) -> [Finding] {
        SharedImages.within(source).map { pair in
            Finding(
                kind: .duplicate,
                problem: .init(file: pair.val, message: "the same image as \(pair.train)", suggestion: "delete one"))
        }
    }

    /// Images of one split that are in another.
    static func shared(
        _ first: (name: String, source: any DetectionSource), _ second: (name: String, source: any DetectionSource)
    ) -> [Finding] {
        SharedImages.between(first.source, second.source).map { pair in
            let same = pair.train == pair.val ? "" : " as \(pair.train)"
            return Finding(
                kind: .shared,
                problem: .init(
                    file: pair.val, message: "this image of '\(second.name)' is in '\(first.name)' too\(same)",
                    suggestion: "metrics on images that were trained on are too good"))
        }
    }

    /// Boxes that stick out, and boxes that are too small to be learnt.
    static func boxes(_ name: String, _ source: any DetectionSource) -> [Finding] {
        var findings: [Finding] = []
        for index in 0..<source.count {
            let size = source.size(at: index)
            let file = source.file(at: index)?.path ?? source.name(at: index)
            for (position, label) in source.labels(at: index).enumerated() {
                let box = PixelBox(label, in: size)
                let corners =
                    "(\(Int(box.left.rounded())), \(Int(box.top.rounded()))) to "
                    + "(\(Int(box.right.rounded())), \(Int(box.bottom.rounded())))"
                let what = "box \(position + 1), '\(source.classNames[label.classIndex])' from \(corners)"
                let overhang = max(
                    -box.left, -box.top, box.right - Float(size.width), box.bottom - Float(size.height))
                if overhang > 1 {
                    findings.append(
                        Finding(
                            kind: .outside,
                            problem: .init(file: file, message: "\(what), sticks out of the image of \(size)")))
                }
                if min(box.width, box.height) < 2 {
                    findings.append(
                        Finding(
                            kind: .tiny,
                            problem: .init(
                                file: file, message: "\(what), is narrower or lower than 2 pixels",
                                suggestion: "augmentation drops such boxes")))
                }
            }
        }
        return findings
    }

    /// Label files in the folders of the images' label files that belong to no image.
    static func orphans(_ sources: [any DetectionSource]) -> [Finding] {
        let files = sources.compactMap { $0 as? FileSource }.flatMap(\.items).compactMap(\.labelFile)
        let known = Set(files.map(\.path))
        var orphans: [String] = []
        for folder in Set(files.map { $0.deletingLastPathComponent().path }) {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            for name in names where name.hasSuffix(".txt") && name != "classes.txt" && !name.hasPrefix(".") {
                let path = folder + "/" + name
                if !known.contains(path) { orphans.append(path) }
            }
        }
        return orphans.sorted().map { path in
            Finding(
                kind: .orphan,
                problem: .init(
                    file: path, message: "a label file without an image in any split",
                    suggestion: "its boxes are not used"))
        }
    }
}
