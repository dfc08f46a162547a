public import Foundation

/// What a data set holds, and everything that is wrong or odd about it; every image is decoded.
public struct DataInspection: Sendable {
    /// How bad a finding is.
    public enum Severity: String, Sendable, CaseIterable {
        /// The data set cannot be trained on, or not all of it.
        case error
        /// Training is possible, but the numbers may not mean what they seem to.
        case warning
    }

    /// What a finding is about.
    public enum Kind: String, Sendable, CaseIterable {
        /// The description, a label or a file's header is not as it must be.
        case invalid
        /// An image that does not decode.
        case corrupt
        /// The same file twice in a split.
        case duplicate
        /// The same file in two splits.
        case shared
        /// A box that sticks out of its image by more than a pixel.
        case outside
        /// A box narrower or lower than two pixels, which augmentation drops.
        case tiny
        /// A class without boxes in a split.
        case absentClass = "absent-class"
        /// A label file without an image.
        case orphan
        /// Anything else that opening the data set warns of.
        case odd

        public var severity: Severity { self == .invalid || self == .corrupt ? .error : .warning }

        /// What the findings of this kind are, in plural.
        public var summary: String {
            switch self {
            case .invalid: "wrong descriptions, labels and headers"
            case .corrupt: "images that do not decode"
            case .duplicate: "the same file twice in a split"
            case .shared: "the same file in two splits"
            case .outside: "boxes that stick out of their image"
            case .tiny: "boxes narrower or lower than 2 pixels"
            case .absentClass: "classes without boxes"
            case .orphan: "label files without an image"
            case .odd: "other oddities"
            }
        }
    }

    /// One thing that is wrong or odd.
    public struct Finding: Sendable {
        public var kind: Kind
        public var problem: DatasetError.Problem
    }

    /// What one split holds.
    public struct Split: Sendable {
        /// `train`, `val` or `test`.
        public let name: String
        public let imageCount: Int
        /// Images without objects.
        public let backgroundCount: Int
        /// Boxes by class index.
        public let boxesPerClass: [Int]
        /// Images with at least one box, by class index.
        public let imagesPerClass: [Int]
        /// Regions that are neither trained on nor judged.
        public let ignoredCount: Int
        /// Boxes below 32² square pixels of the image on disk, below 96², and above: COCO's small, medium and large.
        public let boxesPerArea: [Int]
        /// Image sizes with their frequencies, the most frequent first.
        public let sizes: [(size: ImageSize, count: Int)]

        public var boxCount: Int { boxesPerClass.reduce(0, +) }
    }

    public let spec: String
    /// Empty if the data set could not be read at all.
    public let classNames: [String]
    public let splits: [Split]
    /// By kind, in the order of `Kind.allCases`.
    public let findings: [Finding]

    public var hasErrors: Bool { findings.contains { $0.kind.severity == .error } }

    /// Reads a data set to its last pixel; nothing is thrown, everything that is wrong becomes a finding.
    ///
    /// - Parameters:
    ///   - threads: how many images are decoded at a time.
    ///   - progress: called with images done and images in all, now and then, from any thread.
    public init(
        spec: String, relativeTo directory: URL? = nil, threads: Int = ProcessInfo.processInfo.activeProcessorCount,
        progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) {
        self.spec = spec
        var problems = ProblemList(limit: .max)
        let data = read(spec: spec, relativeTo: directory, problems: &problems)
        var findings = problems.problems.map { Finding(kind: .invalid, problem: $0) }
        guard let data else {
            if findings.isEmpty {
                findings.append(
                    Finding(kind: .invalid, problem: .init(file: spec, message: "there is nothing to train on")))
            }
            self.findings = findings
            classNames = []
            splits = []
            return
        }
        classNames = data.classNames
        let sources: [(name: String, source: any DetectionSource)] =
            [("train", data.train), ("val", data.val)] + (data.test.map { [("test", $0)] } ?? [])
        splits = sources.map { Split($0.name, $0.source) }
        findings += data.notes.map { Finding(kind: .odd, problem: $0) }
        let total = sources.reduce(0) { $0 + $1.source.count }
        var done = 0
        for (name, source) in sources {
            let before = done
            findings += Self.corrupt(source, threads: threads) { progress(before + $0, total) }
            done += source.count
            findings += Self.duplicates(source)
            findings += Self.boxes(name, source)
        }
        for (first, second) in [(0, 1), (0, 2), (1, 2)] where second < sources.count {
            findings += Self.shared(sources[first], sources[second])
        }
        for split in splits {
            for (index, count) in split.boxesPerClass.enumerated() where count == 0 {
                findings.append(
                    Finding(
                        kind: .absentClass,
                        problem: .init(message: "'\(split.name)' has no box of class \(index), '\(classNames[index])'"))
                )
            }
        }
        findings += Self.orphans(sources.map(\.source))
        self.findings = Kind.allCases.flatMap { kind in findings.filter { $0.kind == kind } }
    }
}

extension DataInspection.Split {
    init(_ name: String, _ source: any DetectionSource) {
        var (boxes, images) = (
            [Int](repeating: 0, count: source.classNames.count), [Int](repeating: 0, count: source.classNames.count)
        )
        var (backgrounds, ignored) = (0, 0)
        var areas = [0, 0, 0]
        var sizes: [ImageSize: Int] = [:]
        for index in 0..<source.count {
            let size = source.size(at: index)
            sizes[size, default: 0] += 1
            let labels = source.labels(at: index)
            if labels.isEmpty { backgrounds += 1 }
            ignored += source.ignoredRegions(at: index).count
            for label in labels {
                boxes[label.classIndex] += 1
                let area = label.area ?? PixelBox(label, in: size).area
                areas[area < 32 * 32 ? 0 : area < 96 * 96 ? 1 : 2] += 1
            }
            for classIndex in Set(labels.map(\.classIndex)) { images[classIndex] += 1 }
        }
        self.name = name
        imageCount = source.count
        backgroundCount = backgrounds
        boxesPerClass = boxes
        imagesPerClass = images
        ignoredCount = ignored
        boxesPerArea = areas
        self.sizes = sizes.map { ($0.key, $0.value) }.sorted {
            ($1.count, $0.size.width, $0.size.height) < ($0.count, $1.size.width, $1.size.height)
        }
    }
}
